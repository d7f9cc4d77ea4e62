// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BlockHeader, Inclusion} from "../types/Block.sol";
import {Position, positionOf} from "../types/Position.sol";
import {Input, Transaction} from "../types/Transaction.sol";

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

    /// @notice What the contract keeps of a block.
    function hash(BlockHeader memory header) internal pure returns (bytes32) {
        return keccak256(abi.encode(header));
    }

    /// @notice Requires that `txId` with this witness stands at the shown place of a committed block.
    function requireIncluded(
        mapping(uint256 number => bytes32) storage blockHashes,
        Inclusion calldata inclusion,
        bytes32 txId,
        bytes32 witnessHash
    ) internal view {
        BlockHeader calldata header = inclusion.header;
        uint32 index = inclusion.txIndex;
        require(header.number != 0 && blockHashes[header.number] == hash(header), BlockUnknown(header.number));
        require(
            index < header.txCount &&
                inclusion.path.length == Math.log2(header.txCount, Math.Rounding.Ceil) &&
                rootOf(txId, witnessHash, index, inclusion.path) == header.root,
            NotIncluded(header.number, index)
        );
    }

    /// @notice Requires what R9 asks of an included transaction beside its place in the tree: its window was met, and it
    /// spends only what stands before it.
    function requireInOrder(Transaction memory transaction, Inclusion calldata inclusion) internal pure {
        BlockHeader calldata header = inclusion.header;
        require(
            isWithin(transaction, header.sealedAt),
            OutsideWindow(header.sealedAt, transaction.validAfter, transaction.validBefore)
        );
        Position position = positionOf(header.number, inclusion.txIndex, 0);
        Input[] memory inputs = transaction.inputs;
        for (uint256 i = 0; i < inputs.length; ++i) {
            Position input = inputs[i].position;
            require(
                input.isOlderTransaction(position) &&
                    (!input.isDeposit() || input.depositIndex() < header.depositCount),
                InputNotOlder(input, position)
            );
        }
    }

    /// @notice Whether `time` lies in the transaction's window [validAfter, validBefore).
    function isWithin(Transaction memory transaction, uint256 time) internal pure returns (bool) {
        return
            transaction.validAfter <= time && (transaction.validBefore == 0 || time < transaction.validBefore);
    }

    /// @notice The root that `path` leads to from the leaf at `index`, bottom to top.
    function rootOf(
        bytes32 txId,
        bytes32 witnessHash,
        uint256 index,
        bytes32[] calldata path
    ) internal pure returns (bytes32 node) {
        node = _hash65(0x00, txId, witnessHash);
        for (uint256 i = 0; i < path.length; ++i) {
            node = index & 1 == 0 ? _hash65(0x01, node, path[i]) : _hash65(0x01, path[i], node);
            index >>= 1;
        }
    }

    /// @dev keccak256(abi.encodePacked(tag, a, b)) in scratch space: a path of 16 would else allocate 2 KB.
    function _hash65(uint8 tag, bytes32 a, bytes32 b) private pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, tag)
            mstore(add(free, 0x01), a)
            mstore(add(free, 0x21), b)
            result := keccak256(free, 65)
        }
    }
}
