// Writes test/vectors/*.json: inputs and answers that both languages read. Deterministic; a test compares.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Hex } from "viem";
import { keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type BlockHeader, GENESIS, headerHash } from "../protocol/block.ts";
import { fromHex, toHex } from "../protocol/bytes.ts";
import {
  type Deposit,
  depositOriginId,
  depositOutputId,
  depositPositionOf,
  nextDepositHash,
} from "../protocol/deposit.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { exitableAt, maximumBond, minimumBond, orderKey } from "../protocol/exit.ts";
import { decodeFeeClaim, encodeFeeClaim, type FeeClaim } from "../protocol/feeClaim.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { leafHash, merkleTree } from "../protocol/merkle.ts";
import { ETH, type Output, outputIdOf, PLAIN } from "../protocol/output.ts";
import { encodePosition, formatPosition } from "../protocol/position.ts";
import { signersOf, toCompactSignature } from "../protocol/signature.ts";
import { decodeBody, encodeBody, type Transaction } from "../protocol/transaction.ts";
import { type Domain, domainSeparator, exitAuthorizationDigest, feeClaimIdOf, txIdOf } from "../protocol/typedData.ts";
import { decodeWitness, encodeWitness } from "../protocol/witness.ts";
import { pureCodeCorpus } from "../test/support/pureCodeCorpus.ts";

export const VECTORS_FOLDER = path.resolve(import.meta.dirname, "../test/vectors");

const DOMAIN: Domain = { chainId: 31337n, contract: "0x5fbdb2315678afecb367f032d93f642f64180aa3" };
const MAX_AMOUNT = (1n << 128n) - 1n;
const MAX_TIME = 2 ** 40 - 1;
const MAX_BLOCK = (1n << 64n) - 1n;

const hash = (name: string): Hex => keccak256(stringToHex(`plasma vector ${name}`));
const address = (name: string): Hex => toHex(fromHex(hash(name)), 12);
const accounts = Array.from({ length: 16 }, (_, index) => privateKeyToAccount(hash(`account ${index}`)));
const TOKEN = address("token");

/** Amounts and positions become decimal strings, which both languages read exactly. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

const output = (name: string, rest: Partial<Output> = {}): Output => ({
  owner: address(name),
  token: ETH,
  amount: BigInt(hash(name)) >> 160n,
  condition: PLAIN,
  ...rest,
});

function ids() {
  const positions = [
    { block: 0n, txIndex: 0, outputIndex: 0 },
    { block: 12n, txIndex: 5, outputIndex: 0 },
    { block: 1n, txIndex: 2 ** 20 - 1, outputIndex: 7 },
    { block: 3n, txIndex: 2 ** 31, outputIndex: 0 },
    { block: 3n, txIndex: 2 ** 31 + 4, outputIndex: 0 },
    { block: MAX_BLOCK, txIndex: 2 ** 32 - 1, outputIndex: 255 },
  ].map((position) => {
    const packed = encodePosition(position);
    return { ...position, position: packed, text: formatPosition(packed) };
  });

  const made: Deposit[] = [
    { index: 0, block: 0n, owner: address("a"), token: ETH, amount: 1n },
    { index: 1, block: 0n, owner: address("b"), token: TOKEN, amount: MAX_AMOUNT },
    { index: 2, block: 7n, owner: address("a"), token: TOKEN, amount: 10n ** 18n },
    { index: 2 ** 31 - 1, block: MAX_BLOCK, owner: address("c"), token: ETH, amount: 5n },
  ];
  let previousDepositHash: Hex = ZERO_HASH;
  const deposits = made.map((deposit) => {
    const outputId = depositOutputId(deposit);
    const row = {
      ...deposit,
      position: depositPositionOf(deposit),
      originId: depositOriginId(deposit.index, deposit.block),
      outputId,
      previousDepositHash,
      depositHash: nextDepositHash(previousDepositHash, outputId),
    };
    previousDepositHash = row.depositHash;
    return row;
  });

  const outputs = [
    output("plain"),
    output("token", { token: TOKEN, amount: MAX_AMOUNT }),
    output("condition", { condition: hash("condition") }),
    output("nobody", { owner: ETH, condition: hash("condition") }),
  ].map((value, index) => {
    const outputIndex = index * 85;
    const originId = hash(`origin ${index}`);
    return { originId, outputIndex, ...value, outputId: outputIdOf(originId, outputIndex, value) };
  });
  return { positions, deposits, outputs };
}

const input = (index: number) => ({
  position: encodePosition({ block: BigInt(index), txIndex: index, outputIndex: index }),
  outputId: hash(`input ${index}`),
});

/** Of every size and with every kind of field, the smallest and the largest among them. */
const TRANSACTIONS: readonly Transaction[] = [
  { inputs: [input(0)], outputs: [output("x")], memo: ZERO_HASH, validAfter: 0, validBefore: 0 },
  {
    inputs: [input(1)],
    outputs: [output("y", { token: TOKEN }), output("z")],
    memo: ZERO_HASH,
    validAfter: 0,
    validBefore: 1_900_000_000,
  },
  {
    inputs: [input(2), input(3)],
    outputs: [output("x", { amount: 1n })],
    memo: hash("memo"),
    validAfter: 1,
    validBefore: MAX_TIME,
  },
  {
    inputs: [input(4)],
    outputs: [output("x", { condition: hash("condition"), owner: ETH })],
    memo: ZERO_HASH,
    validAfter: MAX_TIME,
    validBefore: 0,
  },
  {
    inputs: Array.from({ length: 8 }, (_, index) => input(255 - index)),
    outputs: Array.from({ length: 8 }, (_, index) =>
      output(`o${index}`, { token: TOKEN, amount: MAX_AMOUNT, condition: hash("condition") }),
    ),
    memo: hash("memo"),
    validAfter: MAX_TIME,
    validBefore: MAX_TIME,
  },
];

