// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SpendEvidence} from "./SpendEvidence.sol";
import {IInFlightExits} from "./interfaces/IInFlightExits.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {ExitTiming} from "./libraries/ExitTiming.sol";
import {OutputFlags} from "./libraries/OutputFlags.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {Pieces} from "./libraries/Pieces.sol";
import {SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion, Needs} from "./types/Block.sol";
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
import {DEPOSIT_INDEX_BASE, Position} from "./types/Position.sol";
import {Output, Transaction} from "./types/Transaction.sol";

/// @notice The game of in-flight exits up to its verdict, which is given in processing.
abstract contract InFlightExits is IInFlightExits, SpendEvidence {
    using ExitQueue for ExitQueue.State;
    using OutputFlags for ExitQueue.State;

    /// @inheritdoc IInFlightExits
    function startInFlightExit(
        bytes calldata shown,
        bytes calldata proofs,
        uint16 pieces,
        IRootChain.Hint calldata hint
    ) external payable nonReentrant {
        Transaction memory transaction;
        (bytes32 structHash, uint256 witness) = TransactionCodec.readTransaction(
            transaction,
            TransactionCodec.start(shown)
        );
        bytes32 txId = _hashTypedDataV4(structHash);
        require(InFlightExit.unwrap(_inFlight[txId]) == 0, InFlightExitExists(txId));
        require(transaction.validAfter <= block.timestamp, NotYetValid(transaction.validAfter));
        (Output[] memory inputs, bytes32[] memory origins, uint256 youngestTime) = _startedInputs(transaction, proofs);
        (address[] memory signers, uint256 reveals, uint256 end) = TransactionCodec.readSigners(witness, txId);
        require(end == TransactionCodec.start(shown) + shown.length, SpendProof.ProofMalformed());
        bytes memory preimages = _preimagesOf(transaction, inputs, origins);
        uint256 registered = 0;
        SpendProof.requireComplete(transaction, signers, reveals, inputs);
        if (reveals != 0)
            registered = _requireAllowed(TransactionCodec.start(shown), witness, end, preimages, signers);

        uint256 bonds = 1 + Pieces.count(pieces);
        uint256 bond = msg.value / bonds;
        require(bond * bonds == msg.value, BondMismatch(msg.value, bonds));
        _requireBond(bond);

        uint40 exitableAt = ExitTiming.exitableAt(youngestTime, block.timestamp, _minExitPeriod);
        Needs needs = BlockInclusion.needsOf(transaction);
        InFlightTerms memory terms = InFlightTerms(
            (uint256(uint160(msg.sender)) << 96) | SafeCast.toUint96(bond),
            (block.timestamp << 216) | Needs.unwrap(needs),
            (registered << 40) | exitableAt
        );
        bool settled = _isSpentBy(txId, transaction);
        bool contested = !settled && transaction.validBefore != 0 && transaction.validBefore <= block.timestamp;
        InFlightExit opened = openInFlightExit(
            hashTerms(terms),
            (settled ? SETTLED : 0) | (contested ? CONTESTED : 0)
        );
        emit InFlightExitStarted(
            txId,
            terms,
            contested,
            settled,
            shown,
            preimages
        );
        _inFlight[txId] = pieces == 0
            ? opened
            : _piggyback(
                opened,
                txId,
                entryId(txId, block.timestamp),
                packExit(EXIT_IN_FLIGHT, 0, exitableAt, needs.youngest()),
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
        bytes calldata preimages,
        IRootChain.Hint calldata hint
    ) external payable nonReentrant {
        Transaction memory transaction;
        bytes32 txId = _decode(transaction, body);
        InFlightExit exit = _requireOpen(txId, terms);
        _requirePhaseOne(terms);
        require(pieces != 0, Pieces.PieceUnavailable(0));
        uint256 bonds = Pieces.count(pieces);
        require(msg.value == bonds * terms.bond(), BondMismatch(msg.value, bonds));
        _inFlight[txId] = _piggyback(
            exit,
            txId,
            entryId(txId, terms.startedAt()),
            packExit(EXIT_IN_FLIGHT, 0, terms.exitableAt(), terms.needs().youngest()),
            transaction,
            pieces,
            Pieces.open(transaction, pieces, preimages),
            hint
        );
    }

    /// @inheritdoc IInFlightExits
    function challengeNonCanonical(
        bytes calldata body,
        InFlightTerms calldata terms,
        uint8 inputIndex,
        bytes calldata competitor,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        Transaction memory transaction;
        bytes32 txId = _decode(transaction, body);
        InFlightExit exit = _requireOpen(txId, terms);
        _requirePhaseOne(terms);
        require(!exit.has(SETTLED), Settled(txId));
        require(inputIndex < transaction.inputCount, Pieces.PieceUnavailable(inputIndex));
        Spend memory spend;
        _requireSpendOfInput(spend, competitor, txId, transaction, inputIndex);
        uint96 place = spend.place;
        uint96 oldest = _oldest(exit, txId);
        require(!exit.has(CONTESTED | SHOWN) || place < oldest, NotOlder(oldest));
        _inFlight[txId] = exit.add(CONTESTED | SHOWN);
        _contests[txId] = Contest(place, beneficiary);
        emit NonCanonicalChallenged(txId, spend.txId, place, beneficiary);
    }

    /// @inheritdoc IInFlightExits
    function respondNonCanonical(
        bytes32 txId,
        InFlightTerms calldata terms,
        bytes calldata inclusion,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        InFlightExit exit = _requireUndecided(txId, terms);
        require(exit.has(CONTESTED), NotContested(txId));
        uint96 place = placeOf(_requireIncluded(inclusion, txId, terms));
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
        bytes calldata spend,
        address beneficiary
    ) external nonReentrant {
        require(beneficiary != address(0), IRootChain.ZeroAddress());
        Transaction memory transaction;
        bytes32 txId = _decode(transaction, body);
        InFlightExit exit = _requireUndecided(txId, terms);
        require(piece < 2 * FIRST_OUTPUT_PIECE && exit.has(1 << piece), Pieces.PieceUnavailable(piece));
        Spend memory shown;
        if (piece < FIRST_OUTPUT_PIECE) {
            _requireSpendOfInput(shown, spend, txId, transaction, piece);
        } else {
            uint8 outputIndex = uint8(piece - FIRST_OUTPUT_PIECE);
            Output memory output = transaction.outputs[outputIndex];
            if (output.condition == 0) {
                _requireSpendOfOutput(shown, spend, txId, terms, output, outputIndex);
            } else {
                // One that stands in a block leaves with what spends it (R18).
                _requireIncluded(spend, txId, terms);
                shown.txId = txId;
            }
        }
        _inFlight[txId] = exit.remove(1 << piece);
        emit PiggybackChallenged(txId, shown.txId, piece, beneficiary);
        _payReward(beneficiary, terms.bond());
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

    /// @dev T stands in a block as R9 asks.
    function _requireIncluded(
        bytes calldata inclusion,
        bytes32 txId,
        InFlightTerms calldata terms
    ) private view returns (Inclusion memory shown) {
        uint256 end = BlockInclusion.readInclusion(shown, TransactionCodec.start(inclusion));
        require(end == TransactionCodec.start(inclusion) + inclusion.length, SpendProof.ProofMalformed());
        BlockInclusion.requireIncluded(_blockHashes, shown, txId);
        BlockInclusion.requireMet(terms.needs(), shown);
        BlockInclusion.requireRegistered(terms.registered(), shown);
    }

    /// @dev R7 for an input of T, which the start has proven at the position that T signs.
    function _requireSpendOfInput(
        Spend memory spend,
        bytes calldata shown,
        bytes32 txId,
        Transaction memory transaction,
        uint256 inputIndex
    ) private view {
        _requireSpend(spend, shown);
        (Position proven, bytes32 outputId) = TransactionCodec.inputAt(transaction, inputIndex);
        require(spend.txId != txId && spend.outputId == outputId, NotACompetitor(spend.txId));
        if (Position.unwrap(spend.position) != Position.unwrap(proven)) _requireCreatedAt(spend);
    }

    /// @dev R7 for an output of T: the spend shows T included at the position that it signs. Its source is T's inclusion, without the
    /// body.
    function _requireSpendOfOutput(
        Spend memory spend,
        bytes calldata shown,
        bytes32 txId,
        InFlightTerms calldata terms,
        Output memory output,
        uint8 outputIndex
    ) private view {
        _requireSpend(spend, shown);
        require(spend.outputId == OutputId.compute(txId, outputIndex, output), NotACompetitor(spend.txId));
        Inclusion memory inclusion = _requireIncluded(
            TransactionCodec.slice(spend.source, spend.end),
            txId,
            terms
        );
        _requireAt(spend.position, inclusion, outputIndex);
    }

    /// @dev R10: whether T is the spender of all its inputs already.
    function _isSpentBy(bytes32 txId, Transaction memory transaction) private view returns (bool) {
        bytes32 flag = OutputFlags.spentBy(txId);
        for (uint256 i = 0; i < transaction.inputCount; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(transaction, i);
            if (_exits.flagOf(outputId) != flag) return false;
        }
        return true;
    }

    /// @dev What T's inputs were, their origins, and the L1 time of the youngest one's block, zero for block zero (R12). Behind the proofs of
    /// the inputs stands the header of that block where none of them shows it: where the youngest is a deposit, and not of block zero.
    function _startedInputs(
        Transaction memory transaction,
        bytes calldata proofs
    ) private view returns (Output[] memory inputs, bytes32[] memory origins, uint256 youngestTime) {
        Position youngest;
        uint256 end;
        (inputs, origins, youngest, youngestTime, end) = _includedInputs(
            transaction,
            TransactionCodec.start(proofs)
        );
        if (youngest.txIndex() >= DEPOSIT_INDEX_BASE && youngest.blockNumber() != 0) {
            BlockHeader memory header;
            BlockInclusion.readHeader(header, end);
            end += BlockInclusion.HEADER_BYTES;
            youngestTime = _timeOf(youngest, header);
        }
        require(end == TransactionCodec.start(proofs) + proofs.length, SpendProof.ProofMalformed());
    }

    /// @dev The L1 time of the block that a deposit was made behind, which must be that with this header.
    function _timeOf(Position deposit, BlockHeader memory header) private view returns (uint256) {
        require(header.number == deposit.blockNumber(), BlockInclusion.BlockUnknown(header.number));
        BlockInclusion.requireCommitted(_blockHashes, header);
        return header.timestamp;
    }

    /// @dev What the ids of T's inputs are the hashes of, one behind the other.
    function _preimagesOf(
        Transaction memory transaction,
        Output[] memory inputs,
        bytes32[] memory origins
    ) private pure returns (bytes memory preimages) {
        preimages = new bytes(OutputId.MAX_PREIMAGE_BYTES * inputs.length);
        uint256 start;
        assembly ("memory-safe") {
            start := add(preimages, 0x20)
        }
        uint256 end = start;
        for (uint256 i = 0; i < inputs.length; ++i) {
            (Position position, ) = TransactionCodec.inputAt(transaction, i);
            end = OutputId.writePreimage(end, origins[i], position.outputIndex(), inputs[i]);
        }
        assembly ("memory-safe") {
            mstore(preimages, sub(end, start))
        }
    }

    /// @dev Makes `pieces` of the caller live and links `entry` in the queues of their tokens (R11).
    /// @param record Of `entry`, linked nowhere.
    /// @param inputs What T's inputs were, at least those in `pieces`.
    function _piggyback(
        InFlightExit exit,
        bytes32 txId,
        bytes32 entry,
        ExitRecord record,
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
            bytes32 outputId = Pieces.idOf(piece, txId, transaction, output);
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
