import type { Address, Hex } from "viem";
import { createWriter, type Reader, toHex, type Writer } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type Keccak256, portableCrypto } from "./hashing.ts";
import { LIMITS } from "./limits.ts";
import type { Output } from "./output.ts";

/** What a witness shows for one conditional input: which condition its output names, and what the spender says to it. */
export interface Reveal {
  readonly inputIndex: number;
  readonly condition: Address;
  /** What the output commits to, at most 1,024 bytes. */
  readonly params: Uint8Array;
  /** What nobody signed, at most 1,024 bytes. */
  readonly args: Uint8Array;
}

/** One question to a condition: may this input spend this output? */
export interface Check {
  /** Canonical bytes of the spending transaction without its witness. */
  readonly body: Uint8Array;
  readonly inputIndex: number;
  readonly output: Output;
  /** Whoever signed the transaction, ascending. */
  readonly signers: readonly Address[];
  readonly params: Uint8Array;
  readonly args: Uint8Array;
}

/**
 * A call of a condition's code, which decides the answer alone: registered code sees nothing else (R15).
 * `calldata` is that of `encodeCheck`.
 */
export interface ConditionCall {
  readonly codeHash: Hex;
  readonly calldata: Uint8Array;
}

const WORD = 32;

/** Selector of ICondition.check. */
const CHECK_SELECTOR: Hex = "0x3d31e807";

/** Words before the dynamic arguments of `check`: four offsets, the input index, the output's four fields. */
const CHECK_HEAD_BYTES = 9 * WORD;

const REVEAL_HEAD_BYTES = 25;

const padding = (length: number): number => -length & (WORD - 1);

/** Bytes that ABI-encoded `bytes` take. */
const encodedSize = (length: number): number => WORD + length + padding(length);

const writeBytes = (writer: Writer, bytes: Uint8Array, field: string): Writer =>
  writer
    .skip(WORD - 4)
    .number(bytes.length, 4, field)
    .raw(bytes)
    .skip(padding(bytes.length));

const writeOffset = (writer: Writer, offset: number): Writer => writer.skip(WORD - 4).number(offset, 4, "offset");

/**
 * What an output that a condition guards commits to: keccak256(abi.encode(condition, params)).
 * @throws HEX_INVALID
 */
export function conditionHash(
  condition: Address,
  params: Uint8Array,
  keccak: Keccak256 = portableCrypto.keccak256,
): Hex {
  const writer = createWriter(2 * WORD + encodedSize(params.length))
    .skip(12)
    .hex(condition, 20, "condition");
  return toHex(keccak(writeBytes(writeOffset(writer, 2 * WORD), params, "params").bytes));
}

/**
 * The address at which the registry of a root chain deploys a condition's runtime code, registered or not: it follows from the code
 * (CREATE2 without a salt).
 * @throws HEX_INVALID
 */
export function conditionAddress(
  registry: Address,
  code: Uint8Array,
  keccak: Keccak256 = portableCrypto.keccak256,
): Address {
  // PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN: makes what follows it the code of a new account.
  const creation = createWriter(10 + code.length)
    .hex("0x61", 1, "PUSH2")
    .number(code.length, 2, "code")
    .hex("0x80600a5f395ff3", 7, "copy")
    .raw(code);
  const preimage = createWriter(85)
    .number(0xff, 1, "CREATE2")
    .hex(registry, 20, "registry")
    .skip(WORD)
    .raw(keccak(creation.bytes));
  return toHex(keccak(preimage.bytes), 12);
}

/**
 * Calldata of `check`, as the contract makes it.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function encodeCheck({ body, inputIndex, output, signers, params, args }: Check): Uint8Array {
  const signersAt = CHECK_HEAD_BYTES + encodedSize(body.length);
  const paramsAt = signersAt + WORD * (1 + signers.length);
  const argsAt = paramsAt + encodedSize(params.length);
  const writer = createWriter(4 + argsAt + encodedSize(args.length)).hex(CHECK_SELECTOR, 4, "selector");
  writeOffset(writer, CHECK_HEAD_BYTES)
    .skip(WORD - 1)
    .number(inputIndex, 1, "inputIndex")
    .skip(12)
    .hex(output.owner, 20, "owner")
    .skip(12)
    .hex(output.token, 20, "token")
    .skip(16)
    .uint(output.amount, 16, "amount")
    .hex(output.condition, WORD, "condition");
  for (const offset of [signersAt, paramsAt, argsAt]) writeOffset(writer, offset);
  writeBytes(writer, body, "body");
  writer.skip(WORD - 1).number(signers.length, 1, "signers");
  for (const signer of signers) writer.skip(12).hex(signer, 20, "signer");
  writeBytes(writer, params, "params");
  return writeBytes(writer, args, "args").bytes;
}

/**
 * The end of a witness: `nCond | nCond × (inputIndex | condition 20 | length 2 | params | length 2 | args)`.
 * @throws WITNESS_REVEAL_ORDER, WITNESS_REVEAL_TOO_LONG, HEX_INVALID, UINT_OUT_OF_RANGE
 */
export function encodeReveals(reveals: readonly Reveal[]): Uint8Array {
  const size = reveals.reduce((sum, { params, args }) => sum + REVEAL_HEAD_BYTES + params.length + args.length, 1);
  const writer = createWriter(size).number(reveals.length, 1, "conditions");
  let previous = -1;
  for (const { inputIndex, condition, params, args } of reveals) {
    assertAscending(previous, inputIndex);
    previous = inputIndex;
    writer.number(inputIndex, 1, "inputIndex").hex(condition, 20, "condition");
    for (const bytes of [params, args]) {
      assertLength(bytes.length);
      writer.number(bytes.length, 2, "length").raw(bytes);
    }
  }
  return writer.bytes;
}

/**
 * Reads what `encodeReveals` writes and nothing else; what follows is left to the reader. Params and args are views of its bytes. Whether
 * they are revealed for exactly the conditional inputs, only the spent outputs tell.
 * @throws WITNESS_REVEAL_ORDER, WITNESS_REVEAL_TOO_LONG, and the reader's own error where its bytes end too early
 */
export function readReveals(reader: Reader): Reveal[] {
  const reveals: Reveal[] = [];
  for (let pending = reader.number(1); pending > 0; pending--) {
    const inputIndex = reader.number(1);
    assertAscending(reveals.at(-1)?.inputIndex ?? -1, inputIndex);
    const condition = reader.hex(20);
    const params = readShort(reader);
    reveals.push({ inputIndex, condition, params, args: readShort(reader) });
  }
  return reveals;
}

function readShort(reader: Reader): Uint8Array {
  const length = reader.number(2);
  assertLength(length);
  return reader.raw(length);
}

function assertAscending(previous: number, inputIndex: number): void {
  if (inputIndex > previous) return;
  throw new ProtocolError("WITNESS_REVEAL_ORDER", `input ${inputIndex} is revealed after input ${previous}`, {
    previous,
    inputIndex,
  });
}

function assertLength(length: number): void {
  if (length <= LIMITS.maxRevealBytes) return;
  throw new ProtocolError(
    "WITNESS_REVEAL_TOO_LONG",
    `${length} bytes of params or args, ${LIMITS.maxRevealBytes} fit`,
    {
      length,
    },
  );
}
