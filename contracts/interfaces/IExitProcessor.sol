// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConditions} from "./IConditions.sol";
import {InFlightTerms} from "../types/InFlightExit.sol";
import {Position} from "../types/Position.sol";

/// @title Payouts
/// @notice The end of every exit. Called at the root chain's address, which runs this code in its own storage.
interface IExitProcessor {
    /// @notice An exit as the contract records it. `state`: 0 none, 1 live, 2 live and started by an authorised helper,
    /// 3 challenged, 4 paid, 5 spent by an in-flight exit's transaction, 6 in flight, 7 in flight and deleted; types/ExitRecord.sol.
    struct Exit {
        uint8 state;
        uint96 bond;
        uint40 exitableAt;
        Position position;
    }

    /// @notice What processing shows of an in-flight exit.
    struct InFlightOpening {
        bytes body;
        InFlightTerms terms;
        /// Of the inputs that are live pieces, in order; others are skipped.
        bytes preimages;
    }

    // ---------------------------------------------------------------- events

    /// @notice The verdict (R14): where `canonical`, all inputs are spent by T for ever. The exit's bond went to `bondOwner`.
    event InFlightExitDecided(bytes32 indexed txId, bool canonical, address bondOwner, uint96 bond);

    /// @notice IFE(T) ended without a verdict, as nobody had a live piece.
    event InFlightExitDeleted(bytes32 indexed txId, address bondOwner, uint96 bond);

    /// @notice The last entry of IFE(T) has left its queue; IFE(T) may start again.
    event InFlightExitEnded(bytes32 indexed txId);

    /// @notice A credit was paid out.
    event Withdrawn(address indexed account, address indexed token, address to, uint256 amount);

    // ---------------------------------------------------------------- errors

    /// @notice Thrown when a piece is live.
    error PiecesLive(uint256 pieces);
    /// @notice Thrown when there is nothing to withdraw.
    error NothingToWithdraw(address account, address token);

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

    /// @notice Ends an in-flight exit that nobody takes part in, after phase 1.
    function deleteInFlightExit(bytes32 txId, InFlightTerms calldata terms) external;

    /// @notice Pays the credit of `account`: to any address by the account itself, to the account by anyone.
    function withdraw(address account, address token, address to) external;

    // ---------------------------------------------------------------- views

    /// @notice The registry of spending conditions that belongs to this root chain.
    function conditions() external view returns (IConditions);

    function credit(address account, address token) external view returns (uint256);

    function exitOf(bytes32 outputId) external view returns (Exit memory);

    /// @notice Who gets back the bond of an exit that an authorised helper started, and the owner's last deadline.
    function authorizedStart(bytes32 outputId) external view returns (address bondOwner, uint40 deadline);

    /// @notice The entry behind `outputId` in its queue; bytes32(1) stands before the first and after the last.
    function nextExit(address token, bytes32 outputId) external view returns (bytes32);

    /// @notice For clients: the entry to insert behind, walking at most `steps` entries from `from`; call again from `hint`
    /// while not `found`.
    function findHint(
        address token,
        uint40 exitableAt,
        Position position,
        bytes32 from,
        uint256 steps
    ) external view returns (bytes32 hint, bool found);

    /// @notice The word of IFE(T) as types/InFlightExit.sol lays it out, zero where none is open, and who is ahead.
    function inFlightExitOf(bytes32 txId) external view returns (uint256 word, uint96 oldest, address bondOwner);

    /// @notice What has finalised an output (R13): zero, one for PAID, else the low 240 bits of the spending transaction's id.
    function flagOf(bytes32 outputId) external view returns (bytes32);
}
