// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransactionCodec} from "../libraries/TransactionCodec.sol";
import {Output, Transaction} from "../types/Transaction.sol";
import {ICondition} from "./ICondition.sol";

/// @title m of n
/// @notice Any `threshold` of the `owners` may spend, for anything, at any time. Fewer never can.
///
///   params  abi.encode(uint256 threshold, address[] owners), owners strictly ascending; 29 fit, and a witness has 16 signatures
///   args    none
///
/// The output's own `owner` is no owner here but its refund address (R17), paid wherever an in-flight exit of a spend ends without its outputs.
/// Zero is best: then nobody is, a spend that failed left the output as it was, and the owners sign another.
/// If there is one, two checks keep what some signed from paying it all to him:
///   exactly one input  else whoever owns another input spends that twice, and the in-flight exit refunds
///   no validBefore     else the spend is left to expire, and its in-flight exit starts refunding (R10)
/// So only another spend that the owners signed, in a block, ever competes with a spend that they signed (R16).
contract MultiSignature is ICondition {
    /// @inheritdoc ICondition
    function check(
        bytes calldata body,
        uint256,
        Output calldata output,
        address[] calldata signers,
        bytes calldata params,
        bytes calldata
    ) external pure returns (bool) {
        (uint256 threshold, address[] memory owners) = abi.decode(params, (uint256, address[]));
        if (threshold == 0 || _countSigned(owners, signers) < threshold) return false;
        if (output.owner == address(0)) return true;
        Transaction memory transaction;
        TransactionCodec.decodeTransaction(transaction, body);
        return transaction.inputCount == 1 && transaction.validBefore == 0;
    }

    /// @dev Both ascend, and each signer counts once: owners that are named twice or out of order count for less, never for more.
    function _countSigned(address[] memory owners, address[] calldata signers) private pure returns (uint256 count) {
        uint256 next = 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            while (next < owners.length && owners[next] < signer) ++next;
            if (next == owners.length) break;
            if (owners[next] == signer) {
                ++count;
                ++next;
            }
        }
    }
}
