import { randomBytes } from "node:crypto";
import type { Address, Hex } from "viem";
import type { SealedBlock } from "../../protocol/block.ts";
import { createWriter, toHex } from "../../protocol/bytes.ts";
import { nextDepositHash } from "../../protocol/deposit.ts";
import { type Crypto, ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { leafHash, merkleTree } from "../../protocol/merkle.ts";
import { ETH, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { encodeBody, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import { encodeWitness } from "../../protocol/witness.ts";
import type { LedgerEntry } from "../../runtime/ledgerStore.ts";
import { createNativeSigner } from "../support/nativeSigner.ts";
import { seededRandom } from "../support/random.ts";
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

/** What a history begins with, and what is to be left by it. */
export interface HistorySetup {
  readonly domain: Domain;
  /** What everything is paid from: deposit 0. */
  readonly deposit: LedgerOutput;
  /** Unspent outputs at the end. */
  readonly outputs: number;
  /** How many payments there are when each measurement is made. */
  readonly paymentsBefore: readonly number[];
  /** Outputs for each measurement. */
  readonly samples: number;
}

/** An unspent output that a measurement may spend. */
export interface Sample extends LedgerOutput {
  readonly privateKey: Hex;
  readonly measurement: number;
}

export interface PastBlock {
  readonly block: SealedBlock;
  readonly entries: readonly LedgerEntry[];
  readonly subtreeRoots: readonly Uint8Array[];
  readonly samples: readonly Sample[];
}

/**
 * Makes up past payments, a block at a time. They are paid from one deposit and keep every rule but one: their signatures are random bytes of
 * the right length, because a service never verifies again what stands in its own store.
 */
export function createPastPayments(
  { domain, deposit, outputs, paymentsBefore, samples: perMeasurement }: HistorySetup,
  { keccak256 }: Crypto,
) {
  const plan = createSamplePlan(paymentsBefore, perMeasurement);
  const pool = createOutputPool(outputs + MERGE_EVERY);
  pool.add(deposit);
  const depositHash = nextDepositHash(ZERO_HASH, deposit.outputId, keccak256);
  const random = seededRandom(1);
  let made = 0;
  let keys = 0;

  /** The next payment. An output that a measurement will spend is put down in `samples`, all others may be spent by any later payment. */
  const makePayment = (block: bigint, txIndex: number, noise: Uint8Array, samples: Sample[]): LedgerEntry => {
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
  };

  return {
    /** The block with this number and so many payments. */
    nextBlock(number: bigint, sealedAt: number, payments: number): PastBlock {
      const samples: Sample[] = [];
      const noise = randomBytes(payments * NOISE_BYTES);
      const entries = Array.from({ length: payments }, (_, txIndex) =>
        makePayment(number, txIndex, noise.subarray(txIndex * NOISE_BYTES, (txIndex + 1) * NOISE_BYTES), samples),
      );
      const leaves = entries.map(({ leaf }) => leaf);
      const { root, subtreeRoots } = merkleTree(leaves, keccak256);
      const block = { number, root, txCount: payments, sealedAt, depositCount: 1, depositHash };
      return { block, entries, subtreeRoots, samples };
    },
  };
}

function signatureOf(noise: Uint8Array, index: number): Uint8Array {
  const start = MAX_CREATED * OWNER_BYTES + index * SIGNATURE_BYTES;
  return noise.subarray(start, start + SIGNATURE_BYTES);
}
