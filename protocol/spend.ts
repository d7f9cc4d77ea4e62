import type { Address, Hex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "./bytes.ts";
import { type Conditions, checkConditions, conditionCalls, isConditional } from "./conditionalSpend.ts";
import { ProtocolError } from "./errors.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { inclusionSchema, isWithinWindow, verifyIncludedEntry, verifyInclusion } from "./inclusion.ts";
import { bytesSchema, countSchema, hashSchema, outputSchema } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { outputIdOf } from "./output.ts";
import { encodePosition, formatPosition } from "./position.ts";
import { exitProofSchema, verifyProof } from "./proof.ts";
import { signersOf } from "./signature.ts";
import { checkSigners, feesOf } from "./stateTransition.ts";
import { decodeBody, type Transaction } from "./transaction.ts";
import { type Domain, txIdOf } from "./typedData.ts";
import { decodeWitness } from "./witness.ts";

/** What the output ids of a transaction's inputs are the hashes of, in the order of the inputs. */
export const preimagesSchema = z
  .array(z.object({ originId: hashSchema, outputIndex: countSchema, output: outputSchema }))
  .readonly();

export type OutputPreimage = z.output<typeof preimagesSchema>[number];

/** A transaction that spends an output, with all that a challenge has to show of it (R7). */
export const spendSchema = z.object({
  body: bytesSchema,
  witness: bytesSchema,
  preimages: preimagesSchema,
  /** The input that spends the output in question. */
  inputIndex: countSchema,
  /** Where the transaction stands; needed once it has expired (R8). */
  inclusion: inclusionSchema.optional(),
  /** Proofs of every input, in order: needed where the output is conditional (R16). */
  inputs: z.array(exitProofSchema).readonly().optional(),
  /** What created the output, needed when the input signs another position than the exit has proven. */
  source: z.object({ body: bytesSchema, inclusion: inclusionSchema }).optional(),
});

export type Spend = z.output<typeof spendSchema>;
export type SpendJson = z.input<typeof spendSchema>;

/** The exit that is challenged. */
export interface ChallengedExit {
  readonly position: bigint;
  readonly outputId: Hex;
}

export interface SpendContext {
  readonly domain: Domain;
  /** L1 time, Unix seconds. */
  readonly now: number;
  readonly conditions: Conditions;
}

/** No block's number is as high: whatever is registered is old enough for a spend in no block. */
export const ANY_BLOCK = 2n ** 64n;

/** A spend that counts, and the block hashes that L1 must hold for it to. */
export interface VerifiedSpend {
  readonly txId: Hex;
  readonly signers: readonly Address[];
  readonly blocks: readonly { readonly number: bigint; readonly hash: Hex }[];
}

/**
 * SPEND(S, o) of R7 and R8: whether this spend counts against `exit` at the L1 time `now`, as the contract's challenge
 * judges it. The caller compares the returned block hashes with L1.
 * @throws SPEND_*, TX_*, WITNESS_*, PROOF_* and FEE_CLAIM_*: the reason why it does not count
 */
export function verifySpend(
  spend: Spend,
  exit: ChallengedExit,
  { domain, now, conditions }: SpendContext,
  crypto: Crypto = portableCrypto,
): VerifiedSpend {
  const { txId, transaction, signers } = verifyComplete(spend, { domain, conditions }, crypto);

  const blocks: { number: bigint; hash: Hex }[] = [];
  if (spend.inclusion === undefined) {
    checkLive(transaction, now);
  } else {
    const inclusion = { ...spend.inclusion, witnessHash: toHex(crypto.keccak256(fromHex(spend.witness))) };
    const hash = verifyInclusion(txId, transaction, inclusion, crypto.keccak256);
    blocks.push({ number: inclusion.header.number, hash });
  }

  const input = transaction.inputs[spend.inputIndex];
  if (input?.outputId !== exit.outputId) {
    throw new ProtocolError("SPEND_INPUT_MISMATCH", `input ${spend.inputIndex} does not spend the exiting output`, {
      outputId: exit.outputId,
    });
  }
  if (isConditional((spend.preimages[spend.inputIndex] as OutputPreimage).output)) {
    blocks.push(...checkInputs(spend, transaction, domain, crypto));
  } else if (input.position !== exit.position) {
    blocks.push(checkSource(spend, input.position, domain, crypto));
  }
  return { txId, signers, blocks };
}

/** A transaction of which all is known and in order. */
export interface CompleteTransaction {
  readonly txId: Hex;
  readonly transaction: Transaction;
  readonly signers: readonly Address[];
}

/**
 * Whether a transaction is complete (R7), so that its in-flight exit can start (R10): every input's output is known, the signers are those
 * that it takes, every condition says yes, no token is spent beyond the inputs.
 * @throws SPEND_INPUT_INDEX, SPEND_PREIMAGE_MISMATCH, TX_*, WITNESS_*: the reason why it is not
 */
export function verifyComplete(
  spend: Spend,
  { domain, conditions }: Pick<SpendContext, "domain" | "conditions">,
  crypto: Crypto = portableCrypto,
): CompleteTransaction {
  const transaction = decodeBody(fromHex(spend.body));
  const txId = txIdOf(transaction, domain, crypto.keccak256);
  const { inputs, outputs } = transaction;
  const size = (spend.body.length + spend.witness.length) / 2 - 2;
  if (size > LIMITS.maxTransactionBytes) {
    throw new ProtocolError("TX_TOO_LARGE", `a transaction has at most ${LIMITS.maxTransactionBytes} bytes`, { size });
  }
  if (spend.inputIndex >= inputs.length) {
    throw new ProtocolError("SPEND_INPUT_INDEX", `the transaction has no input ${spend.inputIndex}`, {
      inputs: inputs.length,
    });
  }
  if (spend.preimages.length !== inputs.length) {
    throw new ProtocolError("SPEND_PREIMAGE_MISMATCH", `${inputs.length} inputs need as many preimages`, {
      preimages: spend.preimages.length,
    });
  }
  for (const [index, { originId, outputIndex, output }] of spend.preimages.entries()) {
    if (outputIdOf(originId, outputIndex, output, crypto.keccak256) !== inputs[index]?.outputId) {
      throw new ProtocolError("SPEND_PREIMAGE_MISMATCH", `preimage ${index} is not that of input ${index}`, { index });
    }
  }
  const spent = spend.preimages.map(({ output }) => output);
  const { signatures, reveals } = decodeWitness(fromHex(spend.witness));
  const signers = signersOf(txId, signatures, crypto);
  checkSigners(spent, signers);
  feesOf(spent, outputs);
  const asked = { body: fromHex(spend.body), spent, signers, reveals };
  const block = spend.inclusion?.header.number ?? ANY_BLOCK;
  checkConditions(conditionCalls(asked, block, conditions.find, crypto.keccak256), conditions);
  return { txId, transaction, signers };
}

function checkLive(transaction: Transaction, now: number): void {
  if (!isWithinWindow(transaction, now)) {
    throw new ProtocolError("SPEND_NOT_LIVE", `at ${now} the transaction counts only where it is shown included`, {
      now,
      validAfter: transaction.validAfter,
      validBefore: transaction.validBefore,
    });
  }
}

/** R16: the spend of a conditional output is included, and each of its inputs was created where it signs it. */
function checkInputs(
  { inclusion, inputs = [], preimages }: Spend,
  transaction: Transaction,
  domain: Domain,
  crypto: Crypto,
): VerifiedSpend["blocks"] {
  const isShown = transaction.inputs.every(
    ({ position, outputId }, index) => inputs[index]?.position === position && inputs[index].outputId === outputId,
  );
  if (inclusion === undefined || !isShown || inputs.length !== preimages.length) {
    throw new ProtocolError(
      "SPEND_NOT_INCLUDED",
      "a conditional output is spent by what is shown included, with its inputs",
    );
  }
  return inputs.flatMap((proof) => {
    const anchor = verifyProof(proof, { domain }, crypto);
    return anchor.kind === "block" ? { number: anchor.number, hash: anchor.hash } : [];
  });
}

/** R7: the output was created at the position that the spend signs, though the exit has proven another. */
function checkSource(
  { source, preimages, inputIndex }: Spend,
  position: bigint,
  domain: Domain,
  crypto: Crypto,
): { number: bigint; hash: Hex } {
  const mismatch = (): ProtocolError =>
    new ProtocolError("SPEND_SOURCE_MISMATCH", `the output is not shown to be created at ${formatPosition(position)}`, {
      position,
    });
  const preimage = preimages[inputIndex];
  if (source === undefined || preimage === undefined) throw mismatch();
  const { header, txIndex } = source.inclusion;
  const entry = verifyIncludedEntry(fromHex(source.body), source.inclusion, domain, crypto.keccak256);
  const created = encodePosition({ block: header.number, txIndex, outputIndex: preimage.outputIndex });
  if (entry.txId !== preimage.originId || created !== position) throw mismatch();
  return { number: header.number, hash: entry.blockHash };
}
