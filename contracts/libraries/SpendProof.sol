// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Inclusion} from "../types/Block.sol";
import {Output, OutputPreimage, Transaction} from "../types/Transaction.sol";
import {BlockInclusion} from "./BlockInclusion.sol";
import {OutputId} from "./OutputId.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice A transaction shown together with all that makes it a spend (R7).
struct Spend {
    bytes body;
    bytes witness;
    /// What each input's output id commits to, in the order of the inputs.
    OutputPreimage[] preimages;
    /// The input that spends the output in question.
    uint8 inputIndex;
    /// Where the spend is included; empty for a spend shown without inclusion.
    Inclusion[] inclusion;
    /// Where the output was created, shown when the input signs another position than the exit proved; else empty.
    Source[] source;
}

/// @notice A transaction or fee claim that creates outputs, and where it is included.
struct Source {
    bytes body;
    Inclusion inclusion;
}

/// @notice The one predicate for what counts as a spend (R7, R8).
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

    /// @notice Requires that `transaction` is complete: every input's output is known, all owners and nobody else signed,
    /// and no token is spent beyond the inputs.
    function requireComplete(
        bytes calldata body,
        bytes calldata witness,
        OutputPreimage[] calldata spent,
        Transaction memory transaction,
        bytes32 txId
    ) internal pure {
        uint256 size = body.length + witness.length;
        if (size > TransactionCodec.MAX_TRANSACTION_BYTES) revert SpendTooLarge(size);
        uint256 inputCount = transaction.inputCount;
        require(spent.length == inputCount, PreimageMismatch(inputCount));
        for (uint256 i = 0; i < inputCount; ++i) {
            OutputPreimage calldata preimage = spent[i];
            (, bytes32 outputId) = TransactionCodec.inputAt(body, i);
            require(OutputId.compute(preimage) == outputId, PreimageMismatch(i));
            require(preimage.output.condition == 0, ConditionUnsupported(i));
        }
        _requireSignedByOwners(TransactionCodec.recoverSigners(witness, txId), spent);
        _requireBalanced(spent, transaction.outputs);
    }

    /// @notice Requires that the spend is live (R8): included, or within its window now.
    function requireLive(
        mapping(uint256 number => bytes32) storage blockHashes,
        Spend calldata spend,
        bytes calldata body,
        Transaction memory transaction,
        bytes32 txId
    ) internal view {
        if (spend.inclusion.length == 0) {
            require(
                BlockInclusion.isWithin(transaction, block.timestamp),
                SpendNotLive(transaction.validAfter, transaction.validBefore)
            );
        } else {
            Inclusion calldata inclusion = spend.inclusion[0];
            BlockInclusion.requireIncluded(blockHashes, inclusion, txId, keccak256(spend.witness));
            BlockInclusion.requireInOrder(body, transaction, inclusion);
        }
    }

    /// @dev Signers are strictly ascending, so they are the owners exactly when each is an owner and each owner is one.
    function _requireSignedByOwners(address[] memory signers, OutputPreimage[] calldata spent) private pure {
        uint256 matched = 0; // bit per signer that owns an input; the one above them for an owner who did not sign
        for (uint256 i = 0; i < spent.length; ++i) {
            address owner = spent[i].output.owner;
            uint256 index = 0;
            while (index < signers.length && signers[index] != owner) ++index;
            matched |= 1 << index;
        }
        require(matched == (1 << signers.length) - 1, SignersMismatch());
    }

    /// @dev Eight amounts of 128 bits cannot overflow 256.
    function _requireBalanced(OutputPreimage[] calldata spent, Output[] memory created) private pure {
        for (uint256 i = 0; i < created.length; ++i) {
            address token = created[i].token;
            uint256 difference = 0;
            unchecked {
                for (uint256 j = 0; j < spent.length; ++j) {
                    Output calldata output = spent[j].output;
                    if (output.token == token) difference += output.amount;
                }
                for (uint256 j = 0; j < created.length; ++j) {
                    Output memory output = created[j];
                    if (output.token == token) difference -= output.amount;
                }
            }
            // Below zero it would be above 2^255.
            require(difference < 1 << 255, Overspend(token));
        }
    }
}
