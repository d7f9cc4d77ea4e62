// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICondition} from "../../contracts/conditions/ICondition.sol";
import {Signers} from "../../contracts/conditions/Signers.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {Output, Transaction} from "../../contracts/types/Transaction.sol";

/// @title Inheritance
/// @notice The owner may spend at any time. The heir may from a time on, if the owner has not moved the money by then.
///
///   params  abi.encode(Terms)
///   args    none
///
/// What each check closes:
///   validAfter      the only clock that a condition has: a block sealed earlier cannot hold the heir's spend, and no exit of it can start earlier
///   a signature     of the heir: else anybody could spend for him
/// Where the in-flight exit of the heir's spend fails, the owner is paid. She may have the money anyway, so nothing else is to be closed.
contract Inheritance is ICondition {
    using Signers for address[];

    struct Terms {
        address heir;
        /// Unix seconds.
        uint40 from;
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
        if (signers.include(output.owner)) return true;
        Terms memory terms = abi.decode(params, (Terms));
        Transaction memory transaction;
        TransactionCodec.decodeTransaction(transaction, body);
        return signers.include(terms.heir) && transaction.validAfter >= terms.from;
    }
}
