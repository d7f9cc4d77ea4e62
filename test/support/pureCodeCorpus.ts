import { toHex } from "../../protocol/bytes.ts";
import type { ProtocolErrorCode } from "../../protocol/errors.ts";
import { assemble } from "./assembler.ts";

/** Code that the registry takes, and what it answers whatever it is asked. */
interface Allowed {
  readonly name: string;
  readonly code: string;
  /** On L1, with the gas that the contract gives. */
  readonly yes: boolean;
  /** In the VM, with the gas of a whole transaction. */
  readonly yesInVm: boolean;
}

/** Code that the registry refuses, and why. */
interface Refused {
  readonly name: string;
  readonly code: string;
  readonly refusal: ProtocolErrorCode;
  /** Of the forbidden instruction; of the whole code where its size is refused. */
  readonly at: number;
}

const MAX_BYTES = 24_576;

/** The opcodes that a condition may have, counted out once more, from the table in docs/protocol.md. */
const ALLOWED_OPCODES = "00-0b 10-1e 20 34-39 3d-3e 50-53 56-59 5b 5e-9f f3 fd-fe".split(" ").flatMap((range) => {
  const [first, last = first] = range.split("-").map((digits) => Number.parseInt(digits, 16)) as [number, number?];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
});

const YES = "PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN";
const IF_TRUE = "PUSH0 MSTORE PUSH1 32 PUSH0 RETURN";
/** As many of a text as are asked for. */
const times = (count: number, source: string): string => `${source} `.repeat(count);
/** Takes a little over `rounds` × 26 gas. */
const countDown = (rounds: number): string =>
  `PUSH3 ${rounds} loop: JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH2 @loop JUMPI POP`;
/** Nothing that pure code may do, one byte each. */
const FORBIDDEN = "0x3031323a3b3c3f404142434445464748494a5455505a5c5da0f0f1f2f4f5faff";
const ADDRESS = "5fbdb2315678afecb367f032d93f642f64180aa3";

