// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICondition} from "../../../contracts/conditions/ICondition.sol";
import {Output} from "../../../contracts/types/Transaction.sol";

/// @notice Whoever shows the word whose hash the output commits to may spend it.
contract Password is ICondition {
    /// @inheritdoc ICondition
    function check(
        bytes calldata,
        uint256,
        Output calldata,
        address[] calldata,
        bytes calldata params,
        bytes calldata args
    ) external pure returns (bool) {
        return keccak256(args) == bytes32(params);
    }
}
