// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader, Inclusion} from "../types/Block.sol";
import {DEPOSIT_INDEX_BASE, Position, positionOf} from "../types/Position.sol";
import {Transaction} from "../types/Transaction.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice Block hashes, Merkle paths, and what it means that a transaction is included (R9).
///
///   leaf = keccak256(0x00 | txId | keccak256(witness))      65 bytes each, so that an inner node
///   node = keccak256(0x01 | left | right)                   can never be shown as a leaf
///
/// The leaves are padded with zero words to the next power of two. A path has exactly the depth that the committed count
/// implies, and the index is below the count, so that no second index reaches the same leaf.
library BlockInclusion {
    /// @notice Thrown when the header shown is not that of the committed block with its number.
    error BlockUnknown(uint64 number);

    /// @notice Thrown when the path does not lead from the transaction to the root, or has not the depth of the block.
    error NotIncluded(uint64 number, uint32 txIndex);

    /// @notice Thrown when a block holds a transaction outside its time window, judged by the block's `sealedAt`.
    error OutsideWindow(uint40 sealedAt, uint40 validAfter, uint40 validBefore);

    /// @notice Thrown when a transaction spends a position that is not before its own, or a deposit its block had not seen.
    error InputNotOlder(Position input, Position transaction);

    /// Witness hash of a fee claim, which has no witness.
    bytes32 internal constant EMPTY_WITNESS_HASH = keccak256("");

    /// @notice What the contract keeps of a block: keccak256(abi.encode(header)), whose words stand in memory as they are.
    function hash(BlockHeader memory header) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            result := keccak256(header, 0x100)
        }
    }

    /// @notice The same of a header in calldata. A field with stray high bits hashes to something that is not kept.
    function hashShown(BlockHeader calldata header) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, header, 0x100)
            result := keccak256(free, 0x100)
        }
    }

    /// @notice Requires that `txId` with this witness stands at the shown place of a committed block.
    function requireIncluded(
        mapping(uint256 number => bytes32) storage blockHashes,
        Inclusion calldata inclusion,
        bytes32 txId,
        bytes32 witnessHash
    ) internal view {
        BlockHeader calldata header = inclusion.header;
        bytes32[] calldata path = inclusion.path;
        uint32 index = inclusion.txIndex;
        uint64 number = header.number;
        require(number != 0 && blockHashes[number] == hashShown(header), BlockUnknown(number));
        require(
            index < header.txCount &&
                _isDepth(path.length, header.txCount) &&
                rootOf(txId, witnessHash, index, path) == header.root,
            NotIncluded(number, index)
        );
    }

    /// @notice Requires what R9 asks of an included transaction beside its place in the tree: its window was met, and it
    /// spends only what stands before it.
    function requireInOrder(
        bytes calldata body,
        Transaction memory transaction,
        Inclusion calldata inclusion
    ) internal pure {
        BlockHeader calldata header = inclusion.header;
        uint40 sealedAt = header.sealedAt;
        require(
            isWithin(transaction, sealedAt),
            OutsideWindow(sealedAt, transaction.validAfter, transaction.validBefore)
        );
        uint256 depositsEnd = uint256(DEPOSIT_INDEX_BASE) + header.depositCount;
        Position position = positionOf(header.number, inclusion.txIndex, 0);
        for (uint256 i = 0; i < transaction.inputCount; ++i) {
            (Position input, ) = TransactionCodec.inputAt(body, i);
            require(
                input.isOlderTransaction(position) && input.txIndex() < depositsEnd,
                InputNotOlder(input, position)
            );
        }
    }

    /// @notice Whether `time` lies in the transaction's window [validAfter, validBefore).
    function isWithin(Transaction memory transaction, uint256 time) internal pure returns (bool) {
        return
            transaction.validAfter <= time && (transaction.validBefore == 0 || time < transaction.validBefore);
    }

    /// @dev Whether `depth` is ceil(log2(txCount)), for the count of a block that holds a transaction.
    function _isDepth(uint256 depth, uint256 txCount) private pure returns (bool) {
        unchecked {
            uint256 last = txCount - 1;
            uint256 levels;
            assembly ("memory-safe") {
                levels := sub(256, clz(last))
            }
            return depth == levels;
        }
    }

    /// @notice The root that `path` leads to from the leaf at `index`, bottom to top.
    function rootOf(
        bytes32 txId,
        bytes32 witnessHash,
        uint256 index,
        bytes32[] calldata path
    ) internal pure returns (bytes32 node) {
        // Two words behind a tag, put together where memory is free; a level costs 110 gas, in plain Solidity 240.
        assembly ("memory-safe") {
            let tag := mload(0x40)
            let left := add(tag, 0x01)
            let right := add(tag, 0x21)
            mstore8(tag, 0x00)
            mstore(left, txId)
            mstore(right, witnessHash)
            node := keccak256(tag, 65)
            mstore8(tag, 0x01)
            index := shl(5, index)
            let end := add(path.offset, shl(5, path.length))
            for { let cursor := path.offset } lt(cursor, end) { cursor := add(cursor, 0x20) } {
                // The node stands on the right where the lowest bit of its index is set.
                let side := and(index, 0x20)
                mstore(add(left, side), node)
                mstore(sub(right, side), calldataload(cursor))
                node := keccak256(tag, 65)
                index := shr(1, index)
            }
        }
    }
}
