/** The L1 transaction that a move is, and which Solidity errors say the same as the model's objections. */
import { concatHex, encodeAbiParameters, type Hex, keccak256 } from "viem";
import { GENESIS } from "../../protocol/block.ts";
import { encodeInclusion, encodePreimages, encodeSource, encodeSpend } from "../../protocol/evidence.ts";
import { type PackedTerms, packTerms } from "../../protocol/inFlight.ts";
import { ETH } from "../../protocol/output.ts";
import { addressOf, type Translator } from "./calldata.ts";
import type { Move, Objection } from "./moves.ts";
import { isLiveEntry } from "./processing.ts";
import { isInput, originOf, outputIndexOf, type Piece, type State, type Token } from "./state.ts";

export interface Call {
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly value: bigint;
}

/** Inserts at the front of a queue, walking as far as it takes. */
const HINT = { entries: [], walkLimit: 1_000n };
const ANY_BLOCK = 2n ** 64n - 1n;

const SAME_REFUSAL: Readonly<Record<string, Objection | readonly Objection[]>> = {
  NotOperator: "NOT_OPERATOR",
  InvalidSealTime: "SEAL_TIME",
  DepositsMismatch: "DEPOSIT_COUNT",
  TokenClosed: "TOKEN_CLOSED",
  BlockUnknown: "BLOCK_UNKNOWN",
  NotIncluded: "NOT_INCLUDED",
  OutsideWindow: "OUTSIDE_WINDOW",
  InputNotOlder: "INPUT_NOT_OLDER",
  DepositNotSeen: "INPUT_NOT_OLDER",
  OutputIndexOutOfRange: "NO_SUCH_OUTPUT",
  ExitExists: "EXIT_EXISTS",
  ExitNotLive: "EXIT_NOT_LIVE",
  NotAuthorized: "NOT_OWNER",
  NotPieceOwner: "NOT_OWNER",
  BondOutOfRange: "BOND_OUT_OF_RANGE",
  SignersMismatch: "SIGNERS",
  Overspend: "OVERSPEND",
  SpendNotLive: "SPEND_NOT_LIVE",
  InputIndexOutOfRange: "NO_SUCH_INPUT",
  SourceMismatch: ["SOURCE", "INPUT_UNPROVEN"],
  ProofMalformed: ["SOURCE", "INPUT_UNPROVEN", "NOT_INCLUDED"],
  InFlightExitExists: "IN_FLIGHT_EXISTS",
  InFlightExitUnknown: "IN_FLIGHT_UNKNOWN",
  NotYetValid: "NOT_YET_VALID",
  DepositUnknown: "INPUT_UNPROVEN",
  InputUnproven: "INPUT_UNPROVEN",
  WrongPhase: "PHASE",
  AlreadyDecided: "DECIDED",
  PieceUnavailable: "NO_SUCH_PIECE",
  OutputFinalised: "FINALISED",
  NotACompetitor: "NOT_A_COMPETITOR",
  NotOlder: "NOT_OLDER",
  Settled: "SETTLED",
  NotContested: "NOT_CONTESTED",
  PiecesLive: "PIECES_LIVE",
};

/** Whether the contract's error is one of the model's objections. */
export function isSameRefusal(error: string, objections: readonly Objection[]): boolean {
  const same = [SAME_REFUSAL[error] ?? []].flat();
  return same.some((objection) => objections.includes(objection));
}

/** Number of a piece in the contract's masks. */
export const pieceNumber = (piece: Piece): number =>
  isInput(piece) ? Number(piece.slice(2)) : 8 + Number(piece.slice(3));

export const maskOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((mask, piece) => mask | (1 << pieceNumber(piece)), 0);

/** What the contract wants to be shown of IFE(T), as types/InFlightExit.sol has it. */
export function termsOf(real: Translator, state: State, payment: string): PackedTerms {
  const exit = state.inFlight[payment];
  const terms = {
    startedAt: exit?.startedAt ?? 0,
    exitableAt: exit?.exitableAt ?? 0,
    registeredBehind: 0n,
    position: exit === undefined ? 0n : real.positionOf(exit.position),
    bond: exit?.bond ?? 0n,
    starter: exit === undefined ? ETH : addressOf(exit.starter),
  };
  return packTerms(terms, real.realPayment(state, payment).transaction);
}

/** Id of the queue entries of IFE(T) (R14). */
export function entryId(txId: Hex, startedAt: number): Hex {
  const types = [{ type: "string" }, { type: "bytes32" }, { type: "uint256" }] as const;
  return keccak256(encodeAbiParameters(types, ["plasma.ife", txId, BigInt(startedAt)]));
}

