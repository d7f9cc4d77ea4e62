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

    /// @notice What the inputs of a transaction were, whose output ids these preimages must open.
    function openInputs(
        bytes calldata body,
        uint256 inputCount,
        OutputPreimage[] calldata preimages
    ) internal pure returns (Output[] memory spent) {
        require(preimages.length == inputCount, PreimageMismatch(inputCount));
        spent = new Output[](inputCount);
        for (uint256 i = 0; i < inputCount; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(body, i);
            bytes32 shown;
            (spent[i], shown) = OutputId.open(preimages[i]);
            require(shown == outputId, PreimageMismatch(i));
        }
    }

    /// @notice Requires that `transaction` is complete: all owners of what it spends and nobody else signed, and no token is
    /// spent beyond the inputs.
    function requireComplete(
        bytes calldata body,
        bytes calldata witness,
        Output[] memory spent,
        Transaction memory transaction,
        bytes32 txId
    ) internal pure {
        uint256 size = body.length + witness.length;
        if (size > TransactionCodec.MAX_TRANSACTION_BYTES) revert SpendTooLarge(size);
        for (uint256 i = 0; i < spent.length; ++i) {
            require(spent[i].condition == 0, ConditionUnsupported(i));
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
        for (uint256 i = 0; i < outputs.length; ++i) {
            Output memory output = outputs[i];
            unchecked {
                if (output.token == token) sum += output.amount;
            }
        }
    }
}
