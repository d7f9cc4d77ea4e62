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
    /// @notice Thrown when an owner of a plain input did not sign, or, where no input is conditional, somebody else did.
    error SignersMismatch();
    /// @notice Thrown when the outputs are worth more of a token than the inputs.
    error Overspend(address token);
    /// @notice Thrown when a spend shown without inclusion is not within its time window now (R8).
    error SpendNotLive(uint40 validAfter, uint40 validBefore);
    /// @notice Thrown when a conditional output is said to be spent by what is in no block (R16).
    error SpendNotIncluded();
    /// @notice Thrown when `inputIndex` is not an input of the transaction.
    error InputIndexOutOfRange(uint256 inputIndex);
    /// @notice Thrown when the bytes of a proof do not end where what they show ends.
    error ProofMalformed();

    /// @dev Mark of a conditional input among the bits of signers.
    uint256 private constant CONDITIONAL = 1 << 255;

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

    /// @notice Requires that the transaction is complete but for what its conditions say, of which its witness reveals so many. One that
    /// reveals none has no conditional input.
    function requireComplete(
        Transaction memory transaction,
        address[] memory signers,
        uint256 reveals,
        Output[] memory spent
    ) internal pure {
        _requireSignedByOwners(signers, reveals, spent);
        _requireBalanced(spent, transaction.outputs);
    }

    /// @dev Signers are strictly ascending, so they are the owners exactly when each is an owner and each owner is one. Where an input is
    /// conditional, others may sign too: for its condition.
    function _requireSignedByOwners(address[] memory signers, uint256 reveals, Output[] memory spent) private pure {
        uint256 matched = 0; // bit per signer that owns an input; the one above them for an owner who did not sign
        uint256 all;
        assembly ("memory-safe") {
            let first := add(signers, 0x20)
            let end := add(first, shl(5, mload(signers)))
            all := sub(shl(mload(signers), 1), 1)
            let cursor := add(spent, 0x20)
            for { let last := add(cursor, shl(5, mload(spent))) } lt(cursor, last) { cursor := add(cursor, 0x20) } {
                let output := mload(cursor)
                switch mload(add(output, 0x60))
                case 0 {
                    let owner := mload(output)
                    let signer := first
                    for {} and(lt(signer, end), iszero(eq(mload(signer), owner))) {} { signer := add(signer, 0x20) }
                    matched := or(matched, shl(shr(5, sub(signer, first)), 1))
                }
                default { matched := or(matched, CONDITIONAL) }
            }
        }
        if (reveals == 0) require(matched == all, SignersMismatch());
        else require(matched & CONDITIONAL != 0 && matched - CONDITIONAL <= all, SignersMismatch());
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
