// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output} from "../types/Transaction.sol";

/// @title Spending condition
/// @notice Decides who may spend the outputs that name it. Anyone may write one and register its runtime code with IConditions, which takes only
/// code that can see and change nothing beside this call, so that it answers alike on L1 and off it, for ever: no constructor, no state, no
/// calls (of libraries and precompiles neither), nothing of block, transaction or caller. docs/protocol.md, "Spending conditions".
interface ICondition {
    /// @notice Whether the `inputIndex`-th input of a transaction may spend `output`. Anything but exactly one word that is 1 means
    /// no: a revert, another value, more or fewer bytes, too much gas.
    /// @param body Canonical bytes of the whole transaction without its witness (TransactionCodec).
    /// @param output What that input spends; its `condition` is keccak256(abi.encode(this condition's address, params)).
    /// @param signers Whoever signed the transaction, strictly ascending.
    /// @param params What the output's condition commits to, at most 1,024 bytes.
    /// @param args What the spender shows, at most 1,024 bytes. Nobody signs them: a transaction's id does not cover its witness.
    function check(
        bytes calldata body,
        uint256 inputIndex,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata args
    ) external pure returns (bool);
}
