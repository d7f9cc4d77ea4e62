import type { Hex } from "viem";
import { toHex } from "./bytes.ts";
import type { ConditionCall } from "./condition.ts";
import { type ConditionVm, createConditionVm, saysYes } from "./conditionVm.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { LIMITS } from "./limits.ts";

/** What a condition answers to one call. */
export interface Verdict {
  readonly allowed: boolean;
  /**
   * Gas that the call takes. The calls of a transaction have 200,000 together and each gets what is left: since code cannot see its gas, they
   * all say yes just when each does so alone and their gas adds up to no more.
   */
  readonly gas: number;
}

/** Answers of conditions, computed ahead, so that the rules of the ledger can ask without waiting. */
export interface ConditionVerdicts {
  /**
   * Computes the answers to these calls, unless they are known. As many of the latest answers are kept as `capacity` says.
   * @throws RangeError for more calls than are kept, VerdictError for code that is not known
   */
  prepare(calls: readonly ConditionCall[]): Promise<void>;
  /**
   * The answer to a call that was prepared.
   * @throws VerdictError for one that was not, or is no longer kept
   */
  verdict(call: ConditionCall): Verdict;
}

/** A mistake of whoever asks, never a rule's refusal. */
export class VerdictError extends Error {
  readonly code: "CODE_UNKNOWN" | "VERDICT_NOT_PREPARED";

  constructor(code: VerdictError["code"], message: string) {
    super(message);
    this.name = "VerdictError";
    this.code = code;
  }
}

export interface ConditionVerdictsOptions {
  /** Runtime code by its hash, as the registry on L1 has it. */
  readonly codeOf: (codeHash: Hex) => Uint8Array | undefined;
  readonly keccak256?: Keccak256;
  /** Answers that are kept, about 200 bytes each. */
  readonly capacity?: number;
}

const CAPACITY = 65_536;

/** Runs conditions in the VM and remembers what they said: the same code and calldata have the same answer for ever (R15). */
export function createConditionVerdicts({
  codeOf,
  keccak256 = portableCrypto.keccak256,
  capacity = CAPACITY,
}: ConditionVerdictsOptions): ConditionVerdicts {
  let vm: Promise<ConditionVm> | undefined;
  const known = new Map<string, Verdict>(); // oldest first

  const keyOf = ({ codeHash, calldata }: ConditionCall): string => codeHash + toHex(keccak256(calldata));

  function remember(key: string, verdict: Verdict): void {
    known.delete(key);
    known.set(key, verdict);
    if (known.size <= capacity) return;
    const [oldest] = known.keys();
    known.delete(oldest as string);
  }

  async function ask({ codeHash, calldata }: ConditionCall): Promise<Verdict> {
    const code = codeOf(codeHash);
    if (code === undefined) throw new VerdictError("CODE_UNKNOWN", `no condition has code with the hash ${codeHash}`);
    vm ??= createConditionVm(keccak256);
    const execution = await (await vm).run(code, calldata, LIMITS.maxConditionGas);
    return { allowed: saysYes(execution), gas: execution.gas };
  }

  return {
    async prepare(calls) {
      if (calls.length > capacity) throw new RangeError(`${calls.length} calls at once, ${capacity} are kept`);
      const answers = new Map<string, Verdict>();
      for (const call of calls) {
        const key = keyOf(call);
        if (!answers.has(key)) answers.set(key, known.get(key) ?? (await ask(call)));
      }
      // All at once, so that none of them is pushed out by another caller's before they are read.
      for (const [key, verdict] of answers) remember(key, verdict);
    },

    verdict(call) {
      const verdict = known.get(keyOf(call));
      if (verdict === undefined) {
        throw new VerdictError("VERDICT_NOT_PREPARED", `prepare the call of code ${call.codeHash} before its verdict`);
      }
      return verdict;
    },
  };
}
