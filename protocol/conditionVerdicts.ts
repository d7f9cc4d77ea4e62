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
export interface Verdicts {
  /**
   * The answer to a call that was prepared.
   * @throws VerdictError for one that was not, or is no longer kept
   */
  verdict(call: ConditionCall): Verdict;
}

/** Answers of which none is forgotten: what is judged by them is judged to the end. */
export interface HeldVerdicts extends Verdicts {
  /** Computes an answer, unless it is known. Rejects with a VerdictError for code that is not known, and with what finding or running it throws. */
  prepare(call: ConditionCall): Promise<Verdict>;
}

/** As many of the latest answers as `capacity` says. */
export interface ConditionVerdicts extends Verdicts {
  /** Answers that are kept beside these, for one transaction or block that is being judged. */
  hold(): HeldVerdicts;
}

/** A mistake of whoever asks, never a rule's refusal. */
export class VerdictError extends Error {
  readonly code: "CODE_UNKNOWN" | "VERDICT_NOT_PREPARED";
  readonly call: ConditionCall;

  constructor(code: VerdictError["code"], message: string, call: ConditionCall) {
    super(message);
    this.name = "VerdictError";
    this.code = code;
    this.call = call;
  }
}

export interface ConditionVerdictsOptions {
  /** Runtime code by its hash, as the registry on L1 has it. */
  readonly codeOf: (codeHash: Hex) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** What runs code; called when the first condition is met. */
  readonly openVm?: () => Promise<ConditionVm>;
  readonly keccak256?: Keccak256;
  /** Answers that are kept, about 200 bytes each. */
  readonly capacity?: number;
}

const CAPACITY = 65_536;

/** Runs conditions in the VM and remembers what they said: the same code and calldata have the same answer for ever (R15). */
export function createConditionVerdicts({
  codeOf,
  keccak256 = portableCrypto.keccak256,
  openVm = () => createConditionVm(keccak256),
  capacity = CAPACITY,
}: ConditionVerdictsOptions): ConditionVerdicts {
  let vm: Promise<ConditionVm> | undefined;
  const known = new Map<string, Verdict>(); // oldest first
  const running = new Map<string, Promise<Verdict>>();

  const keyOf = ({ codeHash, calldata }: ConditionCall): string => codeHash + toHex(keccak256(calldata));

  const answerTo = (call: ConditionCall, verdict: Verdict | undefined): Verdict => {
    if (verdict !== undefined) return verdict;
    throw new VerdictError(
      "VERDICT_NOT_PREPARED",
      `prepare the call of code ${call.codeHash} before its verdict`,
      call,
    );
  };

  function remember(key: string, verdict: Verdict): void {
    known.delete(key);
    known.set(key, verdict);
    if (known.size <= capacity) return;
    const [oldest] = known.keys();
    known.delete(oldest as string);
  }

  async function run(call: ConditionCall): Promise<Verdict> {
    const { codeHash, calldata } = call;
    const code = await codeOf(codeHash);
    if (code === undefined) {
      throw new VerdictError("CODE_UNKNOWN", `no condition has code with the hash ${codeHash}`, call);
    }
    vm ??= openVm();
    const execution = await (await vm).run(code, calldata, LIMITS.maxConditionGas);
    return { allowed: saysYes(execution), gas: execution.gas };
  }

  /** One run for all who ask meanwhile. */
  function runOnce(key: string, call: ConditionCall): Promise<Verdict> {
    const started = running.get(key) ?? run(call).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  }

  return {
    verdict: (call) => answerTo(call, known.get(keyOf(call))),

    hold() {
      const held = new Map<string, Verdict>();
      return {
        async prepare(call) {
          const key = keyOf(call);
          const verdict = held.get(key) ?? known.get(key) ?? (await runOnce(key, call));
          held.set(key, verdict);
          remember(key, verdict);
          return verdict;
        },
        verdict(call) {
          const key = keyOf(call);
          return answerTo(call, held.get(key) ?? known.get(key));
        },
      };
    },
  };
}

/**
 * What `judge` returns or throws once all answers that it asks for are there. `ask` prepares one, and holds it: so each is asked for
 * once, and this ends. What needs no answer is judged at once.
 */
export async function judgeAsking<T>(judge: () => T, ask: (call: ConditionCall) => Promise<unknown>): Promise<T> {
  for (;;) {
    try {
      return judge();
    } catch (error) {
      if (!(error instanceof VerdictError)) throw error;
      await ask(error.call);
    }
  }
}
