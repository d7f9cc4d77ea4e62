// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Spend} from "../libraries/SpendProof.sol";
import {Inclusion} from "../types/Block.sol";
import {InFlightTerms} from "../types/InFlightExit.sol";
import {OutputPreimage} from "../types/Transaction.sol";
import {IRootChain} from "./IRootChain.sol";

/// @title In-flight exits and payouts
/// @notice The second half of the root chain, called at the root chain's address. An in-flight exit is the exit of a whole
/// transaction T that may be in no block that can be seen: docs/protocol.md has the game. A *piece* is one of T's inputs (0 to 7)
/// or outputs (8 + index); sets of pieces are bit masks. `body` is always T's.
interface IExitProcessor {
    /// @notice That an input of T was created at the position which T signs.
    struct InputProof {
        /// The transaction or fee claim that created it; for a deposit its output alone, as it would stand in a transaction.
        bytes body;
        /// Where that is included. For a deposit only the header counts, of the block behind which it was made; it is needed
        /// where the deposit is T's youngest input.
        Inclusion inclusion;
        /// D(index) of a deposit (R4); zero for others.
        bytes32 previousDepositHash;
    }

    /// @notice What processing shows of an in-flight exit.
    struct InFlightOpening {
        bytes body;
        InFlightTerms terms;
        /// What the inputs that are live pieces were, in order; others are skipped.
        OutputPreimage[] inputs;
    }

    // ---------------------------------------------------------------- events

    /// @notice IFE(T) started. What its inputs were is in the chain, or in the calldata of the start. `contested`: T had expired.
    /// `settled`: T was canonical before.
    event InFlightExitStarted(
        bytes32 indexed txId,
        InFlightTerms terms,
        bool contested,
        bool settled,
        bytes body,
        bytes witness,
        OutputPreimage[] inputs
    );

    /// @notice `owner` put up a bond for each of these pieces of its own.
    event Piggybacked(bytes32 indexed txId, address indexed owner, uint16 pieces);

    /// @notice A competitor at `place` (block << 32 | index; all ones in no block) made `beneficiary` the owner of the exit's bond.
    event NonCanonicalChallenged(
        bytes32 indexed txId,
        bytes32 indexed competitorId,
        uint96 place,
        address beneficiary
    );

    /// @notice T was shown included at `place`, before its oldest competitor; the exit's bond is `responder`'s.
    event NonCanonicalResponded(bytes32 indexed txId, uint96 place, address responder);

    /// @notice A piece was shown to be spent by `spendId`; its bond went to `beneficiary`.
    event PiggybackChallenged(
        bytes32 indexed txId,
        bytes32 indexed spendId,
        uint8 piece,
        address beneficiary,
        uint96 bond
    );

    /// @notice The verdict (R14): where `canonical`, all inputs are spent by T for ever. The exit's bond went to `bondOwner`.
    event InFlightExitDecided(bytes32 indexed txId, bool canonical, address bondOwner, uint96 bond);

    /// @notice IFE(T) ended without a verdict, as nobody had a live piece.
    event InFlightExitDeleted(bytes32 indexed txId, address bondOwner, uint96 bond);

    /// @notice The last entry of IFE(T) has left its queue; IFE(T) may start again.
    event InFlightExitEnded(bytes32 indexed txId);

    // ---------------------------------------------------------------- errors