const CLAIMS: readonly FeeClaim[] = [
  { blockNumber: 1n, token: ETH, owner: address("operator"), amount: 1n },
  { blockNumber: MAX_BLOCK, token: TOKEN, owner: address("operator"), amount: MAX_AMOUNT },
];

async function signatures(digest: Hex, count: number): Promise<Uint8Array[]> {
  const sorted = accounts.slice(0, count).sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
  return Promise.all(sorted.map(async (account) => toCompactSignature(await account.sign({ hash: digest }))));
}

async function transactions() {
  const rows = TRANSACTIONS.map(async (transaction, index) => {
    const txId = txIdOf(transaction, DOMAIN);
    const signed = await signatures(txId, [1, 1, 2, 0, 16][index] ?? 0);
    const witness = encodeWitness({ signatures: signed, reveals: [] });
    return {
      body: toHex(encodeBody(transaction)),
      inputCount: transaction.inputs.length,
      outputCount: transaction.outputs.length,
      memo: transaction.memo,
      validAfter: transaction.validAfter,
      validBefore: transaction.validBefore,
      txId,
      witness: toHex(witness),
      witnessHash: keccak256(witness),
      signers: signersOf(txId, signed),
    };
  });
  const feeClaims = CLAIMS.map((claim) => ({
    ...claim,
    body: toHex(encodeFeeClaim(claim)),
    claimId: feeClaimIdOf(claim, DOMAIN),
  }));
  const exitAuthorizations = [
    { position: input(5).position, outputId: hash("exit"), starter: ETH, deadline: 1_900_000_000 },
    { position: (1n << 104n) - 1n, outputId: hash("exit"), starter: address("starter"), deadline: MAX_TIME },
  ].map((authorization) => ({ ...authorization, digest: exitAuthorizationDigest(authorization, DOMAIN) }));
  return {
    ...DOMAIN,
    domainSeparator: domainSeparator(DOMAIN),
    transactions: await Promise.all(rows),
    feeClaims,
    exitAuthorizations,
  };
}

