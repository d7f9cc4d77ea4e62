import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Address } from "viem";
import { type GuardKit, guardKitSchema, proofsIn } from "../client/guardKit.ts";
import { openEntries } from "../protocol/blockExecution.ts";
import { fromHex } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { ChainParts } from "../runtime/chain.ts";
import { systemCodeOf } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Evidence, LooseEntry } from "./evidence.ts";

export interface Kits {
  /** Reads what is new or changed in the directory; returns whether there was anything. */
  step(): boolean;
  owners(): Address[];
  /** Permissions to start exits. */
  exits(): GuardKit["exits"];
  /** Files that cannot be used. */
  troubles(): string[];
}

interface Modules {
  readonly parts: ChainParts;
  readonly evidence: Evidence;
  readonly logger: Logger;
}

/** The files with which owners have themselves guarded: `*.json` in one directory, read again when they change. */
export function createKits(directory: string, { parts, evidence, logger }: Modules): Kits {
  const { store, contract, crypto } = parts;
  const kits = new Map<string, { readonly version: string; readonly kit: GuardKit | undefined }>();

  const read = (file: string): GuardKit | undefined => {
    const parsed = guardKitSchema.safeParse(parseJson(readFileSync(file, "utf8")));
    const isOurs =
      parsed.data?.chainId === contract.domain.chainId && parsed.data.contract === contract.domain.contract;
    if (parsed.data === undefined || !isOurs) {
      logger.warn("A kit cannot be used", { file, reason: parsed.success ? "another chain" : "not a kit" });
      return undefined;
    }
    return parsed.data;
  };

  /** Its transactions, and those that created their inputs. */
  const keep = (kit: GuardKit) => {
    const raws = [
      ...kit.transactions.map(({ raw }) => fromHex(raw)),
      ...proofsIn(kit).flatMap((proof) =>
        proof.kind === "deposit" ? [] : fromHex(`${proof.body}${proof.witness.slice(2)}`),
      ),
    ];
    const entries = raws.flatMap((raw): LooseEntry[] => {
      try {
        return [...openEntries([raw], contract.domain, crypto).entries];
      } catch (error) {
        if (error instanceof ProtocolError) return [];
        throw error;
      }
    });
    store.transaction(() => {
      for (const entry of entries) evidence.keepTransaction(entry);
    });
  };

  const load = (file: string, version: string) => {
    const kit = read(file);
    if (kit !== undefined) keep(kit);
    kits.set(file, { version, kit });
    if (kit !== undefined) logger.info("Guards an owner", { owner: kit.owner, exits: kit.exits.length });
  };

  const valid = () => [...kits.values()].flatMap(({ kit }) => kit ?? []);

  return {
    step() {
      const files = listFiles(directory);
      const changed = files.filter(({ file, version }) => kits.get(file)?.version !== version);
      const gone = [...kits.keys()].filter((known) => !files.some(({ file }) => file === known));
      for (const file of gone) kits.delete(file);
      for (const { file, version } of changed) load(file, version);
      return changed.length + gone.length > 0;
    },
    owners: () => [...new Set(valid().map(({ owner }) => owner))],
    exits: () => valid().flatMap(({ exits }) => exits),
    troubles: () => ([...kits.values()].some(({ kit }) => kit === undefined) ? ["KIT_INVALID"] : []),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A directory that is not there holds nothing. */
function listFiles(directory: string): { readonly file: string; readonly version: string }[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => {
        const file = path.join(directory, name);
        const { mtimeMs, size } = statSync(file);
        return { file, version: `${mtimeMs}/${size}` };
      });
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