/** Undefined for what does not touch L1. */
export function callOf(real: Translator, state: State, move: Move): Call | undefined {
  const you = addressOf(move.by);
  const shown = (payment: string) => ({
    ...real.realPayment(state, payment),
    terms: termsOf(real, state, payment),
  });
  const call = (functionName: string, args: readonly unknown[], value = 0n): Call => ({ functionName, args, value });

  switch (move.kind) {
    case "sign":
    case "warp":
    case "publish":
      return undefined;
    case "deposit": {
      const { owner, token, amount } = move.coin;
      const rest = [addressOf(owner), ANY_BLOCK];
      if (token === "ETH") return call("deposit", rest, amount);
      return call("depositERC20", [real.tokenAddress(token), amount, ...rest]);
    }
    case "commit":
      return call("submitBlocks", submission(real, state, move));
    case "startExit": {
      const origin = originOf(move.output);
      const { output } = real.preimageOf(state, move.output);
      if ("deposit" in origin) {
        const { deposit: index } = origin;
        const args = [index, BigInt(move.at.block), real.depositHash(state, index), output, HINT, "0x"];
        return call("startDepositExit", args, move.bond);
      }
      const { body } = real.realPayment(state, origin.payment);
      const proof = encodeSource({ body, inclusion: real.inclusionOf(state, origin.payment, move.at) });
      return call("startExit", [proof, outputIndexOf(move.output), HINT, "0x"], move.bond);
    }
    case "challengeExit":
      return call("challengeExit", [encodeSpend(real.spendOf(state, move.spend)), you]);
    case "startInFlight": {
      const { body, witness } = real.realPayment(state, move.payment);
      const signed = state.payments[move.payment]?.inputs ?? [];
      const inputs = signed.map(({ output, at }, index) => ({ output, at: index === 0 ? (move.shownAt ?? at) : at }));
      const sources = real.sourcesOf(state, inputs, signed, move.backdated);
      const args = [concatHex([body, witness]), sources, maskOf(move.pieces), HINT];
      return call("startInFlightExit", args, move.bond * BigInt(1 + move.pieces.length));
    }
    case "piggyback": {
      const { body, terms } = shown(move.payment);
      const preimages = encodePreimages(real.inputPreimages(state, move.payment));
      const value = (state.inFlight[move.payment]?.bond ?? 0n) * BigInt(move.pieces.length);
      return call("piggyback", [body, terms, maskOf(move.pieces), preimages, HINT], value);
    }
    case "contest": {
      const { body, terms } = shown(move.payment);
      return call("challengeNonCanonical", [
        body,
        terms,
        move.input,
        encodeSpend(real.spendOf(state, move.spend)),
        you,
      ]);
    }
    case "respond": {
      const { txId, terms } = shown(move.payment);
      const inclusion = encodeInclusion(real.inclusionOf(state, move.payment, move.at));
      return call("respondNonCanonical", [txId, terms, inclusion, you]);
    }
    case "challengePiece": {
      const { body, terms } = shown(move.payment);
      const spend = encodeSpend(real.spendOf(state, move.spend), isInput(move.piece) ? "another" : "exiting");
      return call("challengePiggyback", [body, terms, pieceNumber(move.piece), spend, you]);
    }
    case "delete": {
      const { txId, terms } = shown(move.payment);
      return call("deleteInFlightExit", [txId, terms]);
    }
    case "process": {
      const openings = openingsOf(real, state, move.token);
      return call("processExits", [real.tokenAddress(move.token), BigInt(move.max), ...openings]);
    }
  }
}

function submission(real: Translator, state: State, move: Extract<Move, { kind: "commit" }>): readonly unknown[] {
  const block = {
    payments: move.payments,
    timestamp: state.now,
    sealedAt: state.now - move.sealedAgo,
    deposits: move.deposits,
    published: move.published,
  };
  const number = state.blocks.length;
  const { header } = real.blockBehind(state, block);
  const parent = real.realBlock(state, number)?.header ?? GENESIS;
  return [parent, [header], header.depositHash];
}

/** Everything that the queue's live entries need to be opened, in order. */
function openingsOf(real: Translator, state: State, token: Token): readonly [Hex, readonly unknown[]] {
  let standard: Hex = "0x";
  const inFlight: unknown[] = [];
  for (const entry of state.queues[token]) {
    if (!isLiveEntry(state, entry)) continue;
    const { exit } = entry;
    if ("output" in exit) {
      const { originId, outputIndex, output } = real.preimageOf(state, exit.output);
      const index = outputIndex.toString(16).padStart(2, "0");
      const amount = output.amount.toString(16).padStart(32, "0");
      standard = `${standard}${originId.slice(2)}${index}${output.owner.slice(2)}${amount}`;
    } else {
      const { body } = real.realPayment(state, exit.payment);
      const terms = termsOf(real, state, exit.payment);
      inFlight.push({ body, terms, preimages: encodePreimages(real.inputPreimages(state, exit.payment)) });
    }
  }
  return [standard, inFlight];
}
