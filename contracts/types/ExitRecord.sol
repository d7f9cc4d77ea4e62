// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Position} from "./Position.sol";

/// @notice What is known of the exit of an output, one word under the full output id; or of the queue entry of an in-flight
/// exit, under its entry id. It is exit data and finalised flag (R13) at once, so a payout makes no new slot.
///
///   bits 247..240  state        (8)    EXIT_FINAL may be added where the entry is linked
///   bits 239..144  bond         (96)   wei; of an in-flight exit: the number of queues it is linked in
///   bits 143..104  exitableAt   (40)   L1 timestamp, seconds
///   bits 103..0    position     (104)
///
/// The low 144 bits are the order key: exits are processed by (exitableAt, position). In EXIT_SPENT the bits below the state
/// hold those of the id of the spending transaction.
type ExitRecord is uint256;

// Never exited.
uint8 constant EXIT_NONE = 0;
// Waiting in its queue, started by the owner.
uint8 constant EXIT_LIVE = 1;
// Waiting in its queue, started by somebody else with the owner's authorisation, who gets the bond back.
uint8 constant EXIT_LIVE_AUTHORIZED = 2;
// Challenged and dead, but still linked in its queue; may start again once it has been dropped.
uint8 constant EXIT_CHALLENGED = 3;
// Finalised (R13): paid once, for ever.
uint8 constant EXIT_PAID = 4;
// Finalised (R13): spent by a transaction whose in-flight exit was canonical, for ever.
uint8 constant EXIT_SPENT = 5;
// Entry of an in-flight exit.
uint8 constant EXIT_IN_FLIGHT = 6;
// Entry of an in-flight exit that was deleted.
uint8 constant EXIT_IN_FLIGHT_DEAD = 7;
// Added to the state of a linked standard exit whose output an in-flight exit has finalised.
uint8 constant EXIT_FINAL = 0x80;

using {state, bond, exitableAt, position, orderKey, isLive, isFinal, withState} for ExitRecord global;

function packExit(uint8 state_, uint96 bond_, uint40 exitableAt_, Position position_) pure returns (ExitRecord) {
    return
        ExitRecord.wrap(
            (uint256(state_) << 240) |
                (uint256(bond_) << 144) |
                (uint256(exitableAt_) << 104) |
                Position.unwrap(position_)
        );
}

function state(ExitRecord record) pure returns (uint8) {
    return uint8(ExitRecord.unwrap(record) >> 240);
}

function bond(ExitRecord record) pure returns (uint96) {
    return uint96(ExitRecord.unwrap(record) >> 144);
}

function exitableAt(ExitRecord record) pure returns (uint40) {
    return uint40(ExitRecord.unwrap(record) >> 104);
}

function position(ExitRecord record) pure returns (Position) {
    return Position.wrap(uint104(ExitRecord.unwrap(record)));
}

function orderKey(ExitRecord record) pure returns (uint144) {
    return uint144(ExitRecord.unwrap(record));
}

/// @notice Whether a standard exit waits to be processed, of an output finalised meanwhile or not.
function isLive(ExitRecord record) pure returns (bool) {
    uint8 state_ = record.state() & ~EXIT_FINAL;
    return state_ == EXIT_LIVE || state_ == EXIT_LIVE_AUTHORIZED;
}

/// @notice Whether an in-flight exit finalised the output while its standard exit was linked.
function isFinal(ExitRecord record) pure returns (bool) {
    return record.state() & EXIT_FINAL != 0;
}

/// @notice The same entry in another state, with another bond or number of links.
function withState(ExitRecord record, uint8 state_, uint96 bond_) pure returns (ExitRecord) {
    return packExit(state_, bond_, record.exitableAt(), record.position());
}
