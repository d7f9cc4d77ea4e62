// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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

/// @notice That a transaction stands at `txIndex` of the block with this header.
struct Inclusion {
    BlockHeader header;
    uint32 txIndex;
    bytes32 witnessHash;
    bytes32[] path;
}
