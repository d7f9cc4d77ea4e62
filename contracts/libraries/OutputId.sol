// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output, OutputPreimage} from "../types/Transaction.sol";

/// @notice The id of an output commits to the output and to where it came from (R1).
library OutputId {
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

    /// @notice The same of a preimage in calldata, whose words stand there as abi.encode would lay them out. A field with
    /// stray high bits hashes to an id that no output has.
    function compute(OutputPreimage calldata preimage) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, preimage, 0xc0)
            id := keccak256(free, 0xc0)
        }
    }

    /// @notice The output of a preimage in calldata and its id.
    function open(OutputPreimage calldata preimage) internal pure returns (Output memory output, bytes32 id) {
        // The words are copied once: hashed as they stand, of which the last four are the output.
        assembly ("memory-safe") {
            let copied := mload(0x40)
            calldatacopy(copied, preimage, 0xc0)
            id := keccak256(copied, 0xc0)
            output := add(copied, 0x40)
            mstore(0x40, add(copied, 0xc0))
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
