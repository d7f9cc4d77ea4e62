// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICondition} from "../../../contracts/conditions/ICondition.sol";
import {Output} from "../../../contracts/types/Transaction.sol";

/// @notice Says yes to exactly the call whose hash its params are; the output cannot be in it, since it commits to them.
contract ExpectedCall is ICondition {
    function check(
        bytes calldata body,
        uint256 inputIndex,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata args
    ) external pure returns (bool) {
        return
            output.condition != 0 &&
            keccak256(abi.encode(body, inputIndex, output.owner, output.token, output.amount, signers, args)) ==
            bytes32(params);
    }
}
