// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output, OutputPreimage} from "../types/Transaction.sol";

/// @notice The id of an output commits to the output and to where it came from (R1).
library OutputId {
    function compute(bytes32 originId, uint256 outputIndex, Output memory output) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(originId, outputIndex, output.owner, output.token, uint256(output.amount), output.condition)
            );
    }

    function compute(OutputPreimage calldata preimage) internal pure returns (bytes32) {
        return compute(preimage.originId, preimage.outputIndex, preimage.output);
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