function blocks() {
  const leaf = (index: number) => ({ txId: hash(`tx ${index}`), witnessHash: hash(`witness ${index}`) });
  const trees = [0, 1, 2, 3, 5, 8, 13].map((txCount) => {
    const leaves = Array.from({ length: txCount }, (_, index) => leaf(index));
    return { txCount, tree: merkleTree(leaves.map(({ txId, witnessHash }) => leafHash(txId, witnessHash))) };
  });
  const paths = trees.flatMap(({ txCount, tree }) =>
    Array.from({ length: txCount }, (_, index) => index)
      .filter((index) => index === 0 || index === txCount - 1 || index === 6)
      .map((index) => ({ ...leaf(index), index, txCount, path: tree.path(index), root: tree.root })),
  );
  const header: BlockHeader = {
    number: 1n,
    parentHash: ZERO_HASH,
    root: hash("root"),
    txCount: 5,
    timestamp: 1_900_000_060,
    sealedAt: 1_900_000_000,
    depositCount: 3,
    depositHash: hash("deposits"),
  };
  const rows: BlockHeader[] = [
    GENESIS,
    header,
    { ...header, number: 2n, parentHash: headerHash(header), root: ZERO_HASH, txCount: 0 },
    { ...header, number: MAX_BLOCK, txCount: 2 ** 20, timestamp: MAX_TIME, sealedAt: MAX_TIME, depositCount: 2 ** 31 },
  ];
  const headers = rows.map((fields) => ({ ...fields, hash: headerHash(fields) }));
  return { roots: trees.map(({ txCount, tree }) => ({ txCount, root: tree.root })), paths, headers };
}

function exits() {
  const WEEK = 7 * 24 * 3600;
  const times = [
    { startedAt: 1_900_000_000, minExitPeriod: WEEK, blockTimestamp: 1_899_999_999 },
    { startedAt: 1_900_000_000, minExitPeriod: WEEK, blockTimestamp: 1_900_000_000 - WEEK },
    { startedAt: 1_900_000_000, minExitPeriod: WEEK, blockTimestamp: 1 },
    { startedAt: 1_900_000_001, minExitPeriod: 60, blockTimestamp: 1_900_000_000 },
    { startedAt: 1_900_000_001, minExitPeriod: 167, blockTimestamp: 1_900_000_000 },
    { startedAt: 1_900_000_001, minExitPeriod: 337, blockTimestamp: 1_900_000_000 },
    { startedAt: 1_900_000_001, minExitPeriod: 365 * 24 * 3600, blockTimestamp: 1_900_000_000 },
  ].map((row) => ({
    ...row,
    exitableAt: exitableAt(row),
    depositExitableAt: exitableAt({ startedAt: row.startedAt, minExitPeriod: row.minExitPeriod }),
  }));
  const bonds = [0n, 1n, 5_000_000_000n, 5_000_000_001n, 300_000_000_000n].map((baseFee) => {
    const challengeGas = 400_000n;
    return {
      challengeGas,
      baseFee,
      minimum: minimumBond(challengeGas, baseFee),
      maximum: maximumBond(challengeGas, baseFee),
    };
  });
  const orderKeys = [
    { exitableAt: 0, position: 1n },
    { exitableAt: 1_900_000_000, position: input(5).position },
    { exitableAt: MAX_TIME, position: (1n << 104n) - 1n },
  ].map((row) => ({ ...row, orderKey: orderKey(row.exitableAt, row.position) }));
  return { times, bonds, orderKeys };
}

/** Replaces the bytes from `at` on. */
function patch(hex: Hex, at: number, bytes: string): Hex {
  const start = 2 + 2 * at;
  return `${hex.slice(0, start)}${bytes}${hex.slice(start + bytes.length)}` as Hex;
}

