// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output} from "../types/Transaction.sol";

/// @notice The id of an output commits to the output and to where it came from (R1).
library OutputId {
    uint256 private constant FLAG_TOKEN = 1;
    uint256 private constant FLAG_CONDITION = 2;

    /// @notice keccak256(abi.encode(originId, outputIndex, owner, token, amount, condition)), which in assembly costs 300 gas
    /// less.
    function compute(
        bytes32 originId,
        uint256 outputIndex,
        address owner,
        address token,
        uint256 amount,
        bytes32 condition
    ) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, originId)
            mstore(add(free, 0x20), outputIndex)
            mstore(add(free, 0x40), owner)
            mstore(add(free, 0x60), token)
            mstore(add(free, 0x80), amount)
            mstore(add(free, 0xa0), condition)
            id := keccak256(free, 0xc0)
        }
    }

    function compute(bytes32 originId, uint256 outputIndex, Output memory output) internal pure returns (bytes32) {
        return compute(originId, outputIndex, output.owner, output.token, output.amount, output.condition);
    }

    /// @notice Reads a preimage at `cursor` in calldata, what an output id commits to: originId 32 | outputIndex 1 | output as it stands
    /// in a body. Makes the output the `index`-th of `outputs`, and gives its id and where the preimage ends.
    function readPreimage(
        Output[] memory outputs,
        uint256 index,
        uint256 cursor
    ) internal pure returns (bytes32 id, uint256 end) {
        // The words of the id's hash, of which the last four are the output.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(0x40, add(words, 0xc0))
            let output := add(words, 0x40)
            mstore(add(outputs, shl(5, add(index, 1))), output)
            mstore(words, calldataload(cursor))
            let head := calldataload(add(cursor, 32))
            mstore(add(words, 0x20), byte(0, head))
            let flags := byte(1, head)
            mstore(output, shr(96, calldataload(add(cursor, 34))))
            end := add(cursor, 54)
            let field := 0
            if and(flags, FLAG_TOKEN) {
                field := shr(96, calldataload(end))
                end := add(end, 20)
            }
            mstore(add(output, 0x20), field)
            mstore(add(output, 0x40), shr(128, calldataload(end)))
            end := add(end, 16)
            field := 0
            if and(flags, FLAG_CONDITION) {
                field := calldataload(end)
                end := add(end, 32)
            }
            mstore(add(output, 0x60), field)
            // Nothing has the id zero.
            id := mul(lt(flags, 4), keccak256(words, 0xc0))
        }
    }

    /// @notice Where the preimage at `cursor` ends.
    function skipPreimage(uint256 cursor) internal pure returns (uint256 end) {
        assembly ("memory-safe") {
            let flags := byte(1, calldataload(add(cursor, 32)))
            end := add(cursor, add(70, add(mul(20, and(flags, 1)), shl(4, and(flags, 2)))))
        }
    }

    /// @notice Where the preimage at `cursor` says that its output came from.
    function originAt(uint256 cursor) internal pure returns (bytes32 originId, uint8 outputIndex) {
        assembly ("memory-safe") {
            originId := calldataload(cursor)
            outputIndex := byte(0, calldataload(add(cursor, 32)))
        }
    }

    /// @notice Most bytes of a preimage.
    uint256 internal constant MAX_PREIMAGE_BYTES = 122;

    /// @notice Writes a preimage into memory behind `target` and gives where it ends.
    function writePreimage(
        uint256 target,
        bytes32 originId,
        uint256 outputIndex,
        Output memory output
    ) internal pure returns (uint256 end) {
        assembly ("memory-safe") {
            let token := mload(add(output, 0x20))
            let condition := mload(add(output, 0x60))
            mstore(target, originId)
            mstore8(add(target, 32), outputIndex)
            mstore8(add(target, 33), or(mul(FLAG_TOKEN, gt(token, 0)), mul(FLAG_CONDITION, gt(condition, 0))))
            mstore(add(target, 34), shl(96, mload(output)))
            end := add(target, 54)
            if token {
                mstore(end, shl(96, token))
                end := add(end, 20)
            }
            mstore(end, shl(128, mload(add(output, 0x40))))
            end := add(end, 16)
            if condition {
                mstore(end, condition)
                end := add(end, 32)
            }
        }
    }

    /// @notice Origin of the `index`-th deposit, made while `newestBlock` was the newest committed block.
    function depositOrigin(uint256 index, uint256 newestBlock) internal pure returns (bytes32) {
        return keccak256(abi.encode("plasma.deposit", index, newestBlock));
    }

    /// @notice D(k+1) from D(k): each deposit's record commits to all deposits before it (R4).
    function chainDeposit(bytes32 previous, bytes32 depositId) internal pure returns (bytes32) {
        return keccak256(abi.encode(previous, depositId));
    }
}
