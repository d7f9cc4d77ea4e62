// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Where an output stands in the chain. Position order is age order; it decides exit priority.
///
///   bits 103..40  block number    (64)
///   bits  39..8   transaction     (32)  index in the block; a deposit is 2^31 + its number
///   bits   7..0   output index    (8)   zero for a deposit
type Position is uint104;

using {blockNumber, txIndex, outputIndex, isOlderTransaction} for Position global;

// First transaction index of the deposit lane: deposits sort after everything in the block they were made behind.
uint32 constant DEPOSIT_INDEX_BASE = 2 ** 31;

function positionOf(uint64 blockNumber_, uint32 txIndex_, uint8 outputIndex_) pure returns (Position) {
    return Position.wrap((uint104(blockNumber_) << 40) | (uint104(txIndex_) << 8) | outputIndex_);
}

function depositPosition(uint32 index, uint64 newestBlock) pure returns (Position) {
    return positionOf(newestBlock, DEPOSIT_INDEX_BASE + index, 0);
}

function blockNumber(Position position) pure returns (uint64) {
    return uint64(Position.unwrap(position) >> 40);
}

function txIndex(Position position) pure returns (uint32) {
    return uint32(Position.unwrap(position) >> 8);
}

function outputIndex(Position position) pure returns (uint8) {
    return uint8(Position.unwrap(position));
}

/// @notice Whether the transaction at `position` stands strictly before the one at `other`: the output index does not count.
function isOlderTransaction(Position position, Position other) pure returns (bool) {
    return Position.unwrap(position) >> 8 < Position.unwrap(other) >> 8;
}
