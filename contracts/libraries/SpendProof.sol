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
    function requireComplete(Spend calldata spend, Transaction memory transaction, bytes32 txId) internal pure {
        uint256 size = spend.body.length + spend.witness.length;
        require(size <= TransactionCodec.MAX_TRANSACTION_BYTES, SpendTooLarge(size));
        uint256 inputCount = transaction.inputs.length;
        require(spend.inputIndex < inputCount, InputIndexOutOfRange(spend.inputIndex));
        require(spend.preimages.length == inputCount, PreimageMismatch(inputCount));
        Output[] memory spent = new Output[](inputCount);
        for (uint256 i = 0; i < inputCount; ++i) {
            OutputPreimage memory preimage = spend.preimages[i];
            require(
                OutputId.compute(preimage.originId, preimage.outputIndex, preimage.output) ==
                    transaction.inputs[i].outputId,
                PreimageMismatch(i)
            );
            require(preimage.output.condition == 0, ConditionUnsupported(i));
            spent[i] = preimage.output;
        }
        _requireSignedByOwners(TransactionCodec.recoverSigners(spend.witness, txId), spent);
        _requireBalanced(spent, transaction.outputs);
    }

    /// @notice Requires that the spend is live (R8): included, or within its window now.
    function requireLive(
        mapping(uint256 number => bytes32) storage blockHashes,
        Spend calldata spend,
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
            BlockInclusion.requireInOrder(transaction, inclusion);
        }
    }

    /// @dev Signers are strictly ascending, so they are the owners exactly when each is an owner and each owner is one.
    function _requireSignedByOwners(address[] memory signers, Output[] memory spent) private pure {
        uint256 matched = 0; // bit per signer that owns an input
        for (uint256 i = 0; i < spent.length; ++i) {
            address owner = spent[i].owner;
            uint256 index = 0;
            while (index < signers.length && signers[index] != owner) ++index;
            require(index < signers.length, SignersMismatch());
            matched |= 1 << index;
        }
        require(matched == (1 << signers.length) - 1, SignersMismatch());
    }

    /// @dev Eight amounts of 128 bits cannot overflow 256.
    function _requireBalanced(Output[] memory spent, Output[] memory created) private pure {
        for (uint256 i = 0; i < created.length; ++i) {
            address token = created[i].token;
            require(_sum(spent, token) >= _sum(created, token), Overspend(token));
        }
    }

    function _sum(Output[] memory outputs, address token) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < outputs.length; ++i) if (outputs[i].token == token) sum += outputs[i].amount;
    }
}
