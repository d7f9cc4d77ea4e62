// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Position} from "./Position.sol";

// Token address that stands for ETH.
address constant ETH = address(0);

/// @notice An output to be spent, by position and by id: a signature never means another output than its signer saw (R1).
struct Input {
    Position position;
    bytes32 outputId;
}

/// @notice Money on the chain. `condition` zero means a plain output: its owner's signature spends it.
struct Output {
    address owner;
    address token;
    uint128 amount;
    bytes32 condition;
}

/// @notice A payment. Times are L1 timestamps in seconds, zero for none; a block's `sealedAt` decides (R3).
struct Transaction {
    Input[] inputs;
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

/// @notice What an output id commits to. `originId` is the id of the creating transaction, or the deposit's origin.
struct OutputPreimage {
    bytes32 originId;
    uint8 outputIndex;
    Output output;
}