    /// @notice Thrown when IFE(T) is open.
    error InFlightExitExists(bytes32 txId);
    /// @notice Thrown when no IFE(T) with these terms is open.
    error InFlightExitUnknown(bytes32 txId);
    /// @notice Thrown when T is not valid yet.
    error NotYetValid(uint40 validAfter);
    /// @notice Thrown when an input is not shown to have been created at the position which T signs.
    error InputUnproven(uint256 inputIndex);
    /// @notice Thrown when the value sent is not the same bond for the exit and for each piece.
    error BondMismatch(uint256 value, uint256 bonds);
    /// @notice Thrown when phase 1 is over, or not yet.
    error WrongPhase(uint256 phaseOneEnds);
    /// @notice Thrown when the verdict was given.
    error AlreadyDecided(bytes32 txId);
    /// @notice Thrown when T has no such piece, or it is not live, or already.
    error PieceUnavailable(uint256 piece);
    /// @notice Thrown when the caller does not own the piece.
    error NotPieceOwner(uint256 piece, address caller);
    /// @notice Thrown when the piece's output was finalised by another exit.
    error OutputFinalised(bytes32 outputId);
    /// @notice Thrown when the spend shown is T itself, or spends another output.
    error NotACompetitor(bytes32 spendId);
    /// @notice Thrown when something at least as old stands already.
    error NotOlder(uint96 oldest);
    /// @notice Thrown when T cannot be contested, as all its inputs are spent by it for ever.
    error Settled(bytes32 txId);
    /// @notice Thrown when there is nothing to answer.
    error NotContested(bytes32 txId);
    /// @notice Thrown when a piece is live.
    error PiecesLive(uint256 pieces);

    // ---------------------------------------------------------------- in-flight exits

    /// @notice Starts IFE(T) (R10), with piggybacks of the caller's own pieces. msg.value is the bond, once for the exit and once
    /// for each piece.
    /// @param witness T's signatures, by exactly the owners of its inputs.
    /// @param proofs What T's inputs were and that each was created where T signs, in order.
    /// @param hint Where to link the exit in the queues of the pieces' tokens; entries of other queues are skipped.
    function startInFlightExit(
        bytes calldata body,
        bytes calldata witness,
        InputProof[] calldata proofs,
        uint16 pieces,
        IRootChain.Hint calldata hint
    ) external payable;

    /// @notice Takes part with pieces of the caller's own, in phase 1 (R11). msg.value is the exit's bond for each.
    /// @param inputs What the inputs among the pieces were, in order; others are skipped.
    function piggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint16 pieces,
        OutputPreimage[] calldata inputs,
        IRootChain.Hint calldata hint
    ) external payable;

    /// @notice Shows a competitor: another spend (R7) of an input of T, older than what stands. In phase 1.
    function challengeNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 inputIndex,
        Spend calldata competitor,
        address beneficiary
    ) external;

    /// @notice Answers a competitor with T's inclusion before it, until the verdict.
    function respondNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        Inclusion calldata inclusion,
        address beneficiary
    ) external;

    /// @notice Shows that a live piece is spent (R7) by another transaction than T, until the verdict. For an output the spend shows
    /// T included at the position that it signs.
    function challengePiggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 piece,
        Spend calldata spend,
        address beneficiary
    ) external;

    /// @notice Ends an in-flight exit that nobody takes part in, after phase 1.
    function deleteInFlightExit(bytes32 txId, InFlightTerms calldata terms) external;

    // ---------------------------------------------------------------- payouts

    /// @notice Pays the exits of `token` that have matured, in order, at most `max` entries. Anyone may call.
    /// @param openings For each live standard exit in order: originId 32 | outputIndex 1 | owner 20 | amount 16.
    /// @param inFlight For each live in-flight exit in order. Superfluous openings are skipped; the loop ends at a live entry without
    /// its opening, at one that has not matured, or when gas runs short.
    /// @return processed Entries that left the queue.
    function processExits(
        address token,
        uint256 max,
        bytes calldata openings,
        InFlightOpening[] calldata inFlight
    ) external returns (uint256 processed);

    // ---------------------------------------------------------------- views

    /// @notice The word of IFE(T) as types/InFlightExit.sol lays it out, zero where none is open, and who is ahead.
    function inFlightExitOf(bytes32 txId) external view returns (uint256 word, uint96 oldest, address bondOwner);

    /// @notice What has finalised an output (R13): zero, one for PAID, else the low 240 bits of the spending transaction's id.
    function flagOf(bytes32 outputId) external view returns (bytes32);
}
