// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IConditions {
    function requireAllowed(
        bytes calldata body,
        bytes calldata witness,
        bytes calldata preimages,
        address[] calldata signers
    ) external view returns (uint64 newest);
}
