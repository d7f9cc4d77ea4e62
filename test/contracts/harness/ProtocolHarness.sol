// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockInclusion} from "../../../contracts/libraries/BlockInclusion.sol";
import {ExitRecord, packExit} from "../../../contracts/types/ExitRecord.sol";
import {ExitTiming} from "../../../contracts/libraries/ExitTiming.sol";
import {OutputId} from "../../../contracts/libraries/OutputId.sol";
import {SpendProof} from "../../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../../contracts/libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion, MAX_BLOCK_TRANSACTIONS} from "../../../contracts/types/Block.sol";
import {DEPOSIT_INDEX_BASE, Position, depositPosition, positionOf} from "../../../contracts/types/Position.sol";
import {FeeClaim, Output, Transaction} from "../../../contracts/types/Transaction.sol";

/// @notice The libraries' functions from outside, for the tests that hold the TypeScript implementation to them.
contract ProtocolHarness {
    mapping(uint256 number => bytes32) private _blockHashes;

    struct Input {
        Position position;
        bytes32 outputId;
    }

    /// @dev As the TypeScript codec gives it.
    struct WholeTransaction {
        Input[] inputs;
        Output[] outputs;
        bytes32 memo;
        uint40 validAfter;
        uint40 validBefore;
    }

    function transaction(
        bytes calldata body
    ) external pure returns (WholeTransaction memory whole, bytes32 structHash) {
        Transaction memory decoded;
        structHash = TransactionCodec.decodeTransaction(decoded, body);
        Input[] memory inputs = new Input[](decoded.inputCount);
        for (uint256 i = 0; i < inputs.length; ++i) {
            (inputs[i].position, inputs[i].outputId) = TransactionCodec.inputAt(decoded, i);
        }
        whole = WholeTransaction(inputs, decoded.outputs, decoded.memo, decoded.validAfter, decoded.validBefore);
    }

    function feeClaim(bytes calldata body) external pure returns (FeeClaim memory decoded, bytes32 structHash) {
        uint256 end;
        (decoded, end) = TransactionCodec.readFeeClaim(TransactionCodec.start(body));
        require(end == TransactionCodec.start(body) + body.length, TransactionCodec.TransactionMalformed());
        structHash = TransactionCodec.structHash(decoded);
    }

    function signers(bytes calldata witness, bytes32 txId) external pure returns (address[] memory) {
        return TransactionCodec.recoverSigners(witness, txId);
    }

    function outputId(bytes32 originId, uint8 outputIndex, Output calldata output) external pure returns (bytes32) {
        return OutputId.compute(originId, outputIndex, output);
    }

    function depositOrigin(uint32 index, uint64 newestBlock) external pure returns (bytes32) {
        return OutputId.depositOrigin(index, newestBlock);
    }

    function chainDeposit(bytes32 previous, bytes32 depositId) external pure returns (bytes32) {
        return OutputId.chainDeposit(previous, depositId);
    }

    function position(uint64 blockNumber, uint32 txIndex, uint8 outputIndex) external pure returns (Position) {
        return positionOf(blockNumber, txIndex, outputIndex);
    }

    function positionParts(
        Position packed
    ) external pure returns (uint64 blockNumber, uint32 txIndex, uint8 outputIndex) {
        return (packed.blockNumber(), packed.txIndex(), packed.outputIndex());
    }

    function positionOfDeposit(uint32 index, uint64 newestBlock) external pure returns (Position) {
        return depositPosition(index, newestBlock);
    }

    function headerHash(BlockHeader calldata header) external pure returns (bytes32) {
        return BlockInclusion.hash(header);
    }

    /// @notice Reverts unless `txId` stands at the shown place of a block that was committed with exactly this header, and
    /// the transaction may stand there (R9).
    function included(bytes calldata body, bytes32 txId, bytes calldata shown) external {
        Inclusion memory inclusion;
        uint256 end = BlockInclusion.readInclusion(inclusion, TransactionCodec.start(shown));
        require(end == TransactionCodec.start(shown) + shown.length, SpendProof.ProofMalformed());
        _blockHashes[inclusion.header.number] = BlockInclusion.hash(inclusion.header);
        BlockInclusion.requireIncluded(_blockHashes, inclusion, txId);
        Transaction memory decoded;
        TransactionCodec.decodeTransaction(decoded, body);
        BlockInclusion.requireMet(BlockInclusion.needsOf(decoded), inclusion);
    }

    /// @notice The header that these bytes show.
    function readHeader(bytes calldata shown) external pure returns (BlockHeader memory read) {
        BlockInclusion.readHeader(read, TransactionCodec.start(shown));
    }

    /// @notice The outputs of which these bytes show the preimages, and their ids.
    function readPreimages(
        bytes calldata shown
    ) external pure returns (Output[] memory outputs, bytes32[] memory ids) {
        uint256 cursor = TransactionCodec.start(shown);
        uint256 end = cursor + shown.length;
        uint256 count = 0;
        for (uint256 next = cursor; next < end; next = OutputId.skipPreimage(next)) ++count;
        outputs = new Output[](count);
        ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) (ids[i], cursor) = OutputId.readPreimage(outputs, i, cursor);
        require(cursor == end, SpendProof.ProofMalformed());
    }

    function exitableAt(uint256 blockTime, uint256 startedAt, uint256 period) external pure returns (uint40) {
        return ExitTiming.exitableAt(blockTime, startedAt, period);
    }

    function depositExitableAt(uint256 startedAt, uint256 period) external pure returns (uint40) {
        return ExitTiming.depositExitableAt(startedAt, period);
    }

    function orderKey(uint96 bond, uint40 exitableAt_, Position position_) external pure returns (uint144) {
        return packExit(1, bond, exitableAt_, position_).orderKey();
    }

    /// @notice The limits of R6, in the order of the TypeScript table.
    function limits() external pure returns (uint256, uint256, uint256, uint256, uint256, uint256) {
        return (
            TransactionCodec.MAX_INPUTS,
            TransactionCodec.MAX_OUTPUTS,
            TransactionCodec.MAX_SIGNATURES,
            TransactionCodec.MAX_TRANSACTION_BYTES,
            MAX_BLOCK_TRANSACTIONS,
            DEPOSIT_INDEX_BASE
        );
    }
}
