import type { Coin, OutputName, Payment, Piece, Place, Token } from "./state.ts";

/** A payment shown as the spend of an output (R7). */
export interface ShownSpend {
  readonly payment: string;
  /** Which of its inputs. */
  readonly input: number;
  /** Where it is shown included; absent for a spend shown without inclusion. */
  readonly at?: Place;
  /** Where the creation of the spent output is shown, if it is. */
  readonly source?: Place;
}

/** Everything that anybody can do. `by` sends the L1 transaction, and is the beneficiary of what it earns. */
export type Move = { readonly by: string } & (
  | { readonly kind: "deposit"; readonly coin: Coin }
  /** Off chain: from now on somebody has this payment. */
  | { readonly kind: "sign"; readonly payment: Payment }
  | {
      readonly kind: "commit";
      readonly payments: readonly string[];
      /** Seconds before the commit. */
      readonly sealedAgo: number;
      /** How many deposits it has seen. */
      readonly deposits: number;
      readonly published: boolean;
    }
  /** Off chain: the operator shows what a withheld block holds. */
  | { readonly kind: "publish"; readonly block: number }
  | { readonly kind: "startExit"; readonly output: OutputName; readonly at: Place; readonly bond: bigint }
  /** Of the output that the spend spends. */
  | { readonly kind: "challengeExit"; readonly spend: ShownSpend }
  | {
      readonly kind: "startInFlight";
      readonly payment: string;
      readonly pieces: readonly Piece[];
      readonly bond: bigint;
      /** Where the creation of the first input is shown; where it was signed, if absent. */
      readonly shownAt?: Place;
      /** The block behind which its youngest input, a deposit, was made is shown with an earlier time. */
      readonly backdated?: true;
    }
  | { readonly kind: "piggyback"; readonly payment: string; readonly pieces: readonly Piece[] }
  | { readonly kind: "contest"; readonly payment: string; readonly input: number; readonly spend: ShownSpend }
  | { readonly kind: "respond"; readonly payment: string; readonly at: Place }
  | { readonly kind: "challengePiece"; readonly payment: string; readonly piece: Piece; readonly spend: ShownSpend }
  | { readonly kind: "delete"; readonly payment: string }
  | { readonly kind: "process"; readonly token: Token; readonly max: number }
  | { readonly kind: "warp"; readonly to: number }
);

export type MoveOf<K extends Move["kind"]> = Extract<Move, { kind: K }>;

/** Why a move is refused. */
export type Objection =
  | "MEANINGLESS" // names something that does not exist: cannot even be said to the contract
  | "NOT_OPERATOR"
  | "SEAL_TIME"
  | "DEPOSIT_COUNT"
  | "TOKEN_CLOSED"
  | "BLOCK_UNKNOWN"
  | "NOT_INCLUDED"
  | "OUTSIDE_WINDOW"
  | "INPUT_NOT_OLDER"
  | "NO_SUCH_OUTPUT"
  | "EXIT_EXISTS"
  | "EXIT_NOT_LIVE"
  | "NOT_OWNER"
  | "BOND_OUT_OF_RANGE"
  | "SIGNERS"
  | "OVERSPEND"
  | "SPEND_NOT_LIVE"
  | "NO_SUCH_INPUT"
  | "SOURCE"
  | "IN_FLIGHT_EXISTS"
  | "IN_FLIGHT_UNKNOWN"
  | "NOT_YET_VALID"
  | "INPUT_UNPROVEN"
  | "PHASE"
  | "DECIDED"
  | "NO_SUCH_PIECE"
  | "FINALISED"
  | "NOT_A_COMPETITOR"
  | "NOT_OLDER"
  | "SETTLED"
  | "NOT_CONTESTED"
  | "PIECES_LIVE";

const place = ({ block, lane, index }: Place): string => (lane === 1 ? `d${index}` : `${block}:${index}`);

function spendInWords({ payment, input, at, source }: ShownSpend): string {
  const shown = at === undefined ? "in no block" : `in block at ${place(at)}`;
  return `input ${input} of ${payment}, ${shown}${source === undefined ? "" : `, its source at ${place(source)}`}`;
}

/** A payment in words: `T: d0 -> 6 ETH alice, 4 ETH mallory, signed alice`. */
export function paymentInWords({ name, inputs, outputs, signers, validAfter, validBefore }: Payment): string {
  const from = inputs.map(({ output, at }) => (output.includes(":") ? `${output} at ${place(at)}` : output));
  const to = outputs.map(({ owner, token, amount }) => `${amount} ${token} ${owner}`);
  const window = validAfter + validBefore === 0 ? "" : `, valid in [${validAfter}, ${validBefore || "ever"})`;
  return `${name}: ${from.join(" + ")} -> ${to.join(", ")}, signed ${signers.join(" and ") || "by nobody"}${window}`;
}

/** A move in words, for people who read a failing history. */
export function inWords(move: Move): string {
  switch (move.kind) {
    case "deposit":
      return `${move.by} deposits ${move.coin.amount} ${move.coin.token} for ${move.coin.owner}`;
    case "sign":
      return `signed: ${paymentInWords(move.payment)}`;
    case "commit":
      return `${move.by} commits a ${move.published ? "published" : "withheld"} block [${move.payments.join(" ")}], sealed ${move.sealedAgo} s ago, with ${move.deposits} deposits seen`;
    case "publish":
      return `${move.by} publishes block ${move.block}`;
    case "startExit":
      return `${move.by} starts to exit ${move.output}, shown at ${place(move.at)}`;
    case "challengeExit":
      return `${move.by} challenges a standard exit with ${spendInWords(move.spend)}`;
    case "startInFlight":
      return `${move.by} starts IFE(${move.payment}) with [${move.pieces.join(" ")}]${move.shownAt === undefined ? "" : `, its first input shown at ${place(move.shownAt)}`}${move.backdated ? ", the block behind its deposit backdated" : ""}`;
    case "piggyback":
      return `${move.by} piggybacks [${move.pieces.join(" ")}] on IFE(${move.payment})`;
    case "contest":
      return `${move.by} contests IFE(${move.payment}) in input ${move.input} with ${spendInWords(move.spend)}`;
    case "respond":
      return `${move.by} answers in IFE(${move.payment}): it is in block at ${place(move.at)}`;
    case "challengePiece":
      return `${move.by} challenges ${move.piece} of IFE(${move.payment}) with ${spendInWords(move.spend)}`;
    case "delete":
      return `${move.by} deletes IFE(${move.payment})`;
    case "process":
      return `${move.by} processes ${move.max} of the ${move.token} queue`;
    case "warp":
      return `time passes to ${move.to}`;
  }
}
