import type { Address, Hex } from "viem";
import { toHex } from "../../protocol/bytes.ts";
import { conditionAddress, conditionHash, type Reveal } from "../../protocol/condition.ts";
import { type ConditionalSpend, type Conditions, conditionCalls } from "../../protocol/conditionalSpend.ts";
import { createConditionVerdicts } from "../../protocol/conditionVerdicts.ts";
import { portableCrypto } from "../../protocol/hashing.ts";
import { ETH, type Output } from "../../protocol/output.ts";
import { assemble } from "./assembler.ts";

const { keccak256 } = portableCrypto;

/** Lets whoever shows the word spend whose hash the params are, as test/contracts/harness/Password.sol does. */
export const PASSWORD = assemble(`
  PUSH2 260 CALLDATALOAD PUSH1 4 ADD DUP1 CALLDATALOAD DUP1 SWAP2 PUSH1 32 ADD PUSH0 CALLDATACOPY PUSH0 KECCAK256
  PUSH1 228 CALLDATALOAD PUSH1 36 ADD CALLDATALOAD EQ PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
`);

const wordOf = (word: string): Uint8Array => new TextEncoder().encode(word);

/** What an output commits to and its spender shows, if `condition` is a password. */
export const passwordParams = (word: string): Uint8Array => keccak256(wordOf(word));

/** An output of ETH that the password `word` unlocks, with a refund address. */
export function locked(condition: Address, word: string, amount: bigint, owner: Address): Output {
  return { owner, token: ETH, amount, condition: conditionHash(condition, passwordParams(word)) };
}

/** What the witness shows to unlock such an output. */
export function unlock(condition: Address, inputIndex: number, word: string, shown = word): Reveal {
  return { inputIndex, condition, params: passwordParams(word), args: wordOf(shown) };
}

/** A chain on which nothing is registered. */
export const NO_CONDITIONS: Conditions = {
  find: () => undefined,
  verdict: ({ codeHash }) => {
    throw new RangeError(`no condition has code with the hash ${codeHash}`);
  },
};

export interface TestConditions extends Conditions {
  /** Registers code while `newestBlock` is the newest block, and gives its address. */
  register(code: Uint8Array, newestBlock: bigint): Address;
  /** Computes what the conditions of a transaction say, so that it can be judged. */
  prepare(spend: ConditionalSpend): Promise<void>;
}

/** The conditions of a root chain whose registry has this address, run in the VM. */
export function createTestConditions(registry: Address = "0x00000000000000000000000000000000000000cd"): TestConditions {
  const registered = new Map<Address, { readonly codeHash: Hex; readonly newestBlock: bigint }>();
  const codes = new Map<Hex, Uint8Array>();
  const verdicts = createConditionVerdicts({ codeOf: (codeHash) => codes.get(codeHash) });
  const find: Conditions["find"] = (condition) => registered.get(condition);
  return {
    find,
    verdict: verdicts.verdict,
    register(code, newestBlock) {
      const address = conditionAddress(registry, code);
      const codeHash = toHex(keccak256(code));
      codes.set(codeHash, code);
      registered.set(address, { codeHash, newestBlock });
      return address;
    },
    async prepare(spend) {
      const { prepare } = verdicts.hold();
      for (const call of conditionCalls(spend, 2n ** 64n, find, keccak256)) await prepare(call);
    },
  };
}
