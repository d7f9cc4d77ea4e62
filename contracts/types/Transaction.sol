// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// Token address that stands for ETH.
address constant ETH = address(0);

/// @notice Money on the chain. `condition` zero means a plain output: its owner's signature spends it.
struct Output {
    address owner;
    address token;
    uint128 amount;
    bytes32 condition;
}

/// @notice A payment. Its inputs are read where they stand. Times are L1 timestamps in seconds, zero for none; a block's
/// `sealedAt` decides (R3).
struct Transaction {
    uint256 inputCount;
    /// Where in calldata the inputs stand.
    uint256 inputs;
    Output[] outputs;
    bytes32 memo;
    uint40 validAfter;
    uint40 validBefore;
}

/// @notice The operator's claim to fees of one block in one token (R5).
struct FeeClaim {
    uint64 blockNumber;
    address token;
    address owner;
    uint128 amount;
}
