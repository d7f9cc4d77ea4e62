// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RootChainBase} from "./RootChainBase.sol";
import {IExitProcessor} from "./interfaces/IExitProcessor.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {ExitTiming} from "./libraries/ExitTiming.sol";
import {OutputFlags} from "./libraries/OutputFlags.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {Spend, SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {Inclusion} from "./types/Block.sol";
import {
    EXIT_IN_FLIGHT,
    EXIT_IN_FLIGHT_DEAD,
    EXIT_NONE,
    ExitRecord,
    packExit
} from "./types/ExitRecord.sol";
import {
    CONTESTED,
    Contest,
    DECIDED,
    FIRST_OUTPUT_PIECE,
    IN_NO_BLOCK,
    INPUT_PIECES,
    InFlightExit,
    InFlightTerms,
    SETTLED,
    openInFlightExit,
    placeOf
} from "./types/InFlightExit.sol";
import {DEPOSIT_INDEX_BASE, Position, depositPosition, positionOf} from "./types/Position.sol";
import {Output, OutputPreimage, Transaction} from "./types/Transaction.sol";

/// @notice The game of in-flight exits up to its verdict, which is given in processing.
abstract contract InFlightExits is IExitProcessor, RootChainBase {
    using ExitQueue for ExitQueue.State;
    using OutputFlags for ExitQueue.State;

    /// @inheritdoc IExitProcessor
    function startInFlightExit(
        bytes calldata body,
        bytes calldata witness,
        OutputPreimage[] calldata inputs,
        InputProof[] calldata proofs,
        uint16 pieces,
        IRootChain.Hint calldata hint
    ) external payable nonReentrant {
        (Transaction memory transaction, bytes32 txId) = _decode(body);
        require(InFlightExit.unwrap(_inFlight[txId]) == 0, InFlightExitExists(txId));
        require(transaction.validAfter <= block.timestamp, NotYetValid(transaction.validAfter));
        SpendProof.requireComplete(body, witness, inputs, transaction, txId);

        uint256 bonds = 1 + _count(pieces);
        uint256 bond = msg.value / bonds;
        require(bond * bonds == msg.value, BondMismatch(msg.value, bonds));
        _requireBond(bond);

        (Position youngest, uint256 youngestTime) = _requireInputsIncluded(body, inputs, proofs);
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
            _hash(terms),
            (settled ? SETTLED : 0) | (contested ? CONTESTED : 0)
        );
        emit InFlightExitStarted(txId, terms, contested, settled, body, witness, inputs);
        _inFlight[txId] = pieces == 0
            ? opened
            : _piggyback(opened, txId, terms, body, transaction, pieces, inputs, hint);
    }

    /// @inheritdoc IExitProcessor
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
        require(pieces != 0, PieceUnavailable(0));
        uint256 bonds = _count(pieces);
        require(msg.value == bonds * terms.bond, BondMismatch(msg.value, bonds));
        if (pieces & INPUT_PIECES != 0) {
            require(inputs.length == transaction.inputCount, SpendProof.PreimageMismatch(inputs.length));
            for (uint256 i = 0; i < inputs.length; ++i) _requireInput(body, i, inputs[i]);
        }
        _inFlight[txId] = _piggyback(exit, txId, terms, body, transaction, pieces, inputs, hint);
    }

    /// @inheritdoc IExitProcessor
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
        require(inputIndex < transaction.inputCount, PieceUnavailable(inputIndex));
        bytes32 competitorId = _requireSpendOfInput(competitor, txId, body, inputIndex);
        uint96 place = IN_NO_BLOCK;
        if (competitor.inclusion.length != 0) {
            Inclusion calldata inclusion = competitor.inclusion[0];
            place = placeOf(positionOf(inclusion.header.number, inclusion.txIndex, 0));
        }

        Contest storage contest = _contests[txId];
        bool standing = exit.has(CONTESTED) || contest.bondOwner != address(0);
        uint96 oldest = _oldest(contest);
        require(!standing || place < oldest, NotOlder(oldest));
        _inFlight[txId] = exit.add(CONTESTED);
        contest.oldest = place;
        contest.bondOwner = beneficiary;
        emit NonCanonicalChallenged(txId, competitorId, place, beneficiary);
    }

    /// @inheritdoc IExitProcessor
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

        Contest storage contest = _contests[txId];
        uint96 place = placeOf(positionOf(inclusion.header.number, inclusion.txIndex, 0));
        uint96 oldest = _oldest(contest);
        require(place < oldest, NotOlder(oldest));
        _inFlight[txId] = exit.remove(CONTESTED);
        contest.oldest = place;
        contest.bondOwner = beneficiary;
        emit NonCanonicalResponded(txId, place, beneficiary);
    }

    /// @inheritdoc IExitProcessor
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
        require(piece < 2 * FIRST_OUTPUT_PIECE && exit.has(1 << piece), PieceUnavailable(piece));
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

    /// @inheritdoc IExitProcessor
    function deleteInFlightExit(bytes32 txId, InFlightTerms calldata terms) external nonReentrant {
        InFlightExit exit = _requireUndecided(txId, terms);
        uint256 ends = _phaseOneEnds(terms);
        require(block.timestamp >= ends, WrongPhase(ends));
        require(exit.pieces() == 0, PiecesLive(exit.pieces()));
        bytes32 entry = _entryOf(txId, terms);
        ExitRecord record = _exits.records[entry];
        if (record.state() != EXIT_NONE) _exits.records[entry] = record.withState(EXIT_IN_FLIGHT_DEAD, record.bond());
        address bondOwner = _bondOwner(txId, terms);
        _close(txId);
        emit InFlightExitDeleted(txId, bondOwner, terms.bond);
        _payReward(bondOwner, terms.bond);
    }

    /// @inheritdoc IExitProcessor
    function inFlightExitOf(bytes32 txId) external view returns (uint256 word, uint96 oldest, address bondOwner) {
        Contest storage contest = _contests[txId];
        return (InFlightExit.unwrap(_inFlight[txId]), contest.oldest, contest.bondOwner);
    }

    /// @inheritdoc IExitProcessor
    function flagOf(bytes32 outputId) external view returns (bytes32) {
        return _exits.flagOf(outputId);
    }

    // ---------------------------------------------------------------- what processing shares

    function _decode(bytes calldata body) internal view returns (Transaction memory transaction, bytes32 txId) {
        bytes32 structHash;
        (transaction, structHash) = TransactionCodec.decodeTransaction(body);
        txId = _hashTypedDataV4(structHash);
    }

    function _hash(InFlightTerms memory terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @dev The id of the entries of an in-flight exit, one in the queue of each token (R14).
    function _entryOf(bytes32 txId, InFlightTerms memory terms) internal pure returns (bytes32) {
        return keccak256(abi.encode("plasma.ife", txId, uint256(terms.startedAt)));
    }

    function _bondOwner(bytes32 txId, InFlightTerms memory terms) internal view returns (address) {
        address owner = _contests[txId].bondOwner;
        return owner == address(0) ? terms.starter : owner;
    }

    /// @dev Forgets IFE(T); what it finalised stays flagged.
    function _close(bytes32 txId) internal {
        _inFlight[txId] = InFlightExit.wrap(0);
        delete _contests[txId];
    }

    function _requireInput(bytes calldata body, uint256 index, OutputPreimage calldata preimage) internal pure {
        (, bytes32 outputId) = TransactionCodec.inputAt(body, index);
        require(OutputId.compute(preimage) == outputId, SpendProof.PreimageMismatch(index));
    }

    function _count(uint256 pieces) internal pure returns (uint256 count) {
        for (; pieces != 0; pieces &= pieces - 1) ++count;
    }

    // ---------------------------------------------------------------- private

    /// @dev An output in no block that was never contested is as old as nothing: anything stands above it. Once something
    /// stands, only what is older does.
    function _oldest(Contest storage contest) private view returns (uint96) {
        return contest.bondOwner == address(0) ? IN_NO_BLOCK : contest.oldest;
    }

    function _requireOpen(bytes32 txId, InFlightTerms calldata terms) private view returns (InFlightExit exit) {
        exit = _inFlight[txId];
        require(exit.hasTerms(_hash(terms)), InFlightExitUnknown(txId));
    }

    function _requireUndecided(bytes32 txId, InFlightTerms calldata terms) private view returns (InFlightExit exit) {
        exit = _requireOpen(txId, terms);
        require(!exit.has(DECIDED), AlreadyDecided(txId));
    }

    function _phaseOneEnds(InFlightTerms calldata terms) private view returns (uint256) {
        return terms.startedAt + _minExitPeriod / 2;
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

    /// @dev Requires that every input was created at the position which T signs. Returns the youngest, and the L1 time of the block
    /// in its position (R12), zero for block zero.
    function _requireInputsIncluded(
        bytes calldata body,
        OutputPreimage[] calldata inputs,
        InputProof[] calldata proofs
    ) private view returns (Position youngest, uint256 youngestTime) {
        require(proofs.length == inputs.length, InputUnproven(proofs.length));
        uint256 youngestIndex = 0;
        for (uint256 i = 0; i < inputs.length; ++i) {
            (Position position, bytes32 outputId) = TransactionCodec.inputAt(body, i);
            if (position.txIndex() >= DEPOSIT_INDEX_BASE) _requireDeposit(i, position, outputId, inputs[i], proofs[i]);
            else _requireCreated(i, position, outputId, inputs[i], proofs[i]);
            if (Position.unwrap(position) > Position.unwrap(youngest)) (youngest, youngestIndex) = (position, i);
        }
        uint64 number = youngest.blockNumber();
        if (number != 0) {
            Inclusion calldata inclusion = proofs[youngestIndex].inclusion;
            require(
                inclusion.header.number == number &&
                    _blockHashes[number] == BlockInclusion.hashShown(inclusion.header),
                BlockInclusion.BlockUnknown(number)
            );
            youngestTime = inclusion.header.timestamp;
        }
    }

    function _requireDeposit(
        uint256 i,
        Position position,
        bytes32 outputId,
        OutputPreimage calldata preimage,
        InputProof calldata proof
    ) private view {
        uint32 index = position.txIndex() - DEPOSIT_INDEX_BASE;
        require(
            preimage.originId == OutputId.depositOrigin(index, position.blockNumber()) &&
                Position.unwrap(position) == Position.unwrap(depositPosition(index, position.blockNumber())) &&
                _depositHashes[index] == OutputId.chainDeposit(proof.previousDepositHash, outputId),
            InputUnproven(i)
        );
    }

    function _requireCreated(
        uint256 i,
        Position position,
        bytes32 outputId,
        OutputPreimage calldata preimage,
        InputProof calldata proof
    ) private view {
        uint8 outputIndex = preimage.outputIndex;
        (bytes32 originId, Output memory output) = _includedOutput(proof.body, outputIndex, proof.inclusion);
        Position created = positionOf(proof.inclusion.header.number, proof.inclusion.txIndex, outputIndex);
        require(
            Position.unwrap(created) == Position.unwrap(position) &&
                OutputId.compute(originId, outputIndex, output) == outputId,
            InputUnproven(i)
        );
    }

    /// @dev Makes `pieces` of the caller live and links the exit in the queues of their tokens (R11).
    function _piggyback(
        InFlightExit exit,
        bytes32 txId,
        InFlightTerms memory terms,
        bytes calldata body,
        Transaction memory transaction,
        uint256 pieces,
        OutputPreimage[] calldata inputs,
        IRootChain.Hint calldata hint
    ) private returns (InFlightExit) {
        for (uint256 piece = 0; piece < 2 * FIRST_OUTPUT_PIECE; ++piece) {
            if (pieces & (1 << piece) == 0) continue;
            require(!exit.has(1 << piece), PieceUnavailable(piece));
            address owner;
            address token;
            bytes32 outputId;
            if (piece < FIRST_OUTPUT_PIECE) {
                require(piece < transaction.inputCount, PieceUnavailable(piece));
                (, outputId) = TransactionCodec.inputAt(body, piece);
                (owner, token) = (inputs[piece].output.owner, inputs[piece].output.token);
            } else {
                uint256 outputIndex = piece - FIRST_OUTPUT_PIECE;
                require(outputIndex < transaction.outputs.length, PieceUnavailable(piece));
                Output memory output = transaction.outputs[outputIndex];
                outputId = OutputId.compute(txId, outputIndex, output);
                require(output.condition == 0, IRootChain.ConditionalOutput(outputId));
                (owner, token) = (output.owner, output.token);
            }
            require(owner == msg.sender, NotPieceOwner(piece, msg.sender));
            require(_exits.flagOf(outputId) == 0, OutputFinalised(outputId));
            exit = exit.add(1 << piece);
            _link(token, _entryOf(txId, terms), terms, hint);
        }
        emit Piggybacked(txId, msg.sender, uint16(pieces));
        return exit;
    }

    /// @dev Links the exit in the queue of `token`, once.
    function _link(
        address token,
        bytes32 entry,
        InFlightTerms memory terms,
        IRootChain.Hint calldata hint
    ) private {
        if (_exits.next[token][entry] != 0) return;
        uint96 links = _exits.records[entry].bond();
        _exits.insert(
            token,
            entry,
            packExit(EXIT_IN_FLIGHT, links + 1, terms.exitableAt, terms.position),
            hint.entries,
            hint.walkLimit
        );
    }
}