const answers: readonly [name: string, source: string, yes: boolean, yesInVm?: boolean][] = [
  ["says yes", YES, true],

  // Numbers are not instructions.
  ["every forbidden opcode inside a PUSH32", `PUSH32 ${FORBIDDEN} POP ${YES}`, true],
  [
    "a call inside a PUSH of every size",
    `${Array.from({ length: 32 }, (_, index) => `PUSH${index + 1} 0xf1 POP`).join(" ")} ${YES}`,
    true,
  ],
  ["jumps over a number of calls", `PUSH1 @end JUMP PUSH32 ${FORBIDDEN} end: JUMPDEST ${YES}`, true],
  ["jumps to a number that looks like JUMPDEST", `PUSH1 4 JUMP PUSH1 0x5b ${YES}`, false],
  ["jumps into a number that looks like JUMPDEST and a call", "PUSH1 5 JUMP PUSH3 0x005bf1 STOP", false],
  ["jumps into a number that looks like a program", `PUSH1 4 JUMP PUSH11 0x5b60015f5260205ff30000`, false],
  ["jumps to an instruction that is not JUMPDEST", `PUSH1 3 JUMP ${YES}`, false],
  ["jumps beyond its end", "PUSH2 0xffff JUMP", false],
  ["jumps beyond any code", "PUSH32 0x8000000000000000000000000000000000000000000000000000000000000003 JUMP", false],
  [
    "jumps to a JUMPDEST behind a number that would hide it",
    `PUSH1 @end JUMP STOP PUSH1 0x7f end: JUMPDEST ${YES}`,
    true,
  ],

  // A PUSH that is cut off.
  ["ends with a PUSH32 without its number", `${YES} 0x7f`, true],
  ["ends with a PUSH that has half its number, a call", `${YES} 0x61f1`, true],
  ["runs into a PUSH without its number", `PUSH1 1 PUSH0 MSTORE 0x7f5b`, false],

  // What counts as yes.
  ["returns zero", `PUSH1 32 PUSH0 RETURN`, false],
  ["returns two", `PUSH1 2 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN`, false],
  ["returns all ones", `PUSH0 NOT PUSH0 MSTORE PUSH1 32 PUSH0 RETURN`, false],
  ["returns one in the first byte", `PUSH1 1 PUSH0 MSTORE8 PUSH1 32 PUSH0 RETURN`, false],
  ["returns one in 31 bytes", `PUSH1 1 PUSH0 MSTORE PUSH1 31 PUSH1 1 RETURN`, false],
  ["returns one in one byte", `PUSH1 1 PUSH0 MSTORE PUSH1 1 PUSH1 31 RETURN`, false],
  ["returns one in 33 bytes", `PUSH1 1 PUSH0 MSTORE PUSH1 33 PUSH0 RETURN`, false],
  ["returns one and another word", `PUSH1 1 PUSH0 MSTORE PUSH1 64 PUSH0 RETURN`, false],
  ["returns nothing", "PUSH0 PUSH0 RETURN", false],
  ["runs to its end", "PUSH1 1", false],
  ["reverts with one", `PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 REVERT`, false],
  ["returns 256 KiB, one in the first word", `PUSH1 1 PUSH0 MSTORE PUSH3 0x040000 PUSH0 RETURN`, false],
  ["reverts with 256 KiB", "PUSH3 0x040000 PUSH0 REVERT", false],

  // Gas, memory and stack.
  ["takes nearly all the gas of a transaction", `${countDown(7_600)} ${YES}`, true],
  ["takes more than the gas of a transaction", `${countDown(7_800)} ${YES}`, true, false],
  ["takes nearly all the gas of the contract's call", `${countDown(38_000)} ${YES}`, true, false],
  ["takes more than the gas of the contract's call", `${countDown(39_000)} ${YES}`, false],
  ["never ends", "JUMPDEST PUSH0 JUMP", false],
  ["reads memory at the end of all words", "PUSH0 NOT MLOAD", false],
  ["writes memory at 2^64", `PUSH1 1 PUSH9 0x010000000000000000 MSTORE ${YES}`, false],
  ["takes 256 KiB of memory", `PUSH3 0x040000 MLOAD POP ${YES}`, true],
  ["takes 512 KiB of memory", `PUSH3 0x080000 MLOAD POP ${YES}`, true, false],
  ["takes 1 MiB of memory", `PUSH3 0x100000 MLOAD POP ${YES}`, false],
  ["copies nothing to the end of all words", `PUSH0 PUSH0 PUSH0 NOT CALLDATACOPY ${YES}`, true],
  ["hashes more than it can pay for", `PUSH4 0xffffffff PUSH0 KECCAK256 ${YES}`, false],
  ["fills the stack", `${times(1_022, "PUSH0")} ${YES}`, true],
  ["overfills the stack", `${times(1_023, "PUSH0")} ${YES}`, false],

  // What it can see is its own.
  ["sees its size", `CODESIZE PUSH1 10 EQ ${IF_TRUE}`, true],
  ["sees its code", `PUSH1 1 PUSH1 1 PUSH1 31 CODECOPY PUSH1 32 PUSH0 RETURN`, true],
  ["sees no value", `CALLVALUE ISZERO ${IF_TRUE}`, true],
  ["sees no returned data", `RETURNDATASIZE ISZERO ${IF_TRUE}`, true],
  ["copies returned data where there is none", `PUSH1 1 PUSH0 PUSH0 RETURNDATACOPY ${YES}`, false],
  ["copies no returned data from beyond its end", `PUSH0 PUSH1 1 PUSH0 RETURNDATACOPY ${YES}`, false],
  ["sees where it is", `STOPPED: PC PUSH1 @STOPPED EQ ${IF_TRUE}`, true],
  ["sees its memory", `PUSH0 MLOAD POP MSIZE PUSH1 32 EQ ${IF_TRUE}`, true],
  ["reads zeros beyond the calldata", `PUSH0 NOT CALLDATALOAD ISZERO ${IF_TRUE}`, true],

  // The youngest instructions.
  ["counts leading zeros", `PUSH1 1 CLZ PUSH1 255 EQ ${IF_TRUE}`, true],
  ["counts 256 zeros", `PUSH0 CLZ PUSH2 256 EQ ${IF_TRUE}`, true],
  ["moves memory onto itself", `PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 PUSH0 MCOPY PUSH1 32 PUSH0 RETURN`, true],

  ["is as long as can be", `${YES} ${times(MAX_BYTES - 8, "STOP")}`, true],
];

