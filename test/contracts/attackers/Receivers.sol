// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";

/// @notice An owner that is a contract: it deposits, starts exits and withdraws as it is told.
abstract contract ContractOwner {
    function call(address target, uint256 value, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory result) = target.call{value: value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }
}

/// @notice Takes no money until it is told to.
contract RejectingReceiver is ContractOwner {
    bool public accepting;

    function accept() external {
        accepting = true;
    }

    receive() external payable {
        require(accepting, "no");
    }
}

/// @notice Burns all the gas that a payment brings.
contract GasBurner is ContractOwner {
    receive() external payable {
        while (true) {}
    }
}

/// @notice Reverts with as much returndata as its gas can buy.
contract ReturndataBomb is ContractOwner {
    receive() external payable {
        assembly ("memory-safe") {
            revert(0, 20000)
        }
    }
}

/// @notice Needs nearly all the gas that a payment brings and fails with less: the receiver that starving would turn into a creditor.
contract ThirstyReceiver is ContractOwner {
    uint256 private constant NEEDS = 49_500;

    uint256 public received;

    receive() external payable {
        uint256 gasAtStart = gasleft();
        received += msg.value;
        while (gasAtStart - gasleft() < NEEDS) {}
    }
}

/// @notice Calls the root chain back when it is paid, with what it was told to, and remembers the answer.
contract ReentrantReceiver is ContractOwner {
    IRootChain private immutable _rootChain;
    bytes private _attack;
    bool public called;
    bool public succeeded;
    bytes4 public answer;

    constructor(IRootChain rootChain) {
        _rootChain = rootChain;
    }

    function prepare(bytes calldata attack) external {
        _attack = attack;
    }

    receive() external payable {
        if (_attack.length == 0) return;
        bytes memory attack = _attack;
        (bool success, bytes memory result) = address(_rootChain).call(attack);
        (called, succeeded, answer) = (true, success, bytes4(result));
    }
}
