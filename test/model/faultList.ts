import type { Patch } from "./compile.ts";

/** A deliberate bug, as somebody might write it. */
export interface Fault {
  readonly name: string;
  readonly contract: "RootChain" | "ExitProcessor";
  readonly patch: Patch;
}

const game = (name: string, from: string, to = ""): Fault => ({
  name,
  contract: "ExitProcessor",
  patch: { file: "InFlightExits.sol", from, to },
});
const processing = (name: string, from: string, to = ""): Fault => ({
  name,
  contract: "ExitProcessor",
  patch: { file: "ExitProcessor.sol", from, to },
});
const library = (name: string, file: string, from: string, to = ""): Fault => ({
  name,
  contract: "ExitProcessor",
  patch: { file: `libraries/${file}.sol`, from, to },
});
const standard = (name: string, from: string, to = ""): Fault => ({
  name,
  contract: "RootChain",
  patch: { file: "RootChain.sol", from, to },
});

export const FAULTS: readonly Fault[] = [
  // The verdict and what it pays.
  processing(
    "inputs are not flagged by a canonical verdict",
    "if (_exits.flagOf(outputId) == 0) _exits.setFlag(outputId, spent);",
  ),
  processing(
    "only the first input is flagged by a canonical verdict",
    "if (_exits.flagOf(outputId) == 0) _exits.setFlag",
    "if (i == 0 && _exits.flagOf(outputId) == 0) _exits.setFlag",
  ),
  processing("canonical though an input is finalised", "if (flag != 0 && flag != spent) return false;"),
  processing("canonical though contested", "if (exit.has(CONTESTED)) return false;"),
  processing("a piece is paid though its output is flagged", "&& _exits.flagOf(outputId) == 0) {", ") {"),
  processing(
    "the bond of an unpaid piece is not returned",
    "_payOut(walk.token, output.owner, paid, output.owner, opening.terms.bond);",
    "if (paid != 0) _payOut(walk.token, output.owner, paid, output.owner, opening.terms.bond);",
  ),
  processing(
    "the verdict is given anew for each token",
    "if (!exit.has(DECIDED)) {\n            address",
    "{\n            address",
  ),
  processing(
    "an exit with pieces in another token ends with its first entry",
    "if (more) {\n",
    "if (more && exit.pieces() == 0) {\n",
  ),
  processing(
    "an in-flight exit is processed at exitableAt, not after",
    "if (record.exitableAt() >= block.timestamp) return false;\n        (bool found",
    "if (record.exitableAt() > block.timestamp) return false;\n        (bool found",
  ),
  processing(
    "a standard exit is paid though an in-flight exit finalised the output",
    "if (record.isFinal()) {\n            _exits.settle(walk.head);\n            emit IRootChain.ExitDropped(walk.head);\n        } else {",
    "{",
  ),
  // Start.
  game(
    "the oldest input decides the priority",
    "if (Position.unwrap(position) > Position.unwrap(youngest))",
    "if (i == 0 || Position.unwrap(position) < Position.unwrap(youngest))",
  ),
  game(
    "the age of the youngest input does not delay the exit",
    "ExitTiming.exitableAt(youngestTime,",
    "ExitTiming.exitableAt(0,",
  ),
  game(
    "an expired payment starts canonical",
    "bool contested = !settled && transaction.validBefore != 0 && transaction.validBefore <= block.timestamp;",
    "bool contested = false;",
  ),
  game("settled is ignored", "(settled ? SETTLED : 0)", "0"),
  game(
    "starts before validAfter",
    "require(transaction.validAfter <= block.timestamp, NotYetValid(transaction.validAfter));",
  ),
  game("an input's position is not checked", "Position.unwrap(created) == Position.unwrap(position) &&"),
  // Piggybacks.
  game("piggyback after phase 1", "_requirePhaseOne(terms);\n        require(pieces != 0", "require(pieces != 0"),
  game("piggyback of a finalised output", "require(_exits.flagOf(outputId) == 0, OutputFinalised(outputId));"),
  game("piggyback by somebody else", "require(owner == msg.sender, NotPieceOwner(piece, msg.sender));"),
  game(
    "an entry's links are not counted",
    "packExit(EXIT_IN_FLIGHT, links + 1,",
    "packExit(EXIT_IN_FLIGHT, links == 0 ? 1 : links,",
  ),
  // Contests and responses.
  game(
    "contest after phase 1",
    "_requirePhaseOne(terms);\n        require(!exit.has(SETTLED)",
    "require(!exit.has(SETTLED)",
  ),
  game("a payment competes with itself", "require(spendId != txId && spent == outputId,", "require(spent == outputId,"),
  game(
    "any competitor is accepted after a response",
    "bool standing = exit.has(CONTESTED) || contest.bondOwner != address(0);",
    "bool standing = exit.has(CONTESTED);",
  ),
  game("a younger competitor replaces an older one", "require(!standing || place < oldest, NotOlder(oldest));"),
  game(
    "a younger response is accepted",
    "require(place < oldest, NotOlder(oldest));\n        _inFlight[txId] = exit.remove",
    "_inFlight[txId] = exit.remove",
  ),
  game("a response after the verdict", "require(!exit.has(DECIDED), AlreadyDecided(txId));"),
  game(
    "the bond returns to the starter though contested",
    "return owner == address(0) ? terms.starter : owner;",
    "return terms.starter;",
  ),
  game("a contest outlives its exit", "delete _contests[txId];"),
  // Challenges and deletion.
  game("a challenged piece stays live", "_inFlight[txId] = exit.remove(1 << piece);"),
  game(
    "an output is challenged with a spend of one that is in no block",
    "_requireCreatedAt(position, spend);\n        }\n        _inFlight",
    "}\n        _inFlight",
  ),
  game("delete with live pieces", "require(exit.pieces() == 0, PiecesLive(exit.pieces()));"),
  game("delete in phase 1", "require(block.timestamp >= ends, WrongPhase(ends));"),
  // What both kinds of exits share.
  library(
    "a spend needs no signature of each owner",
    "SpendProof",
    "require(matched == (1 << signers.length) - 1, SignersMismatch());",
  ),
  library(
    "a younger entry goes before an older one at the same time",
    "ExitQueue",
    "self.records[following].orderKey() <= key; ++steps",
    "self.records[following].exitableAt() < uint40(key >> 104); ++steps",
  ),
  library("a flag beside a queued exit is lost", "OutputFlags", "self.flags[outputId] = flag;"),
  standard(
    "a challenge forgets that the output was finalised",
    "EXIT_CHALLENGED | (record.state() & EXIT_FINAL)",
    "EXIT_CHALLENGED",
  ),
  standard(
    "a finalised output exits again",
    "require(state == EXIT_NONE, ExitExists(outputId, state));",
    "require(state != EXIT_LIVE, ExitExists(outputId, state));",
  ),
];
