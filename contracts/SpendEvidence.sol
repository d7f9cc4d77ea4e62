// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RootChainBase} from "./RootChainBase.sol";
import {IInFlightExits} from "./interfaces/IInFlightExits.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {Inclusion} from "./types/Block.sol";
import {IN_NO_BLOCK, placeOf} from "./types/InFlightExit.sol";
import {DEPOSIT_INDEX_BASE, Position, positionOf} from "./types/Position.sol";
import {FeeClaim, Output, Transaction} from "./types/Transaction.sol";

/// @notice What it takes to show that a transaction is complete, that an output was created where it is said to stand, and that a
/// transaction spends it (R7, R8, R9, R16).
abstract contract SpendEvidence is RootChainBase {
    /// @dev A transaction that spends an output, as a challenge shows it. The last three are places in calldata.
    struct Spend {
        bytes32 txId;
        /// The input that spends the output in question: what it signs.
        uint256 inputIndex;
        Position position;
        bytes32 outputId;
        /// Of the spend itself.
        uint96 place;
        uint256 preimages;
        /// Of the output in question; ALL_SHOWN where that and all others were shown to be where the spend signs them.
        uint256 source;
        uint256 end;
    }

    uint256 private constant ALL_SHOWN = type(uint256).max;

    /// @dev Reads into `spend` one that must be complete and live (R7, R8): inputIndex 1 | included 1 | body | witness | preimages of the inputs |
    /// [place, if included] | [source]. Whether the output was created at `position` is for the caller to know or to ask. A conditional
    /// output is spent by what is included alone, and the source is then of every input (R16).
    function _requireSpend(Spend memory spend, bytes calldata shown) internal view {
        // Cursors into calldata, which a transaction cannot make long enough to overflow.
        unchecked {
            uint256 cursor = TransactionCodec.start(shown);
            spend.end = cursor + shown.length;
            spend.inputIndex = TransactionCodec.read(cursor, 1);
            bool included = TransactionCodec.read(cursor + 1, 1) != 0;
            cursor += 2;
            Transaction memory transaction;
            (bytes32 structHash, uint256 witness) = TransactionCodec.readTransaction(transaction, cursor);
            spend.txId = _hashTypedDataV4(structHash);
            address[] memory signers;
            uint256 reveals;
            (signers, reveals, spend.preimages) = TransactionCodec.readSigners(witness, spend.txId);
            Output[] memory spent;
            (spent, spend.source) = SpendProof.readInputs(transaction, spend.preimages);
            SpendProof.requireComplete(transaction, signers, reveals, spent);
            uint64 registered;
            if (reveals != 0)
                registered = _requireAllowed(
                    cursor,
                    witness,
                    spend.preimages,
                    TransactionCodec.slice(spend.preimages, spend.source),
                    signers
                );
            if (included) {
                Inclusion memory inclusion;
                spend.source = BlockInclusion.readPlace(
                    inclusion,
                    spend.source,
                    TransactionCodec.hashBytes(witness, spend.preimages)
                );
                BlockInclusion.requireIncluded(_blockHashes, inclusion, spend.txId);
                BlockInclusion.requireMet(BlockInclusion.needsOf(transaction), inclusion);
                if (reveals != 0) BlockInclusion.requireRegistered(registered, inclusion);
                spend.place = placeOf(inclusion);
            } else {
                require(
                    BlockInclusion.isWithin(transaction.validAfter, transaction.validBefore, block.timestamp),
                    SpendProof.SpendNotLive(transaction.validAfter, transaction.validBefore)
                );
                spend.place = IN_NO_BLOCK;
            }
            require(spend.source <= spend.end, SpendProof.ProofMalformed());
            require(spend.inputIndex < transaction.inputCount, SpendProof.InputIndexOutOfRange(spend.inputIndex));
            (spend.position, spend.outputId) = TransactionCodec.inputAt(transaction, spend.inputIndex);
            if (reveals != 0 && spent[spend.inputIndex].condition != 0) {
                require(included, SpendProof.SpendNotIncluded());
                uint256 end;
                (, , , , end) = _includedInputs(transaction, spend.source);
                require(end == spend.end, SpendProof.ProofMalformed());
                spend.source = ALL_SHOWN;
            }
        }
    }

    /// @dev Every conditional input is one that its condition lets the transaction spend (R15). The body starts at `body` in calldata, the
    /// witness behind it at `witness`. Gives the block behind which the last of the conditions was registered.
    function _requireAllowed(
        uint256 body,
        uint256 witness,
        uint256 end,
        bytes memory preimages,
        address[] memory signers
    ) internal view returns (uint64 registered) {
        require(end - body <= TransactionCodec.MAX_TRANSACTION_BYTES, TransactionCodec.WitnessMalformed());
        return
            _conditions.requireAllowed(
                TransactionCodec.slice(body, witness),
                TransactionCodec.slice(witness, end),
                preimages,
                signers
            );
    }

    /// @dev R7: the output is included at the position that the spend signs, shown where the exit did not prove it. The source is
    /// body | inclusion.
    function _requireCreatedAt(Spend memory spend) internal view {
        if (spend.source == ALL_SHOWN) return;
        uint256 preimage = spend.preimages;
        for (uint256 i = 0; i < spend.inputIndex; ++i) preimage = OutputId.skipPreimage(preimage);
        (bytes32 originId, uint8 outputIndex) = OutputId.originAt(preimage);
        require(spend.source < spend.end, IRootChain.SourceMismatch(spend.position));
        Inclusion memory inclusion;
        (bytes32 created, , uint256 end) = _includedOutput(inclusion, spend.source, outputIndex);
        require(end == spend.end, SpendProof.ProofMalformed());
        _requireAt(spend.position, inclusion, outputIndex);
        require(created == originId, IRootChain.SourceMismatch(spend.position));
    }

    /// @dev The position that is signed is the one that is shown.
    function _requireAt(Position signed, Inclusion memory inclusion, uint8 outputIndex) internal pure {
        Position shown = positionOf(inclusion.header.number, inclusion.txIndex, outputIndex);
        require(Position.unwrap(signed) == Position.unwrap(shown), IRootChain.SourceMismatch(signed));
    }

    /// @dev Reads body | inclusion at `cursor`, the latter into `inclusion`, and gives the output of that transaction (R9), or of a fee
    /// claim in its own block (R5).
    function _includedOutput(
        Inclusion memory inclusion,
        uint256 cursor,
        uint8 outputIndex
    ) internal view returns (bytes32 originId, Output memory output, uint256 end) {
        if (TransactionCodec.read(cursor, 1) == TransactionCodec.TYPE_FEE_CLAIM) {
            FeeClaim memory claim;
            (claim, end) = TransactionCodec.readFeeClaim(cursor);
            end = BlockInclusion.readInclusion(inclusion, end);
            require(
                outputIndex == 0 && claim.blockNumber == inclusion.header.number,
                IRootChain.FeeClaimMisplaced()
            );
            originId = _hashTypedDataV4(TransactionCodec.structHash(claim));
            inclusion.witnessHash = BlockInclusion.EMPTY_WITNESS_HASH;
            BlockInclusion.requireIncluded(_blockHashes, inclusion, originId);
            output = Output(claim.owner, claim.token, claim.amount, 0);
        } else {
            Transaction memory transaction;
            bytes32 structHash;
            (structHash, end) = TransactionCodec.readTransaction(transaction, cursor);
            end = BlockInclusion.readInclusion(inclusion, end);
            require(outputIndex < transaction.outputs.length, IRootChain.OutputIndexOutOfRange(outputIndex));
            originId = _hashTypedDataV4(structHash);
            BlockInclusion.requireIncluded(_blockHashes, inclusion, originId);
            BlockInclusion.requireMet(BlockInclusion.needsOf(transaction), inclusion);
            output = transaction.outputs[outputIndex];
        }
    }

    /// @dev Reads one proof per input at `cursor`: what the inputs were, which must have been created at the positions that the transaction signs;
    /// their origins; and the youngest one with the L1 time of its block, where that was shown.
    function _includedInputs(
        Transaction memory transaction,
        uint256 cursor
    )
        internal
        view
        returns (Output[] memory inputs, bytes32[] memory origins, Position youngest, uint256 blockTime, uint256 end)
    {
        inputs = new Output[](transaction.inputCount);
        origins = new bytes32[](transaction.inputCount);
        end = cursor;
        Inclusion memory inclusion;
        for (uint256 i = 0; i < inputs.length; ++i) {
            (Position position, ) = TransactionCodec.inputAt(transaction, i);
            bool deposited = position.txIndex() >= DEPOSIT_INDEX_BASE;
            (origins[i], inputs[i], end) = deposited
                ? _depositedInput(position, end)
                : _createdInput(inclusion, position, end);
            _requireInput(transaction, i, origins[i], inputs[i]);
            if (Position.unwrap(position) > Position.unwrap(youngest)) {
                (youngest, blockTime) = (position, deposited ? 0 : inclusion.header.timestamp);
            }
        }
    }

    /// @dev T's `index`-th input spends this output.
    function _requireInput(
        Transaction memory transaction,
        uint256 index,
        bytes32 originId,
        Output memory output
    ) private pure {
        (Position position, bytes32 outputId) = TransactionCodec.inputAt(transaction, index);
        require(OutputId.compute(originId, position.outputIndex(), output) == outputId, IInFlightExits.InputUnproven(index));
    }

    /// @dev Reads output | previousDepositHash 32 at `cursor`, which must be those of the deposit at `position` (R4).
    function _depositedInput(
        Position position,
        uint256 cursor
    ) private view returns (bytes32 originId, Output memory output, uint256 end) {
        uint32 index = position.txIndex() - DEPOSIT_INDEX_BASE;
        originId = OutputId.depositOrigin(index, position.blockNumber());
        (output, end) = TransactionCodec.readOutput(cursor);
        bytes32 previous = bytes32(TransactionCodec.read(end, 32));
        end += 32;
        // A deposit is output 0 alone: with another index it has an id that was never recorded.
        bytes32 outputId = OutputId.compute(originId, position.outputIndex(), output);
        require(
            _depositHashes[index] == OutputId.chainDeposit(previous, outputId),
            IRootChain.DepositUnknown(index)
        );
    }

    /// @dev Reads body | inclusion at `cursor`, which must stand at `position`.
    function _createdInput(
        Inclusion memory inclusion,
        Position position,
        uint256 cursor
    ) private view returns (bytes32 originId, Output memory output, uint256 end) {
        uint8 outputIndex = position.outputIndex();
        (originId, output, end) = _includedOutput(inclusion, cursor, outputIndex);
        _requireAt(position, inclusion, outputIndex);
    }
}
