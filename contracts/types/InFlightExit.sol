// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Inclusion, Needs} from "./Block.sol";
import {Position} from "./Position.sol";

/// @notice What never changes of an in-flight exit of T; shown in every call, kept as a hash (R26).
struct InFlightTerms {
    /// starter 160 | bond 96, in wei, of the exit itself and of each piggyback
    uint256 funds;
    /// startedAt 40 | what T asks of the block that includes it 216, whose youngest input is with exitableAt the place in the queues (R12)
    uint256 start;
    /// the block behind which the last of T's conditions was registered 64 (R9) | exitableAt 40
    uint256 end;
}

using {starter, bond, startedAt, needs, registered, exitableAt} for InFlightTerms global;

function starter(InFlightTerms calldata terms) pure returns (address) {
    return address(uint160(terms.funds >> 96));
}

function bond(InFlightTerms calldata terms) pure returns (uint96) {
    return uint96(terms.funds);
}

function startedAt(InFlightTerms calldata terms) pure returns (uint40) {
    return uint40(terms.start >> 216);
}

function needs(InFlightTerms calldata terms) pure returns (Needs) {
    return Needs.wrap(uint216(terms.start));
}

function registered(InFlightTerms calldata terms) pure returns (uint64) {
    return uint64(terms.end >> 40);
}

function exitableAt(InFlightTerms calldata terms) pure returns (uint40) {
    return uint40(terms.end);
}

/// @notice An open in-flight exit, one word under the id of its transaction.
///
///   bits 255..24  terms    (232)  the first bits of their hash
///   bits  20..16  marks    (5)
///   bits  15..0   pieces   (16)   live piggybacks: bit i = input i, bit 8 + i = output i
type InFlightExit is uint256;

// A competitor stands, or the transaction had expired at the start: not canonical as it is.
uint256 constant CONTESTED = 1 << 16;
// All inputs were SPENT_BY the transaction at the start: canonical, and nobody can contest it (R10).
uint256 constant SETTLED = 1 << 17;
// The verdict was given (R14).
uint256 constant DECIDED = 1 << 18;
// The verdict is that the transaction is canonical.
uint256 constant CANONICAL = 1 << 19;

// `Contest` tells who is ahead; without it that word is empty and never read.
uint256 constant SHOWN = 1 << 20;

// Pieces are numbered with the inputs first.
uint256 constant FIRST_OUTPUT_PIECE = 8;
uint256 constant INPUT_PIECES = 0xff;
uint256 constant ALL_PIECES = 0xffff;

using {pieces, has, add, remove, hasTerms} for InFlightExit global;

/// @notice A new in-flight exit with no piece.
function openInFlightExit(bytes32 termsHash, uint256 marks) pure returns (InFlightExit) {
    return InFlightExit.wrap(((uint256(termsHash) >> 24) << 24) | marks);
}

/// @notice The live piggybacks.
function pieces(InFlightExit self) pure returns (uint256) {
    return InFlightExit.unwrap(self) & ALL_PIECES;
}

/// @notice Whether any of `bits` is set.
function has(InFlightExit self, uint256 bits) pure returns (bool) {
    return InFlightExit.unwrap(self) & bits != 0;
}

function add(InFlightExit self, uint256 bits) pure returns (InFlightExit) {
    return InFlightExit.wrap(InFlightExit.unwrap(self) | bits);
}

function remove(InFlightExit self, uint256 bits) pure returns (InFlightExit) {
    return InFlightExit.wrap(InFlightExit.unwrap(self) & ~bits);
}

/// @notice Whether the exit is open with these terms.
function hasTerms(InFlightExit self, bytes32 termsHash) pure returns (bool) {
    return InFlightExit.unwrap(self) != 0 && InFlightExit.unwrap(self) >> 24 == uint256(termsHash) >> 24;
}

/// @notice Number of the lowest piece of a set that is not empty.
function lowestPiece(uint256 set) pure returns (uint256 piece) {
    assembly ("memory-safe") {
        piece := sub(255, clz(and(set, sub(0, set))))
    }
}

/// @notice What an exit keeps of its terms: keccak256(abi.encode(terms)), whose words stand in memory as they are.
function hashTerms(InFlightTerms memory terms) pure returns (bytes32 result) {
    assembly ("memory-safe") {
        result := keccak256(terms, 0x60)
    }
}

/// @notice The same of terms in calldata.
function hashShownTerms(InFlightTerms calldata terms) pure returns (bytes32 result) {
    assembly ("memory-safe") {
        let free := mload(0x40)
        calldatacopy(free, terms, 0x60)
        result := keccak256(free, 0x60)
    }
}

/// @notice The id of the entries of an in-flight exit, one in the queue of each token (R14):
/// keccak256(abi.encode("plasma.ife", txId, start)), where `start` is when it started.
function entryId(bytes32 txId, uint256 start) pure returns (bytes32 id) {
    assembly ("memory-safe") {
        let free := mload(0x40)
        mstore(free, 0x60)
        mstore(add(free, 0x20), txId)
        mstore(add(free, 0x40), start)
        mstore(add(free, 0x60), 10)
        mstore(add(free, 0x80), "plasma.ife")
        id := keccak256(free, 0xa0)
    }
}

/// @notice Who is ahead in a contested or answered in-flight exit.
struct Contest {
    /// (block, index) of the oldest competitor, or of the transaction itself once it was shown included; all ones for a
    /// competitor in no block.
    uint96 oldest;
    address bondOwner;
}

uint96 constant IN_NO_BLOCK = type(uint96).max;

/// @notice (block, index) of a transaction, as one number that grows with age falling.
function placeOf(Inclusion memory inclusion) pure returns (uint96) {
    return (uint96(inclusion.header.number) << 32) | inclusion.txIndex;
}
