// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RootChainBase} from "./RootChainBase.sol";
import {IInFlightExits} from "./interfaces/IInFlightExits.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {ExitTiming} from "./libraries/ExitTiming.sol";
import {OutputFlags} from "./libraries/OutputFlags.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {Pieces} from "./libraries/Pieces.sol";
import {Spend, SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion} from "./types/Block.sol";
import {
    EXIT_IN_FLIGHT,
    ExitRecord,
    packExit
} from "./types/ExitRecord.sol";
import {
    CONTESTED,
    Contest,
    FIRST_OUTPUT_PIECE,
    IN_NO_BLOCK,
    InFlightExit,
    InFlightTerms,
    SETTLED,
    SHOWN,
    entryId,
    hashTerms,
    lowestPiece,
    openInFlightExit,
    placeOf
} from "./types/InFlightExit.sol";
import {DEPOSIT_INDEX_BASE, Position, depositPosition, positionOf} from "./types/Position.sol";
import {Output, OutputPreimage, Transaction} from "./types/Transaction.sol";

/// @notice The game of in-flight exits up to its verdict, which is given in processing.
abstract contract InFlightExits is IInFlightExits, RootChainBase {
    using ExitQueue for ExitQueue.State;
    using OutputFlags for ExitQueue.State;

    /// @inheritdoc IInFlightExits
    function startInFlightExit(
        bytes calldata body,
        bytes calldata witness,
        InputProof[] calldata proofs,
        uint16 pieces,
        IRootChain.Hint calldata hint
    ) external payable nonReentrant {
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        require(InFlightExit.unwrap(_inFlight[txId]) == 0, InFlightExitExists(txId));
        require(transaction.validAfter <= block.timestamp, NotYetValid(transaction.validAfter));
        (OutputPreimage[] memory preimages, Output[] memory inputs) = _includedInputs(
            body,
            transaction.inputCount,
            proofs
        );
        (Position youngest, uint256 youngestTime) = _youngestInput(body, proofs);
        SpendProof.requireComplete(body, witness, inputs, transaction, txId);

        uint256 bonds = 1 + Pieces.count(pieces);
        uint256 bond = msg.value / bonds;
        require(bond * bonds == msg.value, BondMismatch(msg.value, bonds));
        _requireBond(bond);

        InFlightTerms memory terms = InFlightTerms(
            uint40(block.timestamp),
            ExitTiming.exitableAt(youngestTime, block.timestamp, _minExitPeriod),
            youngest,
            SafeCast.toUint96(bond),
            msg.sender
        );
        bool settled = _isSpentBy(txId, body, transaction.inputCount);
        bool contested = !settled && transaction.validBefore != 0 && transaction.validBefore <= block.timestamp;
        InFlightExit opened = openInFlightExit(
            hashTerms(terms),
            (settled ? SETTLED : 0) | (contested ? CONTESTED : 0)
        );
        emit InFlightExitStarted(txId, terms, contested, settled, body, witness, preimages);
        _inFlight[txId] = pieces == 0
            ? opened
            : _piggyback(
                opened,
                txId,
                entryId(txId, block.timestamp),
                packExit(EXIT_IN_FLIGHT, 0, terms.exitableAt, youngest),
                body,
                transaction,
                pieces,
                inputs,
                hint
            );
    }

    /// @inheritdoc IInFlightExits
    function piggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint16 pieces,
        OutputPreimage[] calldata inputs,
        IRootChain.Hint calldata hint
    ) external payable nonReentrant {
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        InFlightExit exit = _requireOpen(txId, terms);
        _requirePhaseOne(terms);
        require(pieces != 0, Pieces.PieceUnavailable(0));
        uint256 bonds = Pieces.count(pieces);
        require(msg.value == bonds * terms.bond, BondMismatch(msg.value, bonds));
        _inFlight[txId] = _piggyback(
            exit,
            txId,
            entryId(txId, terms.startedAt),
            packExit(EXIT_IN_FLIGHT, 0, terms.exitableAt, terms.position),
            body,
            transaction,
            pieces,
            Pieces.open(body, transaction.inputCount, pieces, inputs),
            hint
        );
    }

    /// @inheritdoc IInFlightExits
    function challengeNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 inputIndex,
        Spend calldata competitor,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        InFlightExit exit = _requireOpen(txId, terms);
        _requirePhaseOne(terms);
        require(!exit.has(SETTLED), Settled(txId));
        require(inputIndex < transaction.inputCount, Pieces.PieceUnavailable(inputIndex));
        bytes32 competitorId = _requireSpendOfInput(competitor, txId, body, inputIndex);
        uint96 place = IN_NO_BLOCK;
        if (competitor.inclusion.length != 0) {
            Inclusion calldata inclusion = competitor.inclusion[0];
            place = placeOf(positionOf(inclusion.header.number, inclusion.txIndex, 0));
        }

        uint96 oldest = _oldest(exit, txId);
        require(!exit.has(CONTESTED | SHOWN) || place < oldest, NotOlder(oldest));
        _inFlight[txId] = exit.add(CONTESTED | SHOWN);
        _contests[txId] = Contest(place, beneficiary);
        emit NonCanonicalChallenged(txId, competitorId, place, beneficiary);
    }

    /// @inheritdoc IInFlightExits
    function respondNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        Inclusion calldata inclusion,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        InFlightExit exit = _requireUndecided(txId, terms);
        require(exit.has(CONTESTED), NotContested(txId));
        BlockInclusion.requireIncluded(_blockHashes, inclusion, txId, inclusion.witnessHash);
        BlockInclusion.requireInOrder(body, transaction, inclusion);

        uint96 place = placeOf(positionOf(inclusion.header.number, inclusion.txIndex, 0));
        uint96 oldest = _oldest(exit, txId);
        require(place < oldest, NotOlder(oldest));
        _inFlight[txId] = exit.remove(CONTESTED).add(SHOWN);
        _contests[txId] = Contest(place, beneficiary);
        emit NonCanonicalResponded(txId, place, beneficiary);
    }

    /// @inheritdoc IInFlightExits
    function challengePiggyback(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 piece,
        Spend calldata spend,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        InFlightExit exit = _requireUndecided(txId, terms);
        require(piece < 2 * FIRST_OUTPUT_PIECE && exit.has(1 << piece), Pieces.PieceUnavailable(piece));
        bytes32 spendId;
        if (piece < FIRST_OUTPUT_PIECE) {
            spendId = _requireSpendOfInput(spend, txId, body, piece);
        } else {
            spendId = _requireSpendOfOutput(spend, txId, body, transaction, uint8(piece - FIRST_OUTPUT_PIECE));
        }
        _inFlight[txId] = exit.remove(1 << piece);
        emit PiggybackChallenged(txId, spendId, piece, beneficiary, terms.bond);
        _payReward(beneficiary, terms.bond);
    }

    // ---------------------------------------------------------------- private

    /// @dev An output in no block that was never contested is as old as nothing: anything stands above it. Once something
    /// stands, only what is older does.
    function _oldest(InFlightExit exit, bytes32 txId) private view returns (uint96) {
        return exit.has(SHOWN) ? _contests[txId].oldest : IN_NO_BLOCK;
    }

    function _requirePhaseOne(InFlightTerms calldata terms) private view {
        uint256 ends = _phaseOneEnds(terms);
        require(block.timestamp < ends, WrongPhase(ends));
    }

    /// @dev R7 for an input of T, which the start has proven at the position that T signs.
    function _requireSpendOfInput(
        Spend calldata spend,
        bytes32 txId,
        bytes calldata body,
        uint256 inputIndex
    ) private view returns (bytes32 spendId) {
        Position position;
        bytes32 spent;
        (spendId, position, spent) = _requireSpend(spend);
        (Position proven, bytes32 outputId) = TransactionCodec.inputAt(body, inputIndex);
        require(spendId != txId && spent == outputId, NotACompetitor(spendId));
        if (Position.unwrap(position) != Position.unwrap(proven)) _requireCreatedAt(position, spend);
    }

    /// @dev R7 for an output of T: the spend shows T included at the position that it signs. The source's body is T's and stays empty.
    function _requireSpendOfOutput(
        Spend calldata spend,
        bytes32 txId,
        bytes calldata body,
        Transaction memory transaction,
        uint8 outputIndex
    ) private view returns (bytes32 spendId) {
        Position position;
        bytes32 spent;
        (spendId, position, spent) = _requireSpend(spend);
        require(
            spent == OutputId.compute(txId, outputIndex, transaction.outputs[outputIndex]),
            NotACompetitor(spendId)
        );
        require(spend.source.length == 1, IRootChain.SourceMismatch(position));
        Inclusion calldata inclusion = spend.source[0].inclusion;
        BlockInclusion.requireIncluded(_blockHashes, inclusion, txId, inclusion.witnessHash);
        BlockInclusion.requireInOrder(body, transaction, inclusion);
        Position created = positionOf(inclusion.header.number, inclusion.txIndex, outputIndex);
        require(Position.unwrap(created) == Position.unwrap(position), IRootChain.SourceMismatch(position));
    }

    /// @dev R10: whether T is the spender of all its inputs already.
    function _isSpentBy(bytes32 txId, bytes calldata body, uint256 inputCount) private view returns (bool) {
        bytes32 flag = OutputFlags.spentBy(txId);
        for (uint256 i = 0; i < inputCount; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(body, i);
            if (_exits.flagOf(outputId) != flag) return false;
        }
        return true;
    }

    /// @dev What the inputs were, which must have been created at the positions that T signs.
    function _includedInputs(
        bytes calldata body,
        uint256 inputCount,
        InputProof[] calldata proofs
    ) private view returns (OutputPreimage[] memory preimages, Output[] memory inputs) {
        require(proofs.length == inputCount, InputUnproven(proofs.length));
        preimages = new OutputPreimage[](inputCount);
        inputs = new Output[](inputCount);
        for (uint256 i = 0; i < inputCount; ++i) {
            (Position position, bytes32 outputId) = TransactionCodec.inputAt(body, i);
            bytes32 originId;
            bool proven;
            (originId, inputs[i], proven) = position.txIndex() >= DEPOSIT_INDEX_BASE
                ? _depositedInput(position, outputId, proofs[i])
                : _createdInput(position, outputId, proofs[i]);
            require(proven, InputUnproven(i));
            preimages[i] = OutputPreimage(originId, position.outputIndex(), inputs[i]);
        }
    }

    /// @dev R12: the position of the youngest of the inputs, which are proven, and the L1 time of its block, zero for block zero.
    function _youngestInput(
        bytes calldata body,
        InputProof[] calldata proofs
    ) private view returns (Position youngest, uint256 time) {
        uint256 index = 0;
        for (uint256 i = 0; i < proofs.length; ++i) {
            (Position position, ) = TransactionCodec.inputAt(body, i);
            if (Position.unwrap(position) > Position.unwrap(youngest)) (youngest, index) = (position, i);
        }
        uint64 number = youngest.blockNumber();
        if (number == 0) return (youngest, 0);
        BlockHeader calldata header = proofs[index].inclusion.header;
        // The block of an input that is no deposit was looked up already.
        require(
            header.number == number &&
                (youngest.txIndex() < DEPOSIT_INDEX_BASE ||
                    _blockHashes[number] == BlockInclusion.hashShown(header)),
            BlockInclusion.BlockUnknown(number)
        );
        time = header.timestamp;
    }

    function _depositedInput(
        Position position,
        bytes32 outputId,
        InputProof calldata proof
    ) private view returns (bytes32 originId, Output memory output, bool proven) {
        uint32 index = position.txIndex() - DEPOSIT_INDEX_BASE;
        uint64 number = position.blockNumber();
        originId = OutputId.depositOrigin(index, number);
        output = TransactionCodec.decodeOutput(proof.body);
        proven =
            Position.unwrap(position) == Position.unwrap(depositPosition(index, number)) &&
            OutputId.compute(originId, 0, output) == outputId &&
            _depositHashes[index] == OutputId.chainDeposit(proof.previousDepositHash, outputId);
    }

    function _createdInput(
        Position position,
        bytes32 outputId,
        InputProof calldata proof
    ) private view returns (bytes32 originId, Output memory output, bool proven) {
        Inclusion calldata inclusion = proof.inclusion;
        uint8 outputIndex = position.outputIndex();
        (originId, output) = _includedOutput(proof.body, outputIndex, inclusion);
        Position created = positionOf(inclusion.header.number, inclusion.txIndex, outputIndex);
        proven =
            Position.unwrap(created) == Position.unwrap(position) &&
            OutputId.compute(originId, outputIndex, output) == outputId;
    }

    /// @dev Makes `pieces` of the caller live and links `entry` in the queues of their tokens (R11).
    /// @param record Of `entry`, linked nowhere.
    /// @param inputs What T's inputs were, at least those in `pieces`.
    function _piggyback(
        InFlightExit exit,
        bytes32 txId,
        bytes32 entry,
        ExitRecord record,
        bytes calldata body,
        Transaction memory transaction,
        uint256 pieces,
        Output[] memory inputs,
        IRootChain.Hint calldata hint
    ) private returns (InFlightExit) {
        uint256 live = exit.pieces() & pieces;
        if (live != 0) revert Pieces.PieceUnavailable(lowestPiece(live));
        for (uint256 rest = pieces; rest != 0; rest &= rest - 1) {
            uint256 piece = lowestPiece(rest);
            Output memory output;
            if (piece < FIRST_OUTPUT_PIECE) {
                require(piece < transaction.inputCount, Pieces.PieceUnavailable(piece));
                output = inputs[piece];
            } else {
                require(piece - FIRST_OUTPUT_PIECE < transaction.outputs.length, Pieces.PieceUnavailable(piece));
                output = transaction.outputs[piece - FIRST_OUTPUT_PIECE];
            }
            bytes32 outputId = Pieces.outputId(piece, txId, body, output);
            require(output.condition == 0, IRootChain.ConditionalOutput(outputId));
            require(output.owner == msg.sender, NotPieceOwner(piece, msg.sender));
            require(_exits.flagOf(outputId) == 0, OutputFinalised(outputId));
            _link(output.token, entry, record, hint);
        }
        emit Piggybacked(txId, msg.sender, uint16(pieces));
        return exit.add(pieces);
    }

    /// @dev Links the exit in the queue of `token`, once.
    function _link(address token, bytes32 entry, ExitRecord record, IRootChain.Hint calldata hint) private {
        if (_exits.next[token][entry] != 0) return;
        uint96 links = _exits.records[entry].bond();
        _exits.insert(token, entry, record.withState(EXIT_IN_FLIGHT, links + 1), hint.entries, hint.walkLimit);
    }
}
