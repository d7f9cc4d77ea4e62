import { fromRlp, type Hex, isHex, toRlp } from "viem";
import { ProtocolError } from "./errors.ts";

/** Fields of an L1 block header in the order of its RLP, as JSON-RPC names them; forks have added to the end. */
const FIELDS = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas", // London
  "withdrawalsRoot", // Shanghai
  "blobGasUsed", // Cancun
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash", // Prague
] as const;

const STATE_ROOT = FIELDS.indexOf("stateRoot");
const NUMBER = FIELDS.indexOf("number");
const TIMESTAMP = FIELDS.indexOf("timestamp");

/** Integers, which RLP writes without leading zeros. */
const INTEGERS: readonly string[] = [
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
] satisfies (typeof FIELDS)[number][];

/** What a header says that proofs rest on. */
export interface L1Header {
  readonly stateRoot: Hex;
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: number;
}

/**
 * The RLP of the header of an L1 block as JSON-RPC shows it, whose hash is the block's: the caller compares, which also
 * notices a fork that has added a field since.
 */
export function encodeL1Header(block: Readonly<Record<string, unknown>>): Hex {
  const fields: Hex[] = [];
  for (const name of FIELDS) {
    const value = block[name];
    if (!isHex(value)) break;
    fields.push(INTEGERS.includes(name) ? integerBytes(BigInt(value)) : value);
  }
  return toRlp(fields);
}

/**
 * Reads a header; that it is the header of an L1 block is shown by its hash.
 * @throws RECEIPT_L1_HEADER_INVALID
 */
export function decodeL1Header(rlp: Hex): L1Header {
  const fields = listOf(rlp);
  const [stateRoot, number, timestamp] = [fields[STATE_ROOT], fields[NUMBER], fields[TIMESTAMP]];
  if (stateRoot?.length !== 66 || number === undefined || timestamp === undefined) throw invalid();
  return { stateRoot, number: integerOf(number), timestamp: Number(integerOf(timestamp)) };
}

function listOf(rlp: Hex): readonly Hex[] {
  try {
    const list = fromRlp(rlp, "hex");
    if (Array.isArray(list)) return list.map((item) => (isHex(item) ? item : "0x"));
  } catch {
    // viem throws errors of its own where the bytes are no RLP
  }
  throw invalid();
}

function integerBytes(value: bigint): Hex {
  const digits = value === 0n ? "" : value.toString(16);
  return `0x${digits.length % 2 === 1 ? "0" : ""}${digits}`;
}

function integerOf(bytes: Hex): bigint {
  return bytes === "0x" ? 0n : BigInt(bytes);
}

function invalid(): ProtocolError {
  return new ProtocolError("RECEIPT_L1_HEADER_INVALID", "the bytes behind the L1 block hash are not a block header");
}
