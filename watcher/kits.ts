import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Address, Hex } from "viem";
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
  /** Permissions to start exits, where they are made use of. */
  exits(): GuardKit["exits"];
  /** KIT_INVALID: a file cannot be used. KIT_EXPIRED: an output can soon not be taken to L1 any more, or cannot now. */
  troubles(): string[];
}

export interface KitsOptions {
  readonly directory: string;
  /** Whether the watcher starts exits for owners who permit it. */
  readonly startsExits: boolean;
}

interface Modules {
  readonly parts: ChainParts;
  readonly evidence: Evidence;
  /** L1 time, seconds. */
  readonly l1Time: () => number;
  readonly logger: Logger;
}

/** Owners look at the chain this often in an exit period (A1): what ends sooner has to be renewed now. */
const LOOKS_PER_PERIOD = 4;

/** The files with which owners have themselves guarded: `*.json` in one directory, read again when they change. */
export function createKits(options: KitsOptions, { parts, evidence, l1Time, logger }: Modules): Kits {
  const { directory, startsExits } = options;
  const { store, ledgerStore, rootChain, contract, crypto } = parts;
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
  const exits = () => (startsExits ? valid().flatMap((kit) => kit.exits) : []);

  /** Whether the last permission for an output ends that is still worth an exit. */
  const isExpiring = (): boolean => {
    const ends = new Map<Hex, number>();
    for (const { authorization } of exits()) {
      const { outputId, deadline } = authorization;
      ends.set(outputId, Math.max(ends.get(outputId) ?? 0, deadline));
    }
    const soon = l1Time() + contract.minExitPeriod / LOOKS_PER_PERIOD;
    return [...ends].some(([outputId, end]) => {
      const output = end < soon ? ledgerStore.findOutput(outputId) : undefined;
      return output !== undefined && output.spender === undefined && rootChain.exitOf(outputId) === undefined;
    });
  };

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
    exits,
    troubles: () => [
      ...([...kits.values()].some(({ kit }) => kit === undefined) ? ["KIT_INVALID"] : []),
      ...(isExpiring() ? ["KIT_EXPIRED"] : []),
    ],
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
