// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Conditions} from "../../../contracts/conditions/Conditions.sol";
import {IConditions} from "../../../contracts/interfaces/IConditions.sol";

/// @notice Stands in for the root chain, of which its conditions read one number.
contract ConditionsHost {
    /// @dev What a spender of one output shows; the output is this contract's, of 1 wei.
    struct Spend {
        address condition;
        bytes body;
        address[] signers;
        bytes params;
        bytes args;
    }

    uint64 public newestBlock;
    Conditions public immutable conditions = new Conditions();

    function setNewestBlock(uint64 newestBlock_) external {
        newestBlock = newestBlock_;
    }

    /// @notice Whether the condition of the only input says yes. Any other refusal reverts.
    function asks(Spend calldata spend) public view returns (bool) {
        try
            conditions.requireAllowed(
                spend.body,
                abi.encodePacked(
                    hex"000100",
                    spend.condition,
                    uint16(spend.params.length),
                    spend.params,
                    uint16(spend.args.length),
                    spend.args
                ),
                abi.encodePacked(
                    bytes32(0),
                    hex"0002",
                    address(this),
                    uint128(1),
                    keccak256(abi.encode(spend.condition, spend.params))
                ),
                spend.signers
            )
        {
            return true;
        } catch (bytes memory reason) {
            bytes memory refused = abi.encodeWithSelector(IConditions.ConditionRefused.selector, 0);
            require(keccak256(reason) == keccak256(refused), string(reason));
            return false;
        }
    }

    /// @notice What the registry says, and all that a call with this calldata and gas does; `gasUsed` includes a constant for making it.
    function judge(
        Spend calldata spend,
        bytes calldata data,
        uint256 gasLimit
    ) external view returns (bool allowed, bool success, bytes memory returned, uint256 gasUsed) {
        allowed = asks(spend);
        address condition = spend.condition;
        bytes memory copied = data;
        require(condition.code.length != 0, "no code"); // and the call finds it warm
        assembly ("memory-safe") {
            gasUsed := gas()
            success := staticcall(gasLimit, condition, add(copied, 0x20), mload(copied), 0, 0)
            gasUsed := sub(gasUsed, gas())
            returned := mload(0x40)
            mstore(0x40, add(returned, add(0x20, returndatasize())))
            mstore(returned, returndatasize())
            returndatacopy(add(returned, 0x20), 0, returndatasize())
        }
    }
}
