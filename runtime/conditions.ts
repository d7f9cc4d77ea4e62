import { type Address, BaseError, type Hex, type PublicClient } from "viem";
import { conditionAddress } from "../protocol/condition.ts";
import { type ConditionVerdicts, createConditionVerdicts } from "../protocol/conditionVerdicts.ts";
import type { ConditionVm } from "../protocol/conditionVm.ts";
import type { Keccak256 } from "../protocol/hashing.ts";
import { LIMITS } from "../protocol/limits.ts";
import { toBlob, toHexText } from "./bytes.ts";
import { createConditionThread } from "./conditionThread.ts";
import { RuntimeError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { type Metrics, SECONDS } from "./metrics.ts";
import type { Store } from "./store.ts";

/**
 * The conditions of a root chain as a service runs them. What `prepare` of held verdicts rejects with is CONDITION_UNAVAILABLE: the code is not
 * here and L1 does not give it, or the thread ended.
 */
export interface ChainConditions extends ConditionVerdicts {
  /** What runs them. */
  readonly vm: ConditionVm;
  /** Fetches the code of what was registered since, so that it is here when L1 is not. What L1 does not give now is tried again at the next call. */
  fetchCodes(): Promise<void>;
  stop(): Promise<void>;
}

interface Modules {
  readonly client: Pick<PublicClient, "getCode">;
  /** The registry of the root chain's conditions. */
  readonly registry: Address;
  readonly store: Store;
  readonly keccak256: Keccak256;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Code comes from L1 once and then from the store, answers from a thread that starts with the first question. Throws STORE_*. */
export function createConditions({ client, registry, store, keccak256, logger, metrics }: Modules): ChainConditions {
  const insertCode = store.prepare("INSERT OR IGNORE INTO condition_codes VALUES (?, ?)");
  const selectCode = store.prepare("SELECT code FROM condition_codes WHERE code_hash = ?");
  const selectMissing = store.prepare(
    "SELECT address FROM conditions c WHERE NOT EXISTS (SELECT 1 FROM condition_codes k WHERE k.code_hash = c.code_hash)",
  );
  const seconds = metrics.histogram("plasma_condition_run_seconds", "Time to run a spending condition", SECONDS);
  const thread = createConditionThread();
  let isFailing = false;

  /** Code is believed where it leads to the address that outputs commit to: a node cannot make up another. */
  const isCodeOf = (address: Address, code: Uint8Array): boolean =>
    code.length <= LIMITS.maxConditionBytes && conditionAddress(registry, code, keccak256) === address;

  const fetchCode = async (address: Address): Promise<void> => {
    const code = toBlob((await client.getCode({ address })) ?? "0x");
    if (isCodeOf(address, code)) store.transaction(() => insertCode.run(keccak256(code), code));
  };

  const fetchCodes = async (): Promise<void> => {
    try {
      for (const row of selectMissing.all()) await fetchCode(toHexText(row.address as Uint8Array));
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
    }
    const missing = selectMissing.all().map((row) => toHexText(row.address as Uint8Array));
    if (missing.length > 0 && !isFailing) logger.warn("L1 does not give the code of conditions", { missing });
    isFailing = missing.length > 0;
  };

  const storedCode = (codeHash: Hex) => selectCode.get(toBlob(codeHash))?.code as Uint8Array | undefined;

  const codeOf = async (codeHash: Hex): Promise<Uint8Array> => {
    if (storedCode(codeHash) === undefined) await fetchCodes();
    const code = storedCode(codeHash);
    if (code !== undefined) return code;
    const message = "The code of the condition is not here, and L1 does not give it: send again later";
    throw new RuntimeError("CONDITION_UNAVAILABLE", message, { codeHash });
  };

  const vm: ConditionVm = {
    async run(code, calldata, gasLimit) {
      const stop = seconds.startTimer();
      try {
        return await thread.run(code, calldata, gasLimit);
      } finally {
        stop();
      }
    },
  };

  return {
    ...createConditionVerdicts({ codeOf, openVm: async () => vm, keccak256 }),
    vm,
    fetchCodes,
    stop: thread.stop,
  };
}
