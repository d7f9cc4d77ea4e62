// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InFlightTerms} from "../types/InFlightExit.sol";
import {IRootChain} from "./IRootChain.sol";

/// @title In-flight exits
/// @notice An in-flight exit is the exit of a whole transaction T that may be in no block that can be seen: docs/protocol.md has the
/// game. A *piece* is one of T's inputs (0 to 7) or outputs (8 + index); sets of pieces are bit masks. `body` is always T's.
interface IInFlightExits {
    // ---------------------------------------------------------------- events

    /// @notice IFE(T) started. `shown` is T's body | witness; `preimages` what its inputs were. `contested`: T had expired. `settled`: T
    /// was canonical before.
    event InFlightExitStarted(
        bytes32 indexed txId,
        InFlightTerms terms,
        bool contested,
        bool settled,
        bytes shown,
        bytes preimages
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
    event PiggybackChallenged(bytes32 indexed txId, bytes32 indexed spendId, uint8 piece, address beneficiary);

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

    // ---------------------------------------------------------------- in-flight exits

    /// @notice Starts IFE(T) (R10), with piggybacks of the caller's own pieces. msg.value is the bond, once for the exit and once
    /// for each piece.
    /// @param shown T's body | witness.
    /// @param proofs For each input of T in order, what created it where T signs: body | inclusion, of a deposit output |
    /// previousDepositHash 32. Behind them, where T's youngest input is a deposit made behind a block, that block's header.
    /// @param hint Where to link the exit in the queues of the pieces' tokens; entries of other queues are skipped.
    function startInFlightExit(
        bytes calldata shown,
        bytes calldata proofs,
        uint16 pieces,
        IRootChain.Hint calldata hint
    ) external payable;

    /// @notice Takes part with pieces of the caller's own, in phase 1 (R11). msg.value is the exit's bond for each.
    /// @param preimages Of the inputs among the pieces, in order; others are skipped.
    function piggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint16 pieces,
        bytes calldata preimages,
        IRootChain.Hint calldata hint
    ) external payable;

    /// @notice Shows a competitor: another spend (R7) of an input of T, older than what stands. In phase 1.
    function challengeNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 inputIndex,
        bytes calldata competitor,
        address beneficiary
    ) external;

    /// @notice Answers a competitor with T's inclusion before it, until the verdict.
    function respondNonCanonical(
        bytes32 txId,
        InFlightTerms calldata terms,
        bytes calldata inclusion,
        address beneficiary
    ) external;

    /// @notice Shows that a live piece is spent (R7) by another transaction than T, until the verdict. For an output the source that the
    /// spend shows is T's inclusion, without T's body.
    function challengePiggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 piece,
        bytes calldata spend,
        address beneficiary
    ) external;
}
