// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output, Transaction} from "../types/Transaction.sol";
import {OutputId} from "./OutputId.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice What makes a transaction complete (R7): every output it spends is known, every owner and nobody else signed, and no
/// token is spent beyond the inputs.
library SpendProof {
    /// @notice Thrown when the transaction with its witness is longer than the protocol allows (R6).
    error SpendTooLarge(uint256 size);
    /// @notice Thrown when the preimages are not exactly those of the transaction's inputs.
    error PreimageMismatch(uint256 inputIndex);
    /// @notice Thrown when an input is conditional: no spending condition is registered on this chain.
    error ConditionUnsupported(uint256 inputIndex);
    /// @notice Thrown when the signers are not exactly the owners of the inputs.
    error SignersMismatch();
    /// @notice Thrown when the outputs are worth more of a token than the inputs.
    error Overspend(address token);
    /// @notice Thrown when a spend shown without inclusion is not within its time window now (R8).
    error SpendNotLive(uint40 validAfter, uint40 validBefore);
    /// @notice Thrown when `inputIndex` is not an input of the transaction.
    error InputIndexOutOfRange(uint256 inputIndex);
    /// @notice Thrown when the bytes of a proof do not end where what they show ends.
    error ProofMalformed();

    /// @notice What the inputs of a transaction were, whose output ids the preimages at `cursor` must open, in order.
    function readInputs(
        Transaction memory transaction,
        uint256 cursor
    ) internal pure returns (Output[] memory spent, uint256 end) {
        spent = new Output[](transaction.inputCount);
        end = cursor;
        for (uint256 i = 0; i < spent.length; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(transaction, i);
            bytes32 shown;
            (spent[i], shown, end) = OutputId.readPreimage(end);
            require(shown == outputId, PreimageMismatch(i));
        }
    }

    /// @notice Requires that the transaction is complete. `size` is that of its body and witness, in bytes.
    function requireComplete(
        Transaction memory transaction,
        uint256 size,
        address[] memory signers,
        Output[] memory spent
    ) internal pure {
        if (size > TransactionCodec.MAX_TRANSACTION_BYTES) revert SpendTooLarge(size);
        for (uint256 i = 0; i < spent.length; ++i) {
            require(spent[i].condition == 0, ConditionUnsupported(i));
        }
        _requireSignedByOwners(signers, spent);
        _requireBalanced(spent, transaction.outputs);
    }

    /// @dev Signers are strictly ascending, so they are the owners exactly when each is an owner and each owner is one.
    function _requireSignedByOwners(address[] memory signers, Output[] memory spent) private pure {
        uint256 matched = 0; // bit per signer that owns an input; the one above them for an owner who did not sign
        for (uint256 i = 0; i < spent.length; ++i) {
            address owner = spent[i].owner;
            uint256 index = 0;
            while (index < signers.length && signers[index] != owner) ++index;
            matched |= 1 << index;
        }
        require(matched == (1 << signers.length) - 1, SignersMismatch());
    }

    function _requireBalanced(Output[] memory spent, Output[] memory created) private pure {
        for (uint256 i = 0; i < created.length; ++i) {
            address token = created[i].token;
            // Most transactions are of one token, which is added up once.
            if (i != 0 && token == created[i - 1].token) continue;
            require(_sumOf(spent, token) >= _sumOf(created, token), Overspend(token));
        }
    }

    /// @dev Eight amounts of 128 bits cannot overflow 256.
    function _sumOf(Output[] memory outputs, address token) private pure returns (uint256 sum) {
        unchecked {
            for (uint256 i = 0; i < outputs.length; ++i) {
                Output memory output = outputs[i];
                if (output.token == token) sum += output.amount;
            }
        }
    }
}