const refusals: readonly [name: string, source: string, at: number][] = [
  ["a call behind STOP", "STOP CALL", 1],
  ["a call behind RETURN", `${YES} CALL`, 8],
  ["a call behind INVALID", "INVALID CALL", 1],
  ["a call that is jumped over", "PUSH1 @end JUMP CALL end: JUMPDEST STOP", 3],
  ["a call behind a number that ends before it", "PUSH1 0xf1 CALL", 2],
  ["a call behind a number of 32 bytes", `PUSH32 ${FORBIDDEN} CALL`, 33],
  ["a call behind PUSH0, which has no number", "PUSH0 CALL", 1],
  ["the compiler's metadata", `${YES} INVALID 0xa2646970667358221220${"11".repeat(32)}64736f6c63430008250033`, 9],
  ["a table of constants that looks like a call", `${YES} 0x00000000000000f1`, 15],
  ["a minimal proxy (EIP-1167)", `0x363d3d373d3d3d363d73${ADDRESS}5af43d82803e903d91602b57fd5bf3`, 30],
  ["a minimal proxy with PUSH0", `0x5f5f365f5f37365f73${ADDRESS}5af43d5f5f3e5f3d91602a57fd5bf3`, 29],
  [
    "a proxy that reads its target (EIP-1967)",
    `PUSH32 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc SLOAD`,
    33,
  ],
  ["a delegation of an account (EIP-7702)", `0xef0100${ADDRESS}`, 0],
  ["an EOF container", "0xef000101000402000100010400000000800000fe", 0],
  ["a library's guard, which reads its own address", `PUSH20 0x${ADDRESS} ADDRESS EQ`, 21],
  ["a look at the gas", "GAS", 0],
  ["its own destruction", `${YES} PUSH0 SELFDESTRUCT`, 9],
  ["a call in the last byte that fits", `${times(MAX_BYTES - 1, "JUMPDEST")} CALL`, MAX_BYTES - 1],
];

const sizes: readonly [name: string, bytes: number][] = [
  ["no code", 0],
  ["one byte too many", MAX_BYTES + 1],
];

/**
 * Code of every kind that somebody might try to register, with what must become of it, stated by hand: nothing here comes from either
 * implementation.
 */
export function pureCodeCorpus(): { readonly allowed: Allowed[]; readonly refused: Refused[] } {
  const single = Array.from({ length: 256 }, (_, opcode) => ({
    name: `opcode 0x${opcode.toString(16).padStart(2, "0")} alone`,
    code: toHex(Uint8Array.of(opcode)),
    pure: ALLOWED_OPCODES.includes(opcode),
  }));
  return {
    allowed: [
      ...answers.map(([name, source, yes, yesInVm = yes]) => ({ name, code: toHex(assemble(source)), yes, yesInVm })),
      ...single.filter(({ pure }) => pure).map(({ name, code }) => ({ name, code, yes: false, yesInVm: false })),
    ],
    refused: [
      ...refusals.map(([name, source, at]) => ({ ...forbidden(name, toHex(assemble(source))), at })),
      ...single.filter(({ pure }) => !pure).map(({ name, code }) => forbidden(name, code)),
      ...sizes.map(([name, bytes]) => ({
        name,
        code: toHex(new Uint8Array(bytes)),
        refusal: "CONDITION_CODE_SIZE" as const,
        at: bytes,
      })),
    ],
  };
}

const forbidden = (name: string, code: string): Refused => ({
  name,
  code,
  refusal: "CONDITION_OPCODE_FORBIDDEN",
  at: 0,
});
