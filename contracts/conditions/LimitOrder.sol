// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransactionCodec} from "../libraries/TransactionCodec.sol";
import {Position} from "../types/Position.sol";
import {Output, Transaction} from "../types/Transaction.sol";
import {ICondition} from "./ICondition.sol";
import {Signers} from "./Signers.sol";

/// @title Limit order
/// @notice Whoever pays the price may take what the output holds, wholly or partly, before `expiry`. The maker, who is the output's `owner`, may spend it
/// at any time and for anything, which cancels the order.
///
///   params  abi.encode(Terms)
///   args    none
///
/// A fill in which the order is input i pays the maker by output 2i, plainly. What it leaves is output 2i + 1: the maker's, of the same token, under the
/// same condition and so on the same terms. Anything else there means that nothing is left. A fill needs no signature of its own: who fills signs
/// for what he pays with, and two orders that cross can be filled by each other.
///
/// What each check closes:
///   own outputs       two orders in one transaction cannot be paid by the same output, nor share what is left
///   price             by cross-multiplication of 128-bit numbers: exact, in the maker's favour, and it cannot overflow
///   minimum           nobody cuts the order into dust, moves it to a younger position for nothing, or leaves what is not worth taking
///   validBefore       a fill that the operator keeps back is void once the order has expired: the maker need not cancel, and no fill haunts him
///   other inputs      older than `inputsBefore`, which the maker knows to be good: money that a bad operator makes up later buys nothing,
///                     and the fill's in-flight exit stands in the queue no later than the order or that position (R12)
/// Where the in-flight exit of a fill refunds, it pays the maker his own money (R17).
contract LimitOrder is ICondition {
    using Signers for address[];

    struct Terms {
        /// What the maker wants; zero is ETH.
        address wantedToken;
        /// `wanted` units for every `offered` units of what the output holds.
        uint128 offered;
        uint128 wanted;
        /// Least units that a fill takes, and that it leaves unless it takes all.
        uint128 minimum;
        /// Unix seconds.
        uint40 expiry;
        Position inputsBefore;
    }

    /// @inheritdoc ICondition
    function check(
        bytes calldata body,
        uint256 inputIndex,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata
    ) external pure returns (bool) {
        if (signers.include(output.owner)) return true;
        Terms memory terms = abi.decode(params, (Terms));
        Transaction memory transaction;
        TransactionCodec.decodeTransaction(transaction, body);
        if (transaction.validBefore == 0 || transaction.validBefore > terms.expiry) return false;
        if (!_othersOlder(transaction, inputIndex, terms.inputsBefore)) return false;

        Output[] memory outputs = transaction.outputs;
        uint256 left = 2 * inputIndex + 1 < outputs.length ? _leftBy(outputs[2 * inputIndex + 1], output) : 0;
        if (left >= output.amount || (left != 0 && left < terms.minimum)) return false;
        uint256 taken = output.amount - left;
        Output memory paid = outputs[2 * inputIndex];
        return
            taken >= terms.minimum &&
            paid.owner == output.owner &&
            paid.token == terms.wantedToken &&
            paid.condition == 0 &&
            uint256(paid.amount) * terms.offered >= taken * terms.wanted;
    }

    /// @dev What remains of the order, if this is where it does.
    function _leftBy(Output memory remainder, Output calldata order) private pure returns (uint256) {
        bool same = remainder.owner == order.owner &&
            remainder.token == order.token &&
            remainder.condition == order.condition;
        return same ? remainder.amount : 0;
    }

    /// @dev Whether all inputs but this one stand before `limit`.
    function _othersOlder(
        Transaction memory transaction,
        uint256 inputIndex,
        Position limit
    ) private pure returns (bool) {
        for (uint256 i = 0; i < transaction.inputCount; ++i) {
            (Position position, ) = TransactionCodec.inputAt(transaction, i);
            if (i != inputIndex && Position.unwrap(position) >= Position.unwrap(limit)) return false;
        }
        return true;
    }
}
