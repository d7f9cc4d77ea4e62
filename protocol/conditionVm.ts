import { type Keccak256, portableCrypto } from "./hashing.ts";

/**
 * The fork under whose rules every node runs conditions, whatever L1 has come to since: what an instruction costs is consensus (R15).
 * No allowed opcode is younger.
 */
export const CONDITION_FORK = "osaka";

/** What a call of a condition did. */
export interface Execution {
  /** It neither reverted nor failed. */
  readonly success: boolean;
  readonly returned: Uint8Array;
  /** Of the message call alone; all of it where it failed. */
  readonly gas: number;
}

/** Runs pure code. Calls do not see each other and may overlap. */
export interface ConditionVm {
  run(code: Uint8Array, calldata: Uint8Array, gasLimit: number): Promise<Execution>;
}

/**
 * The EVM of EthereumJS under the pinned fork, without a state: pure code reads none, so one instance serves every call and nothing is ever
 * written. It is loaded here, not before: whoever never meets a condition never pays for it.
 */
export async function createConditionVm(keccak256: Keccak256 = portableCrypto.keccak256): Promise<ConditionVm> {
  const [{ Common, Mainnet }, { SimpleStateManager }, { createVM }] = await Promise.all([
    import("@ethereumjs/common"),
    import("@ethereumjs/statemanager"),
    import("@ethereumjs/vm"),
  ]);
  const common = new Common({ chain: Mainnet, hardfork: CONDITION_FORK, customCrypto: { keccak256 } });
  const { evm } = await createVM({ common, stateManager: new SimpleStateManager({ common }) });
  return {
    async run(code, calldata, gasLimit) {
      const { exceptionError, returnValue, executionGasUsed } = await evm.runCode({
        code,
        data: calldata,
        gasLimit: BigInt(gasLimit),
        isStatic: true,
      });
      return { success: exceptionError === undefined, returned: returnValue, gas: Number(executionGasUsed) };
    },
  };
}

/** Whether a call said yes: success, and exactly one word that is 1 (R15). */
export function saysYes({ success, returned }: Execution): boolean {
  return success && returned.length === 32 && returned.every((byte, index) => byte === (index === 31 ? 1 : 0));
}
