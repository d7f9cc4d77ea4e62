// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Position} from "./Position.sol";

// Most transactions that a block may hold (R6): a Merkle path has at most 20 levels.
uint32 constant MAX_BLOCK_TRANSACTIONS = 2 ** 20;

/// @notice A block as the operator sealed it. Committing it adds the parent's hash and the L1 timestamp (R3), and the hash of
/// the deposits that it has seen: one hash for all blocks of a call commits to the deposits of each (R4).
struct SealedBlock {
    uint64 number;
    bytes32 root;
    uint32 txCount;
    uint40 sealedAt;
    uint32 depositCount;
}

/// @notice A committed block. The contract keeps its hash only; whoever proves something shows the fields again.
struct BlockHeader {
    uint64 number;
    bytes32 parentHash;
    bytes32 root;
    uint32 txCount;
    uint40 timestamp;
    uint40 sealedAt;
    uint32 depositCount;
    bytes32 depositHash;
}

/// @notice That a transaction with this witness stands at `txIndex` of the block with this header.
struct Inclusion {
    BlockHeader header;
    uint32 txIndex;
    bytes32 witnessHash;
    /// Where in calldata the Merkle path stands, bottom to top.
    uint256 path;
}

/// @notice What a transaction asks of the block that includes it (R9).
///
///   bits 215..112  youngest     (104)  position of its youngest input
///   bits 111..80   deposits     (32)   that the block must have seen
///   bits  79..40   validAfter   (40)
///   bits  39..0    validBefore  (40)
type Needs is uint256;

using {youngest, deposits, validAfter, validBefore} for Needs global;

function packNeeds(
    Position youngest_,
    uint32 deposits_,
    uint40 validAfter_,
    uint40 validBefore_
) pure returns (Needs) {
    return
        Needs.wrap(
            (uint256(Position.unwrap(youngest_)) << 112) |
                (uint256(deposits_) << 80) |
                (uint256(validAfter_) << 40) |
                validBefore_
        );
}

function youngest(Needs needs) pure returns (Position) {
    return Position.wrap(uint104(Needs.unwrap(needs) >> 112));
}

function deposits(Needs needs) pure returns (uint32) {
    return uint32(Needs.unwrap(needs) >> 80);
}

function validAfter(Needs needs) pure returns (uint40) {
    return uint40(Needs.unwrap(needs) >> 40);
}

function validBefore(Needs needs) pure returns (uint40) {
    return uint40(Needs.unwrap(needs));
}
