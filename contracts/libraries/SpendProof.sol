// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Output, Transaction} from "../types/Transaction.sol";
import {OutputId} from "./OutputId.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice What makes a transaction complete (R7): every output it spends is known, every owner and nobody else signed, and no
/// token is spent beyond the inputs.
library SpendProof {
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
        unchecked {
            spent = _newOutputs(transaction.inputCount);
            end = cursor;
            for (uint256 i = 0; i < spent.length; ++i) {
                (, bytes32 outputId) = TransactionCodec.inputAt(transaction, i);
                bytes32 shown;
                (shown, end) = OutputId.readPreimage(spent, i, end);
                require(shown == outputId, PreimageMismatch(i));
            }
        }
    }

    /// @dev As `new Output[](count)`, but without an output that is then replaced for each element.
    function _newOutputs(uint256 count) private pure returns (Output[] memory outputs) {
        assembly ("memory-safe") {
            outputs := mload(0x40)
            mstore(outputs, count)
            mstore(0x40, add(outputs, shl(5, add(count, 1))))
        }
    }

    /// @notice Requires that the transaction is complete. Without conditions it is never longer than R6 allows.
    function requireComplete(
        Transaction memory transaction,
        address[] memory signers,
        Output[] memory spent
    ) internal pure {
        _requireSignedByOwners(signers, spent);
        _requireBalanced(spent, transaction.outputs);
    }

    /// @dev Signers are strictly ascending, so they are the owners exactly when each is an owner and each owner is one.
    function _requireSignedByOwners(address[] memory signers, Output[] memory spent) private pure {
        unchecked {
            uint256 matched = 0; // bit per signer that owns an input; the one above them for an owner who did not sign
            for (uint256 i = 0; i < spent.length; ++i) {
                Output memory output = spent[i];
                require(output.condition == 0, ConditionUnsupported(i));
                matched |= 1 << _indexOf(signers, output.owner);
            }
            require(matched == (1 << signers.length) - 1, SignersMismatch());
        }
    }

    /// @dev The number of accounts where `account` is none of them.
    function _indexOf(address[] memory accounts, address account) private pure returns (uint256 index) {
        unchecked {
            while (index < accounts.length && accounts[index] != account) ++index;
        }
    }

    function _requireBalanced(Output[] memory spent, Output[] memory created) private pure {
        unchecked {
            address last;
            for (uint256 i = 0; i < created.length; ++i) {
                address token = created[i].token;
                // Most transactions are of one token, which is added up once.
                if (i != 0 && token == last) continue;
                require(_sumOf(spent, token) >= _sumOf(created, token), Overspend(token));
                last = token;
            }
        }
    }

    /// @dev Eight amounts of 128 bits cannot overflow 256.
    function _sumOf(Output[] memory outputs, address token) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let cursor := add(outputs, 0x20)
            let end := add(cursor, shl(5, mload(outputs)))
            for {} lt(cursor, end) { cursor := add(cursor, 0x20) } {
                let output := mload(cursor)
                if eq(mload(add(output, 0x20)), token) { sum := add(sum, mload(add(output, 0x40))) }
            }
        }
    }
}
