import type { Hex } from "viem";
import { challengeIncludedCall, challengePieceCall, type PieceChallenge } from "../client/challengePiggyback.ts";
import type { Client } from "../client/client.ts";
import type { InFlightExit } from "../client/inFlightExits.ts";
import type { L1Call } from "../client/l1.ts";
import { getProof } from "../client/proofs.ts";
import { asSpend, openTransaction } from "../client/savedTransaction.ts";
import { getSpend, placeOfSpend, spendIdOf, spendsInFlight, verifySpendOnL1 } from "../client/spends.ts";
import { fromHex } from "../protocol/bytes.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE } from "../protocol/inFlight.ts";
import type { ExitProof } from "../protocol/proof.ts";
import type { ChallengedExit, Spend } from "../protocol/spend.ts";
import { decodeBody } from "../protocol/transaction.ts";
import type { WalletSession } from "./session.ts";
import { completeInputs, orNothing } from "./wallet.ts";

/** What this wallet can show in an in-flight exit: from its own files, from L1, and from the operator where it answers. */

/** Spends of inputs of the exiting transaction by others, the oldest first: each would contest it (R7). */
export async function findCompetitors(
  session: WalletSession,
  exit: InFlightExit,
  exits: readonly InFlightExit[],
): Promise<Spend[]> {
  const found = await Promise.all(
    exit.transaction.inputs.map((input) => findSpends(session, { exit, exits, ...input })),
  );
  return found.flat().sort((a, b) => (placeOfSpend(a) < placeOfSpend(b) ? -1 : 1));
}

/** A spend of one piece by another transaction, where there is one. */
export async function findSpendOfPiece(
  session: WalletSession,
  exit: InFlightExit,
  piece: number,
  exits: readonly InFlightExit[],
): Promise<Spend | undefined> {
  const { outputId } = exit.pieces.find(({ number }) => number === piece) ?? {};
  if (outputId === undefined) return undefined;
  const position = exit.transaction.inputs[piece]?.position;
  const [spend] = await findSpends(session, { exit, exits, outputId, position });
  return spend;
}

/** What takes a piece out of an in-flight exit: a spend of it, or, of a conditional output, the place of the transaction that creates it. */
export type PieceEvidence = { readonly spend: Spend } | { readonly inclusion: Inclusion };

/** What this wallet can show against one piece, where there is anything. */
export async function findPieceEvidence(
  session: WalletSession,
  exit: InFlightExit,
  piece: number,
  exits: readonly InFlightExit[],
): Promise<PieceEvidence | undefined> {
  const inclusion = isConditionalOutput(exit, piece) ? await findInclusion(session, exit) : undefined;
  if (inclusion) return { inclusion };
  const spend = await findSpendOfPiece(session, exit, piece, exits);
  return spend && { spend };
}

/** Whether a piece is a conditional output, which takes part only where its transaction is in no block (R18). */
function isConditionalOutput({ pieces }: InFlightExit, piece: number): boolean {
  const found = pieces.find(({ number }) => number === piece);
  return piece >= FIRST_OUTPUT_PIECE && found !== undefined && isConditional(found.output);
}

/** The L1 transaction that shows it. Throws like `challengePieceCall` and `challengeIncludedCall`. */
export async function pieceChallengeCall(
  client: Client,
  target: Pick<PieceChallenge, "exit" | "piece" | "beneficiary">,
  evidence: PieceEvidence,
): Promise<L1Call> {
  return "spend" in evidence
    ? challengePieceCall(client, { ...target, spend: evidence.spend })
    : challengeIncludedCall(client, { ...target, inclusion: evidence.inclusion });
}

/**
 * Where the exiting transaction stands: kept with the payment or with a proof of one of its outputs, else from the operator.
 * Undefined where nobody shows it.
 */
export async function findInclusion(session: WalletSession, exit: InFlightExit): Promise<Inclusion | undefined> {
  const { client, store } = session;
  const kept = store.payment(exit.txId)?.inclusion ?? inclusionIn(store.proofs(), exit);
  if (kept) return kept;
  const answer = await client.operator.call("plasma_getTransaction", exit.txId).catch(orNothing);
  if (answer?.status !== "committed") return undefined;
  const proof = await getProof(client, answer.position).catch(orNothing);
  return proof && inclusionIn([proof], exit);
}

/** With the source that a spend of an output needs: the exiting transaction, included where the spend says. */
export async function withSource({ client, store }: WalletSession, exit: InFlightExit, spend: Spend): Promise<Spend> {
  if (spend.source) return spend;
  const position = decodeBody(fromHex(spend.body)).inputs[spend.inputIndex]?.position;
  if (position === undefined) return spend;
  const proof = store.proofAt(position) ?? (await getProof(client, position).catch(orNothing));
  const inclusion = proof && inclusionIn([proof], exit);
  return inclusion ? { ...spend, source: { body: exit.body, inclusion } } : spend;
}

interface Target {
  readonly exit: InFlightExit;
  readonly exits: readonly InFlightExit[];
  readonly outputId: Hex;
  /** Where the exit has proven it; undefined for an output, which is proven with the spend. */
  readonly position: bigint | undefined;
}

/** Spends that count, by other transactions than the exiting one, the oldest first. */
async function findSpends(session: WalletSession, { exit, exits, outputId, position }: Target): Promise<Spend[]> {
  const { client, store } = session;
  const kept = await Promise.all(
    store.paymentsSpending(outputId).map(async (payment) => {
      try {
        return asSpend(openTransaction(client, await completeInputs(session, payment)), outputId);
      } catch (error) {
        return orNothing(error);
      }
    }),
  );
  const told = await getSpend(client, outputId).catch(orNothing);
  const others = [...kept, ...spendsInFlight(exits, outputId), told].flatMap((spend) =>
    spend && spendIdOf(client, spend) !== exit.txId ? spend : [],
  );
  const isOutput = position === undefined;
  const complete = await Promise.all(
    others.map((spend) => (isOutput ? withSource(session, exit, spend) : Promise.resolve(spend))),
  );
  const target = { outputId, position: position ?? -1n };
  const counting = await Promise.all(complete.map((spend) => counts(session, spend, target)));
  return complete.filter((_, index) => counting[index]).sort((a, b) => (placeOfSpend(a) < placeOfSpend(b) ? -1 : 1));
}

async function counts({ client }: WalletSession, spend: Spend, target: ChallengedExit): Promise<boolean> {
  try {
    await verifySpendOnL1(client, spend, target);
    return true;
  } catch (error) {
    orNothing(error);
    return false;
  }
}

/** The inclusion that a proof of one of the exiting transaction's outputs holds. */
function inclusionIn(proofs: readonly ExitProof[], { body }: InFlightExit): Inclusion | undefined {
  for (const proof of proofs) if (proof.kind === "transaction" && proof.body === body) return proof.inclusion;
  return undefined;
}
