import type { Address, Hex } from "viem";
import * as z from "zod";
import { fromHex, toHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type Crypto, portableCrypto } from "./hashing.ts";
import { checkTransactionPlace, type Inclusion, verifyEntryInclusion } from "./inclusion.ts";
import { bytesSchema, countSchema, hashSchema, headerSchema, outputSchema } from "./json.ts";
import { outputIdOf, PLAIN } from "./output.ts";
import { decodePosition } from "./position.ts";
import { signersOf } from "./signature.ts";
import { feesOf } from "./stateTransition.ts";
import { decodeBody, decodeSignedTransaction, type Transaction } from "./transaction.ts";
import { type Domain, txIdOf } from "./typedData.ts";

const inclusionSchema = z.object({ header: headerSchema, txIndex: countSchema, path: z.array(hashSchema) });

/** A transaction that spends an output, with all that a challenge has to show of it (R7). */
export const spendSchema = z.object({
  /** Body ‖ witness. */
  raw: bytesSchema,
  /** The input that spends the output in question. */
  inputIndex: countSchema,
  /** What every input's output id is the hash of, in order. */
  preimages: z.array(outputSchema.extend({ originId: hashSchema, outputIndex: countSchema })),
  /** Where the transaction stands; needed once it has expired (R8). */
  inclusion: inclusionSchema.optional(),
  /** Where the output was created, when the input signs another position than the exit has proven (R7). */
  creation: inclusionSchema.extend({ body: bytesSchema, witnessHash: hashSchema }).optional(),
});

export type Spend = z.output<typeof spendSchema>;
export type SpendJson = z.input<typeof spendSchema>;

/** The exit that is challenged. */
export interface ChallengedExit {
  readonly position: bigint;
  readonly outputId: Hex;
}

/** A spend that counts, and the blocks that L1 must hold for it to. */
export interface VerifiedSpend {
  readonly txId: Hex;
  readonly signers: readonly Address[];
  readonly blocks: readonly { readonly number: bigint; readonly hash: Hex }[];
}

/**
 * SPEND(S, o) of R7 with R8: whether the contract accepts this spend in a challenge of `exit` at the L1 time `now`. The
 * caller compares the returned block hashes with L1.
 * @throws SPEND_*, TX_*, WITNESS_* and PROOF_*: the reason why it does not count
 */
export function verifySpend(
  spend: Spend,
  exit: ChallengedExit,
  { domain, now }: { readonly domain: Domain; readonly now: number },
  crypto: Crypto = portableCrypto,
): VerifiedSpend {
  const { keccak256 } = crypto;
  const raw = fromHex(spend.raw);
  const { transaction, signatures, bodyLength } = decodeSignedTransaction(raw);
  const txId = txIdOf(transaction, domain, keccak256);
  const blocks: VerifiedSpend["blocks"][number][] = [];

  const input = transaction.inputs[spend.inputIndex];
  if (input === undefined || input.outputId !== exit.outputId) {
    throw new ProtocolError("SPEND_INPUT_MISMATCH", `input ${spend.inputIndex} does not spend the exiting output`, {
      outputId: exit.outputId,
    });
  }
  if (spend.preimages[spend.inputIndex]?.originId === txId) {
    throw new ProtocolError("SPEND_IS_EXITING_TRANSACTION", "a transaction cannot spend its own output", { txId });
  }
  const owners = checkPreimages(spend, transaction, crypto);
  const signers = signersOf(txId, signatures, crypto);
  checkOwners(owners, signers);
  feesOf(spend.preimages, transaction.outputs);

  if (input.position !== exit.position) {
    blocks.push(verifyCreation(spend, input.position, domain, crypto));
  }
  if (spend.inclusion === undefined) {
    checkLive(transaction, now);
  } else {
    const witnessHash = toHex(keccak256(raw.subarray(bodyLength)));
    checkTransactionPlace(transaction, spend.inclusion);
    const hash = verifyEntryInclusion({ txId, witnessHash }, spend.inclusion, keccak256);
    blocks.push({ number: spend.inclusion.header.number, hash });
  }
  return { txId, signers, blocks };
}

/** Opens the output id of every input and returns the owners, ascending and once each. */
function checkPreimages(spend: Spend, transaction: Transaction, { keccak256 }: Crypto): readonly Address[] {
  const { inputs } = transaction;
  if (spend.preimages.length !== inputs.length) {
    throw new ProtocolError("SPEND_PREIMAGE_MISMATCH", `${inputs.length} inputs need as many preimages`, {
      preimages: spend.preimages.length,
    });
  }
  for (const [index, preimage] of spend.preimages.entries()) {
    if (outputIdOf(preimage.originId, preimage.outputIndex, preimage, keccak256) !== inputs[index]?.outputId) {
      throw new ProtocolError("SPEND_PREIMAGE_MISMATCH", `preimage ${index} is not that of input ${index}`, { index });
    }
    if (preimage.condition !== PLAIN) {
      throw new ProtocolError("TX_CONDITION_UNSUPPORTED", "spending conditions are not accepted", { index });
    }
  }
  return [...new Set(spend.preimages.map(({ owner }) => owner))].sort();
}

function checkOwners(owners: readonly Address[], signers: readonly Address[]): void {
  if (owners.length !== signers.length || owners.some((owner, index) => owner !== signers[index])) {
    throw new ProtocolError("TX_SIGNERS_MISMATCH", "the signers are not exactly the owners of the inputs", {
      owners,
      signers,
    });
  }
}

function checkLive({ validAfter, validBefore }: Transaction, now: number): void {
  if (now < validAfter || (validBefore !== 0 && now >= validBefore)) {
    throw new ProtocolError("SPEND_NOT_LIVE", `at ${now} the transaction counts only where it is shown included`, {
      now,
      validAfter,
      validBefore,
    });
  }
}

/** The spent output's creating transaction stands at the position that the input signs, though the exit proved another. */
function verifyCreation(
  spend: Spend,
  position: bigint,
  domain: Domain,
  { keccak256 }: Crypto,
): { readonly number: bigint; readonly hash: Hex } {
  const { creation } = spend;
  const { block, txIndex, outputIndex } = decodePosition(position);
  const preimage = spend.preimages[spend.inputIndex];
  if (creation === undefined || creation.header.number !== block || creation.txIndex !== txIndex) {
    throw new ProtocolError(
      "SPEND_POSITION_MISMATCH",
      "nothing is shown to stand at the position that the input signs",
      {
        position,
      },
    );
  }
  const transaction = decodeBody(fromHex(creation.body));
  const txId = txIdOf(transaction, domain, keccak256);
  if (preimage?.originId !== txId || preimage.outputIndex !== outputIndex) {
    throw new ProtocolError(
      "SPEND_POSITION_MISMATCH",
      "another output was created at the position that the input signs",
      {
        position,
      },
    );
  }
  checkTransactionPlace(transaction, creation);
  const inclusion: Inclusion = creation;
  return {
    number: block,
    hash: verifyEntryInclusion({ txId, witnessHash: creation.witnessHash }, inclusion, keccak256),
  };
}
