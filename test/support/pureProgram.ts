import fc from "fast-check";
import { isAllowedOpcode } from "../../protocol/pureCode.ts";
import { assemble } from "./assembler.ts";

/** A tree of instructions; labels are numbered when it is written down. */
type Node = string | { readonly label: (name: string) => readonly Node[] } | readonly Node[];

const UNARY = ["ISZERO", "NOT", "CLZ", "MLOAD", "CALLDATALOAD"];
const BINARY =
  "ADD MUL SUB DIV SDIV MOD SMOD EXP SIGNEXTEND LT GT SLT SGT EQ AND OR XOR BYTE SHL SHR SAR KECCAK256".split(" ");
const TERNARY = ["ADDMOD", "MULMOD"];
const SEEN = ["CALLVALUE", "CALLDATASIZE", "CODESIZE", "RETURNDATASIZE", "PC", "MSIZE"];
const COPIES = ["CALLDATACOPY", "CODECOPY", "RETURNDATACOPY", "MCOPY"];

const push = (value: bigint, width = 32): string => `PUSH${width} ${value}`;

/** Numbers at the edges of what instructions tell apart. */
const EDGES = [0n, 1n, 2n, 31n, 32n, 33n, 255n, 256n, 257n, 2n ** 64n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 256n - 1n];

const numberArb: fc.Arbitrary<Node> = fc.oneof(
  fc.constantFrom(...EDGES).map((value) => push(value)),
  fc.nat(0xffff).map((value) => push(BigInt(value), 2)),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map((value) => push(value)),
);
/** Places in memory, calldata and code that exist, or nearly. */
const placeArb: fc.Arbitrary<Node> = fc.nat(700).map((value) => push(BigInt(value), 2));

const { statements } = fc.letrec<{ expression: Node; statement: Node; statements: Node }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    numberArb,
    fc.constantFrom(...SEEN),
    fc.tuple(placeArb, fc.constantFrom("MLOAD", "CALLDATALOAD")),
    fc.tuple(placeArb, placeArb, fc.constant("KECCAK256")),
    fc.tuple(tie("expression"), fc.constantFrom(...UNARY.slice(0, 3))),
    fc.tuple(tie("expression"), tie("expression"), fc.constantFrom(...BINARY.slice(0, -1))),
    fc.tuple(tie("expression"), tie("expression"), tie("expression"), fc.constantFrom(...TERNARY)),
  ),
  statement: fc.oneof(
    { weight: 20, arbitrary: fc.tuple(tie("expression"), placeArb, fc.constantFrom("MSTORE", "MSTORE8")) },
    {
      weight: 3,
      arbitrary: fc.tuple(
        placeArb,
        placeArb,
        placeArb,
        fc.constantFrom(...COPIES.filter((name) => name !== "RETURNDATACOPY")),
      ),
    },
    // Whatever is on the stack and whatever numbers: may fail, or take more gas than there is.
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.tuple(tie("expression"), fc.constantFrom(...UNARY, ...BINARY, "POP")),
        fc.tuple(numberArb, numberArb, numberArb, fc.constantFrom(...COPIES)),
        fc.tuple(placeArb, fc.constant("JUMP")),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(tie("expression"), tie("statements")).map(([condition, body]) => ({
        label: (end: string) => [condition, `PUSH2 @${end} JUMPI`, body, `${end}: JUMPDEST`],
      })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4_000 })), tie("statements"))
        .map(([rounds, body]) => ({
          label: (loop: string) => [
            `PUSH2 ${rounds} ${loop}: JUMPDEST`,
            body,
            `PUSH1 1 SWAP1 SUB DUP1 PUSH2 @${loop} JUMPI POP`,
          ],
        })),
    },
  ),
  statements: fc.array(tie("statement"), { maxLength: 6, depthIdentifier: "statements" }),
}));

/** How a program ends: most often with yes or no by a hash of its memory, else with what it has there, or not at all. */
const endArb: fc.Arbitrary<Node> = fc.oneof(
  { weight: 10, arbitrary: fc.constant("PUSH2 736 PUSH0 KECCAK256 PUSH1 1 AND PUSH0 MSTORE PUSH1 32 PUSH0 RETURN") },
  { weight: 2, arbitrary: fc.tuple(placeArb, placeArb, fc.constantFrom("RETURN", "REVERT")) },
  { weight: 1, arbitrary: fc.constantFrom("STOP", "INVALID", "JUMPDEST") },
);

/** Programs that do something: expressions over memory and calldata, branches, loops, copies, and now and then nonsense. */
const programArb: fc.Arbitrary<Uint8Array> = fc
  .tuple(statements, endArb)
  .map(([body, end]) => assemble(write([body, end])));

/** Bytes that are instructions, in no order. */
const soupArb: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(...Array.from({ length: 256 }, (_, opcode) => opcode).filter(isAllowedOpcode)), {
    minLength: 1,
    maxLength: 200,
  })
  .map((opcodes) => Uint8Array.from(opcodes));

/** Random pure code (R15). */
export const pureCodeArb: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 5, arbitrary: programArb },
  { weight: 1, arbitrary: soupArb },
);

function write(node: Node, labels = { count: 0 }): string {
  if (typeof node === "string") return node;
  if ("label" in node) return write(node.label(`label${labels.count++}`), labels);
  return node.map((part) => write(part, labels)).join(" ");
}
