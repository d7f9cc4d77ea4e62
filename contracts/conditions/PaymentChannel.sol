// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransactionCodec} from "../libraries/TransactionCodec.sol";
import {Output, Transaction} from "../types/Transaction.sol";
import {ICondition} from "./ICondition.sol";
import {Signers} from "./Signers.sol";

/// @title One-directional payment channel
/// @notice The payer, who is the output's `owner`, and the receiver may spend together at any time; the payer alone from `expiry` on.
///
///   params  abi.encode(Terms)
///   args    none
///
/// How it pays: the i-th state is the transaction that closes the channel with a_i for the receiver and the rest for the payer, a_i growing. To pay, the
/// payer signs the next state and hands over the signature; nobody else hears of it. To close, the receiver adds his own to the last one.
/// An old state is worth less to the receiver and needs his signature, so the payer cannot use it, and for the receiver it is a gift to the payer.
/// There is nothing to punish and nothing to remember: no state is ever revoked. For payments both ways open one channel each way.
///
/// What each check closes:
///   exactly one input   else the owner of another input spends that twice, and an in-flight exit of the closing refunds the payer (R17)
///   no validBefore      of what both sign: else the payer waits until the closing has expired, and its in-flight exit refunds him all (R10)
///   validAfter          of what the payer signs alone is at or after the expiry, so no block or in-flight exit can have it earlier (R3, R10)
/// So before the expiry a closing competes with nothing, whether it is in a block or not: spends count once they are in one (R16), and the only ones
/// that could be are other states that the receiver signed.
contract PaymentChannel is ICondition {
    using Signers for address[];

    struct Terms {
        address receiver;
        /// Unix seconds.
        uint40 expiry;
    }

    /// @inheritdoc ICondition
    function check(
        bytes calldata body,
        uint256,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata
    ) external pure returns (bool) {
        Terms memory terms = abi.decode(params, (Terms));
        Transaction memory transaction;
        TransactionCodec.decodeTransaction(transaction, body);
        if (transaction.inputCount != 1 || !signers.include(output.owner)) return false;
        return
            transaction.validAfter >= terms.expiry ||
            (transaction.validBefore == 0 && signers.include(terms.receiver));
    }
}