/** Bytes that both decoders refuse, with the code that says why. */
async function rejected() {
  const [simple, , two] = TRANSACTIONS;
  if (simple === undefined || two === undefined) throw new RangeError("the vectors begin with these transactions");
  const body = toHex(encodeBody(simple));
  const doubled = toHex(encodeBody(two));
  const OUTPUT = 4 + 45;
  const AMOUNT = OUTPUT + 21;
  const zeros = (count: number): string => "00".repeat(count);
  const insert = (hex: Hex, at: number, bytes: string): Hex =>
    `${hex.slice(0, 2 + 2 * at)}${bytes}${hex.slice(2 + 2 * at)}` as Hex;
  const bodies: [name: string, bytes: Hex][] = [
    ["empty", "0x"],
    ["half a header", "0x0101"],
    ["unknown type", patch(body, 0, "03")],
    ["no inputs", patch(body, 1, "00")],
    ["nine inputs", patch(body, 1, "09")],
    ["no outputs", patch(body, 2, "00")],
    ["nine outputs", patch(body, 2, "09")],
    ["unknown flag", patch(body, 3, "08")],
    ["unknown output flag", patch(body, OUTPUT, "04")],
    ["flagged memo zero", `${patch(body, 3, "01")}${zeros(32)}`],
    ["flagged validAfter zero", `${patch(body, 3, "02")}${zeros(5)}`],
    ["flagged validBefore zero", `${patch(body, 3, "04")}${zeros(5)}`],
    ["flagged token zero", insert(patch(body, OUTPUT, "01"), AMOUNT, zeros(20))],
    ["flagged condition zero", `${patch(body, OUTPUT, "02")}${zeros(32)}`],
    ["amount zero", patch(body, AMOUNT, zeros(16))],
    ["no owner", patch(body, OUTPUT + 1, zeros(20))],
    ["flag without field", patch(body, 3, "01")],
    ["trailing byte", `${body}00`],
    ["last byte missing", body.slice(0, -2) as Hex],
    ["same output id twice", patch(doubled, 4 + 45 + 13, doubled.slice(2 + 2 * 17, 2 + 2 * 49))],
  ];

  const txId = txIdOf(simple, DOMAIN);
  const signed = await signatures(txId, 2);
  const [low, high] = signed.map((signature) => toHex(signature).slice(2));
  const witness = toHex(encodeWitness({ signatures: signed, reveals: [] }));
  const witnesses: [name: string, bytes: Hex][] = [
    ["empty", "0x"],
    ["no condition count", witness.slice(0, -2) as Hex],
    ["half a signature", witness.slice(0, 90) as Hex],
    ["seventeen signatures", `0x11${low?.repeat(17)}00`],
    ["a condition without its bytes", patch(witness, 129, "01")],
    ["trailing byte", `${witness}00`],
    ["descending signers", `0x02${high}${low}00`],
    ["one signer twice", `0x02${low}${low}00`],
    ["r zero", `0x01${zeros(32)}${low?.slice(64)}00`],
    ["s zero", `0x01${low?.slice(0, 64)}${zeros(32)}00`],
    ["high s", `0x01${low?.slice(0, 64)}${"7f".padEnd(64, "f")}00`],
    ["r above the order", `0x01${"ff".repeat(32)}${low?.slice(64)}00`],
    ["r of no point", `0x01${"05".padStart(64, "0")}${low?.slice(64)}00`],
  ];

  const [claim] = CLAIMS.map((fields) => toHex(encodeFeeClaim(fields)));
  if (claim === undefined) throw new RangeError("the vectors have a fee claim");
  const feeClaims: [name: string, bytes: Hex][] = [
    ["empty", "0x"],
    ["last byte missing", claim.slice(0, -2) as Hex],
    ["trailing byte", `${claim}00`],
    ["type of a transaction", patch(claim, 0, "01")],
    ["amount zero", patch(claim, 49, zeros(16))],
    ["no owner", patch(claim, 29, zeros(20))],
  ];

  const refusals = (rows: [name: string, bytes: Hex][], decode: (bytes: Uint8Array) => unknown) =>
    rows.map(([name, bytes]) => ({ name, bytes, code: refusal(() => decode(fromHex(bytes))) }));
  return {
    bodies: refusals(bodies, decodeBody),
    witnessTxId: txId,
    witnesses: refusals(witnesses, (bytes) => signersOf(txId, decodeWitness(bytes).signatures)),
    feeClaims: refusals(feeClaims, decodeFeeClaim),
  };
}

function refusal(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  throw new Error("bytes that are to be refused were accepted");
}

/** All vectors by file name. */
export async function buildVectors(): Promise<Record<string, string>> {
  const files = {
    "ids.json": ids(),
    "transactions.json": await transactions(),
    "blocks.json": blocks(),
    "exits.json": exits(),
    "rejected.json": await rejected(),
    "conditions.json": pureCodeCorpus(),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, `${JSON.stringify(plain(content), null, 2)}\n`]),
  );
}

if (import.meta.main) {
  mkdirSync(VECTORS_FOLDER, { recursive: true });
  for (const [name, content] of Object.entries(await buildVectors())) {
    writeFileSync(path.join(VECTORS_FOLDER, name), content);
    console.log(`${name} ${content.length} bytes`);
  }
}
