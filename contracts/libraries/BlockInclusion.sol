// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader, Inclusion, Needs, packNeeds} from "../types/Block.sol";
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

    /// @notice Thrown when the path does not lead from the transaction to the root.
    error NotIncluded(uint64 number, uint32 txIndex);

    /// @notice Thrown when a block holds a transaction outside its time window, judged by the block's `sealedAt`.
    error OutsideWindow(uint40 sealedAt, uint40 validAfter, uint40 validBefore);

    /// @notice Thrown when a transaction spends a position that is not before its own.
    error InputNotOlder(Position youngest, Position transaction);

    /// @notice Thrown when a transaction spends a deposit that its block had not seen.
    error DepositNotSeen(uint32 needed, uint32 seen);

    /// @notice Thrown when a transaction uses a condition that was not registered before its block.
    error ConditionNotRegistered(uint64 registered, uint64 number);

    /// Witness hash of a fee claim, which has no witness.
    bytes32 internal constant EMPTY_WITNESS_HASH = keccak256("");

    uint256 internal constant HEADER_BYTES = 122;
    uint256 private constant INDEX_BYTES = 4;

    /// @notice What the contract keeps of a block: keccak256(abi.encode(header)), whose words stand in memory as they are.
    function hash(BlockHeader memory header) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            result := keccak256(header, 0x100)
        }
    }

    /// @notice Reads witnessHash 32 | place at `cursor` in calldata into `inclusion`, and gives where it ends.
    function readInclusion(Inclusion memory inclusion, uint256 cursor) internal pure returns (uint256 end) {
        return readPlace(inclusion, cursor + 32, bytes32(TransactionCodec.read(cursor, 32)));
    }

    /// @notice Reads a place at `cursor` in calldata: header 122 | txIndex 4 | path, of exactly the depth that the header's
    /// count implies.
    function readPlace(
        Inclusion memory inclusion,
        uint256 cursor,
        bytes32 witnessHash
    ) internal pure returns (uint256 end) {
        unchecked {
            readHeader(inclusion.header, cursor);
            inclusion.txIndex = uint32(TransactionCodec.read(cursor + HEADER_BYTES, INDEX_BYTES));
            inclusion.witnessHash = witnessHash;
            inclusion.path = cursor + HEADER_BYTES + INDEX_BYTES;
            end = inclusion.path + 32 * _depth(inclusion.header.txCount);
        }
    }

    /// @notice Reads a header at `cursor` in calldata: number 8 | parentHash 32 | root 32 | txCount 4 | timestamp 5 | sealedAt 5 |
    /// depositCount 4 | depositHash 32.
    function readHeader(BlockHeader memory header, uint256 cursor) internal pure {
        assembly ("memory-safe") {
            mstore(header, shr(192, calldataload(cursor)))
            calldatacopy(add(header, 0x20), add(cursor, 8), 0x40)
            let fields := calldataload(add(cursor, 72))
            mstore(add(header, 0x60), shr(224, fields))
            mstore(add(header, 0x80), and(shr(184, fields), 0xffffffffff))
            mstore(add(header, 0xa0), and(shr(144, fields), 0xffffffffff))
            mstore(add(header, 0xc0), and(shr(112, fields), 0xffffffff))
            calldatacopy(add(header, 0xe0), add(cursor, 90), 0x20)
        }
    }

    /// @notice Requires that `txId` stands at the shown place of a committed block.
    function requireIncluded(
        mapping(uint256 number => bytes32) storage blockHashes,
        Inclusion memory inclusion,
        bytes32 txId
    ) internal view {
        BlockHeader memory header = inclusion.header;
        uint64 number = header.number;
        requireCommitted(blockHashes, header);
        require(
            inclusion.txIndex < header.txCount && rootOf(txId, inclusion) == header.root,
            NotIncluded(number, inclusion.txIndex)
        );
    }

    /// @notice Requires a block behind the one that was the newest when the last of the transaction's conditions was registered (R9).
    function requireRegistered(uint64 registered, Inclusion memory inclusion) internal pure {
        uint64 number = inclusion.header.number;
        require(registered < number, ConditionNotRegistered(registered, number));
    }

    /// @notice Requires that the block with this header was committed.
    function requireCommitted(
        mapping(uint256 number => bytes32) storage blockHashes,
        BlockHeader memory header
    ) internal view {
        require(header.number != 0 && blockHashes[header.number] == hash(header), BlockUnknown(header.number));
    }

    /// @notice What R9 asks of the block that includes a transaction.
    function needsOf(Transaction memory transaction) internal pure returns (Needs) {
        Position youngest;
        uint32 deposits;
        unchecked {
            for (uint256 i = 0; i < transaction.inputCount; ++i) {
                (Position input, ) = TransactionCodec.inputAt(transaction, i);
                if (Position.unwrap(input) > Position.unwrap(youngest)) youngest = input;
                uint32 index = input.txIndex();
                if (index >= DEPOSIT_INDEX_BASE && index - DEPOSIT_INDEX_BASE >= deposits)
                    deposits = index - DEPOSIT_INDEX_BASE + 1;
            }
        }
        return packNeeds(youngest, deposits, transaction.validAfter, transaction.validBefore);
    }

    /// @notice Requires that a transaction may stand where it stands (R9).
    function requireMet(Needs needs, Inclusion memory inclusion) internal pure {
        BlockHeader memory header = inclusion.header;
        uint40 sealedAt = header.sealedAt;
        (uint40 validAfter, uint40 validBefore) = (needs.validAfter(), needs.validBefore());
        require(
            isWithin(validAfter, validBefore, sealedAt),
            OutsideWindow(sealedAt, validAfter, validBefore)
        );
        Position position = positionOf(header.number, inclusion.txIndex, 0);
        require(needs.youngest().isOlderTransaction(position), InputNotOlder(needs.youngest(), position));
        require(needs.deposits() <= header.depositCount, DepositNotSeen(needs.deposits(), header.depositCount));
    }

    /// @notice Whether `time` lies in the window [validAfter, validBefore) of a transaction.
    function isWithin(uint256 validAfter, uint256 validBefore, uint256 time) internal pure returns (bool) {
        return validAfter <= time && (validBefore == 0 || time < validBefore);
    }

    /// @dev ceil(log2(txCount)), zero for one or none.
    function _depth(uint256 txCount) private pure returns (uint256 levels) {
        assembly ("memory-safe") {
            levels := mul(gt(txCount, 1), sub(256, clz(sub(txCount, 1))))
        }
    }

    /// @notice The root that the path leads to from the leaf of `txId`.
    function rootOf(bytes32 txId, Inclusion memory inclusion) internal pure returns (bytes32 node) {
        bytes32 witnessHash = inclusion.witnessHash;
        uint256 index = inclusion.txIndex;
        uint256 cursor = inclusion.path;
        uint256 end = cursor + 32 * _depth(inclusion.header.txCount);
        // Tag and two words, put together in the scratch space at 0x00. They reach into the first byte of the free memory pointer at
        // 0x40, which is therefore put back.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(0x00, 0x00)
            mstore(0x01, txId)
            mstore(0x21, witnessHash)
            node := keccak256(0x00, 65)
            mstore8(0x00, 0x01)
            index := shl(5, index)
            for {} lt(cursor, end) {} {
                // The node stands on the right where the lowest bit of its index is set.
                let place := or(and(index, 0x20), 0x01)
                mstore(place, node)
                mstore(xor(place, 0x20), calldataload(cursor))
                node := keccak256(0x00, 65)
                index := shr(1, index)
                cursor := add(cursor, 0x20)
            }
            mstore(0x40, free)
        }
    }
}
