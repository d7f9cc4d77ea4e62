// The thread that makes up past payments, a block for every order. They are paid from one deposit and keep every rule but one: their
// signatures are random bytes of the right length, because a service never verifies again what stands in its own store.
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { Address } from "viem";
import { createWriter, toHex } from "../../protocol/bytes.ts";
import { nextDepositHash } from "../../protocol/deposit.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { leafHash, merkleRoot } from "../../protocol/merkle.ts";
import { ETH, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { encodeBody, type Transaction } from "../../protocol/transaction.ts";
import { txIdOf } from "../../protocol/typedData.ts";
import { encodeWitness } from "../../protocol/witness.ts";
import type { LedgerEntry } from "../../runtime/ledgerStore.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { createNativeSigner } from "../support/nativeSigner.ts";
import { seededRandom } from "../support/random.ts";
import type { BlockOrder, HistorySetup, PastBlock, Sample } from "./historyProtocol.ts";
import { createOutputPool } from "./outputPool.ts";
import { createSamplePlan } from "./samplePlan.ts";

/** Every so many payments one merges two outputs into one; the others split one, so that two payments leave one output more. */
const MERGE_EVERY = 4;
/** What is worth less is merged: all outputs can be split once more. */
const MIN_SPLIT_AMOUNT = 4n;
const SIGNATURE_BYTES = 64;
const OWNER_BYTES = 20;
const MAX_SPENT = 2;
const MAX_CREATED = 2;
const NOISE_BYTES = MAX_SPENT * SIGNATURE_BYTES + MAX_CREATED * OWNER_BYTES;

const { domain, deposit, outputs, paymentsBefore, samples: perMeasurement } = workerData as HistorySetup;
const { keccak256 } = await createNativeCrypto();
const plan = createSamplePlan(paymentsBefore, perMeasurement);
const pool = createOutputPool(outputs + MERGE_EVERY);
pool.add(deposit);
const depositHash = nextDepositHash(ZERO_HASH, deposit.outputId, keccak256);
const random = seededRandom(1);
let made = 0;
let keys = 0;

parentPort?.on("message", ({ number, sealedAt, payments }: BlockOrder) => {
  const samples: Sample[] = [];
  const noise = randomBytes(payments * NOISE_BYTES);
  const drafts = Array.from({ length: payments }, (_, txIndex) =>
    makePayment(number, txIndex, noise.subarray(txIndex * NOISE_BYTES, (txIndex + 1) * NOISE_BYTES), samples),
  );
  const raws = inOneBuffer(drafts.map(({ raw }) => raw));
  const leaves = inOneBuffer(drafts.map(({ leaf }) => leaf));
  const entries = drafts.map((draft, index) => ({
    ...draft,
    raw: raws[index] as Uint8Array,
    leaf: leaves[index] as Uint8Array,
  }));
  const root = merkleRoot(leaves, keccak256);
  const block = { number, root, txCount: payments, sealedAt, depositCount: 1, depositHash };
  const past: PastBlock = { block, entries, samples };
  parentPort?.postMessage(
    past,
    [raws, leaves].flatMap(([first]) => first?.buffer ?? []),
  );
});

/** The next payment. An output that a measurement will spend is put down in `samples`, all others may be spent by any later payment. */
function makePayment(block: bigint, txIndex: number, noise: Uint8Array, samples: Sample[]): LedgerEntry {
  made += 1;
  const spent = [pool.take(random())];
  const merges = made % MERGE_EVERY === 0 || (spent[0] as LedgerOutput).output.amount < MIN_SPLIT_AMOUNT;
  const isMerged = merges && pool.size() > 0;
  if (isMerged) spent.push(pool.take(random()));
  const value = spent.reduce((sum, { output }) => sum + output.amount, 0n);
  const amounts = isMerged ? [value] : [value / 2n, value - value / 2n];
  const measurement = isMerged ? undefined : plan.next(made);
  const privateKey = measurement === undefined ? undefined : toHex(keccak256(Buffer.from(`sample ${keys++}`)));
  const owners = amounts.map((_, index) => toHex(noise, index * OWNER_BYTES, (index + 1) * OWNER_BYTES));
  if (privateKey !== undefined) owners[0] = createNativeSigner(privateKey).address;

  const transaction: Transaction = {
    inputs: spent.map(({ position, outputId }) => ({ position, outputId })),
    outputs: amounts.map((amount, index) => ({
      owner: owners[index] as Address,
      token: ETH,
      amount,
      condition: PLAIN,
    })),
    memo: ZERO_HASH,
    validAfter: 0,
    validBefore: 0,
  };
  const txId = txIdOf(transaction, domain, keccak256);
  const signatures = spent.map((_, index) => signatureOf(noise, index));
  const witness = encodeWitness({ signatures, reveals: [] });
  const body = encodeBody(transaction);
  const raw = createWriter(body.length + witness.length)
    .raw(body)
    .raw(witness).bytes;
  const leaf = leafHash(txId, toHex(keccak256(witness)), keccak256);
  const created = transaction.outputs.map((output, outputIndex) => ({
    position: encodePosition({ block, txIndex, outputIndex }),
    outputId: outputIdOf(txId, outputIndex, output, keccak256),
    output,
  }));
  for (const [index, output] of created.entries()) {
    if (index === 0 && privateKey !== undefined && measurement !== undefined) {
      samples.push({ ...output, privateKey, measurement });
    } else pool.add(output);
  }
  return { txId, leaf, raw, spent, created };
}

function signatureOf(noise: Uint8Array, index: number): Uint8Array {
  const start = MAX_CREATED * OWNER_BYTES + index * SIGNATURE_BYTES;
  return noise.subarray(start, start + SIGNATURE_BYTES);
}

/** The same bytes side by side, so that they are handed over to the other thread and not copied one by one. */
function inOneBuffer(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  return pieces.map((piece) => {
    whole.set(piece, offset);
    offset += piece.length;
    return whole.subarray(offset - piece.length, offset);
  });
}
