import type { Patch } from "./compile.ts";

/** A deliberate bug, as somebody might write it. */
export interface Fault {
  readonly name: string;
  readonly patch: Patch;
}

const faultIn =
  (file: string) =>
  (name: string, from: string, to = ""): Fault => ({ name, patch: { file, from, to } });

const base = faultIn("RootChainBase.sol");
const evidence = faultIn("SpendEvidence.sol");
const game = faultIn("InFlightExits.sol");
const processing = faultIn("ExitProcessor.sol");
const standard = faultIn("RootChain.sol");
const library = (name: string, file: string, from: string, to = "") => faultIn(`libraries/${file}.sol`)(name, from, to);

export const FAULTS: readonly Fault[] = [
  // The verdict and what it pays.
  processing("inputs are not flagged by a canonical verdict", "_exits.finalise(outputId, spent);"),
  processing(
    "only the first input is flagged by a canonical verdict",
    "_exits.finalise(outputId, spent);",
    "if (i == 0) _exits.finalise(outputId, spent);",
  ),
  processing("canonical though an input is finalised", "if (flag != 0 && flag != spent) return false;"),
  processing("canonical though contested", "if (exit.has(CONTESTED)) return false;"),
  processing("a piece is paid though its output is flagged", "if (_exits.finalise(outputId, OutputFlags.PAID)) {", "{"),
  processing(
    "the bond of an unpaid piece is not returned",
    "_owe(walk, output.owner, owed);",
    "if (paid != 0) _owe(walk, output.owner, owed);",
  ),
  processing(
    "the verdict is given anew for each token",
    "if (!decided) {\n            address",
    "{\n            address",
  ),
  processing(
    "an exit with pieces in another token ends with its first entry",
    "if (more) {\n",
    "if (more && exit.pieces() == 0) {\n",
  ),
  processing(
    "an in-flight exit is processed at exitableAt, not after",
    "if (record.exitableAt() >= block.timestamp) return false;\n        (uint256 index",
    "if (record.exitableAt() > block.timestamp) return false;\n        (uint256 index",
  ),
  processing(
    "a standard exit is paid though an in-flight exit finalised the output",
    "if (record.isFinal()) {\n            _exits.settle(walk.head);\n            emit IRootChain.ExitDropped(walk.head);\n        } else {",
    "{",
  ),
  // Start.
  library(
    "the oldest input decides the priority",
    "BlockInclusion",
    "if (Position.unwrap(input) > Position.unwrap(youngest)) youngest = input;",
    "if (i == 0 || Position.unwrap(input) < Position.unwrap(youngest)) youngest = input;",
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
  evidence("an input's position is not checked", "_requireAt(position, inclusion, outputIndex);"),
  game("the block behind a deposit is not checked", "BlockInclusion.requireCommitted(_blockHashes, header);"),
  game("a response need not meet the transaction's needs", "BlockInclusion.requireMet(terms.needs(), shown);"),
  // Piggybacks.
  game("piggyback after phase 1", "_requirePhaseOne(terms);\n        require(pieces != 0", "require(pieces != 0"),
  game("piggyback of a finalised output", "require(_exits.flagOf(outputId) == 0, OutputFinalised(outputId));"),
  game("piggyback by somebody else", "require(output.owner == msg.sender, NotPieceOwner(piece, msg.sender));"),
  game(
    "an entry's links are not counted",
    "record.withState(EXIT_IN_FLIGHT, links + 1)",
    "record.withState(EXIT_IN_FLIGHT, links == 0 ? 1 : links)",
  ),
  // Contests and responses.
  game(
    "contest after phase 1",
    "_requirePhaseOne(terms);\n        require(!exit.has(SETTLED)",
    "require(!exit.has(SETTLED)",
  ),
  game(
    "a payment competes with itself",
    "require(spend.txId != txId && spend.outputId == outputId,",
    "require(spend.outputId == outputId,",
  ),
  game("any competitor is accepted after a response", "!exit.has(CONTESTED | SHOWN) ||", "!exit.has(CONTESTED) ||"),
  game(
    "a younger competitor replaces an older one",
    "require(!exit.has(CONTESTED | SHOWN) || place < oldest, NotOlder(oldest));",
  ),
  game(
    "a younger response is accepted",
    "require(place < oldest, NotOlder(oldest));\n        _inFlight[txId] = exit.remove",
    "_inFlight[txId] = exit.remove",
  ),
  base("moves after the verdict", "require(!exit.has(DECIDED), IInFlightExits.AlreadyDecided(txId));"),
  processing(
    "the bond returns to the starter though contested",
    "return exit.has(SHOWN) ? _contests[txId].bondOwner : terms.starter();",
    "return terms.starter();",
  ),
  processing("a contest outlives its exit", "if (exit.has(SHOWN)) delete _contests[txId];"),
  // Challenges and deletion.
  game("a challenged piece stays live", "_inFlight[txId] = exit.remove(1 << piece);"),
  game(
    "an output is challenged with a spend of one that is in no block",
    "BlockInclusion.requireIncluded(_blockHashes, shown, txId);",
  ),
  processing("delete with live pieces", "require(exit.pieces() == 0, PiecesLive(exit.pieces()));"),
  processing("delete in phase 1", "require(block.timestamp >= ends, IInFlightExits.WrongPhase(ends));"),
  // What both kinds of exits share.
  library(
    "a spend needs no signature of each owner",
    "SpendProof",
    "if (reveals == 0) require(matched == all, SignersMismatch());",
    "if (reveals == 0) {}",
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
