// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransactionCodec} from "../libraries/TransactionCodec.sol";
import {Output, Transaction} from "../types/Transaction.sol";
import {ICondition} from "./ICondition.sol";
import {Signers} from "./Signers.sol";

/// @title Hash time-lock
/// @notice The receiver may spend by showing the secret whose hash is named; the sender, who is the output's `owner`, may from `timeout` on.
///
///   params  abi.encode(Terms)
///   args    the secret, 32 bytes, of a claim; none of a refund
///
/// A claim has no end: nothing forces a block to take it in time, and money that nobody may have any more helps nobody. Whoever spends first has it.
/// Nobody signs args, and nobody needs to: a claim has only one secret, the outputs are signed, and with other args the same
/// transaction is refused. The secret is in the witness, so whoever sees the claim, in a block or in an exit on L1, has it.
///
/// What each check closes:
///   exactly one input  else the owner of another input spends that twice, and an in-flight exit of the claim refunds the sender (R17)
///   no validBefore     of a claim: else it is left to expire, and its in-flight exit refunds the sender (R10), who has also seen the secret
///   validAfter         of a refund is at or after the timeout, so no block or in-flight exit can have it earlier (R3, R10)
///   32 bytes           a secret that is good here is not too long for the other chain of a swap
///   a signature        else who sees the secret on its way to a block takes the money
contract HashTimeLock is ICondition {
    using Signers for address[];

    struct Terms {
        /// keccak256 of the secret.
        bytes32 hash;
        address receiver;
        /// Unix seconds.
        uint40 timeout;
    }

    /// @inheritdoc ICondition
    function check(
        bytes calldata body,
        uint256,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata args
    ) external pure returns (bool) {
        Terms memory terms = abi.decode(params, (Terms));
        Transaction memory transaction;
        TransactionCodec.decodeTransaction(transaction, body);
        if (transaction.inputCount != 1) return false;
        if (args.length == 0) return transaction.validAfter >= terms.timeout && signers.include(output.owner);
        return
            args.length == 32 &&
            keccak256(args) == terms.hash &&
            transaction.validBefore == 0 &&
            signers.include(terms.receiver);
    }
}
