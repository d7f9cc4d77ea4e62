// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Registry and runner of spending conditions
/// @notice Part of one root chain, which creates it. Holds no money and decides nothing but whether conditions say yes.
/// R-numbers refer to docs/protocol.md.
interface IConditions {
    /// @notice Code was registered as a condition while `newestBlock` was the newest committed block; outputs may be spent by it from the
    /// next block on (R9).
    event ConditionRegistered(address indexed condition, bytes32 codeHash, uint64 newestBlock);

    /// @notice Thrown when the same code is registered already.
    error ConditionExists(address condition);
    /// @notice Thrown when a revealed condition is not registered.
    error ConditionNotRegistered(address condition);
    /// @notice Thrown when what is revealed for an input is not what its output commits to.
    error ConditionMismatch(uint256 inputIndex);
    /// @notice Thrown when the condition of an input does not say yes.
    error ConditionRefused(uint256 inputIndex);
    /// @notice Thrown when too little gas is left to give a condition its gas: the answer would be the caller's, not the condition's.
    error ConditionGasInsufficient();
    /// @notice Thrown when body and witness together are too long (R6).
    error TransactionTooLarge(uint256 size);

    /// @notice Registers runtime code as a condition, once, and deploys it: at an address that follows from the code, with code that can
    /// never change (see Conditions). Open to anyone. Reverts with what PureCode says of code that is not pure (R15).
    function register(bytes calldata code) external returns (address condition);

    /// @notice The address of a condition with this runtime code, registered or not.
    function addressOf(bytes calldata code) external view returns (address condition);

    /// @notice Hash of a condition's code, and the newest committed block at its registration. The hash is zero where nothing is registered.
    function registrationOf(address condition) external view returns (bytes32 codeHash, uint64 newestBlock);

    /// @notice Requires that the condition of every conditional input says yes, and gives the newest block at whose time one of them was
    /// registered: the spend may be included in later blocks only (R9). Zero where no input is conditional.
    /// The caller has checked that `body` is canonical, that `preimages` open the ids of its inputs, and that `signers` are those of the
    /// signatures in `witness`; the rest of the witness is checked here.
    /// @param witness nSig 1 | nSig x 64 | nCond 1 | nCond x (inputIndex 1 | condition 20 | length 2 | params | length 2 | args), in the
    /// order of the inputs, for exactly those that are conditional.
    /// @param preimages What the inputs spend, as OutputId reads it.
    function requireAllowed(
        bytes calldata body,
        bytes calldata witness,
        bytes calldata preimages,
        address[] calldata signers
    ) external view returns (uint64 newest);
}
