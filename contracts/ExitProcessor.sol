// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RootChainBase} from "./RootChainBase.sol";
import {IConditions} from "./interfaces/IConditions.sol";
import {IExitProcessor} from "./interfaces/IExitProcessor.sol";
import {IInFlightExits} from "./interfaces/IInFlightExits.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {OutputFlags} from "./libraries/OutputFlags.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {Payout} from "./libraries/Payout.sol";
import {Pieces} from "./libraries/Pieces.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {
    EXIT_FINAL,
    EXIT_IN_FLIGHT,
    EXIT_IN_FLIGHT_DEAD,
    EXIT_LIVE,
    EXIT_NONE,
    EXIT_SPENT,
    ExitRecord,
    packExit
} from "./types/ExitRecord.sol";
import {
    CANONICAL,
    CONTESTED,
    Contest,
    DECIDED,
    FIRST_OUTPUT_PIECE,
    InFlightExit,
    InFlightTerms,
    SHOWN,
    SETTLED,
    entryId,
    hashShownTerms,
    lowestPiece
} from "./types/InFlightExit.sol";
import {Position} from "./types/Position.sol";
import {ETH, Output, Transaction} from "./types/Transaction.sol";

/// @notice Pays the exits of a queue in order, and gives the verdict on in-flight exits. Runs in the storage of the root chain.
contract ExitProcessor is IExitProcessor, RootChainBase {
    using ExitQueue for ExitQueue.State;
    using OutputFlags for ExitQueue.State;

    /// Bytes of the opening of a standard exit.
    uint256 private constant OPENING_BYTES = 69;

    /// What an in-flight entry may need beside its payments: per input two flag slots, and the words of the exit and its entry.
    uint256 private constant VERDICT_GAS_PER_INPUT = 60_000;
    uint256 private constant VERDICT_GAS = 100_000;

    /// @dev What an output id of a plain output commits to beside the token.
    struct Opening {
        address owner;
        uint128 amount;
    }

    /// @dev The EIP-712 domain of the root chain, on the chain that it was deployed on.
    bytes32 private immutable _rootChainDomain;
    uint256 private immutable _deployedOn;

    /// @dev Where a call stands.
    struct Walk {
        address token;
        uint128 balance;
        bytes32 head;
        /// Openings are read forward only.
        uint256 offset;
        uint256 inFlightOffset;
        /// Wei that an account is still to be paid.
        address creditor;
        uint256 owed;
    }

    /// @param rootChainDomain EIP-712 domain separator of the root chain, in whose storage and at whose address the code runs.
    constructor(
        uint256 minExitPeriod_,
        IConditions conditions_,
        bytes32 rootChainDomain
    ) RootChainBase(minExitPeriod_, conditions_) {
        _rootChainDomain = rootChainDomain;
        _deployedOn = block.chainid;
    }

    /// @inheritdoc IExitProcessor
    function processExits(
        address token,
        uint256 max,
        bytes calldata openings,
        InFlightOpening[] calldata inFlight
    ) external nonReentrant returns (uint256 processed) {
        mapping(bytes32 => bytes32) storage next = _exits.next[token];
        Pot storage tokenPot = _pots[token];
        Walk memory walk = Walk(token, tokenPot.balance, next[ExitQueue.SENTINEL], 0, 0, address(0), 0);
        while (processed < max && walk.head > ExitQueue.SENTINEL) {
            ExitRecord record = _exits.records[walk.head];
            bool done;
            if (record.isLive()) done = _processLive(walk, record, openings, processed);
            else if (record.state() == EXIT_IN_FLIGHT) done = _processInFlight(walk, record, inFlight, processed);
            else done = _drop(walk.head, record, processed);
            if (!done) break;
            bytes32 following = next[walk.head];
            delete next[walk.head];
            walk.head = following;
            ++processed;
        }
        // Payments were made with the lock held, so nothing else has seen or changed the pot or the queue meanwhile.
        if (processed != 0) {
            next[ExitQueue.SENTINEL] = walk.head;
            tokenPot.balance = walk.balance;
        }
    }

    /// @inheritdoc IExitProcessor
    function deleteInFlightExit(bytes32 txId, InFlightTerms calldata terms) external nonReentrant {
        InFlightExit exit = _requireUndecided(txId, terms);
        uint256 ends = _phaseOneEnds(terms);
        require(block.timestamp >= ends, IInFlightExits.WrongPhase(ends));
        require(exit.pieces() == 0, PiecesLive(exit.pieces()));
        bytes32 entry = entryId(txId, terms.startedAt());
        ExitRecord record = _exits.records[entry];
        if (record.state() != EXIT_NONE) _exits.records[entry] = record.withState(EXIT_IN_FLIGHT_DEAD, record.bond());
        address bondOwner = _bondOwner(exit, txId, terms);
        _close(exit, txId);
        emit InFlightExitDeleted(txId, bondOwner, terms.bond());
        _payReward(bondOwner, terms.bond());
    }

    /// @inheritdoc IExitProcessor
    function withdraw(address account, address token, address to) external nonReentrant {
        require(msg.sender == account || to == account, IRootChain.NotAuthorized(bytes32(0), msg.sender));
        require(to != address(0), IRootChain.ZeroAddress());
        uint256 amount = _credit[account][token];
        require(amount != 0, NothingToWithdraw(account, token));
        delete _credit[account][token];
        emit Withdrawn(account, token, to, amount);
        if (token == ETH) Address.sendValue(payable(to), amount);
        else SafeERC20.safeTransfer(IERC20(token), to, amount);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IExitProcessor
    function conditions() external view returns (IConditions) {
        return _conditions;
    }

    /// @inheritdoc IExitProcessor
    function credit(address account, address token) external view returns (uint256) {
        return _credit[account][token];
    }

    /// @inheritdoc IExitProcessor
    function exitOf(bytes32 outputId) external view returns (Exit memory) {
        ExitRecord record = _exits.records[outputId];
        uint8 state = record.state();
        if (state == EXIT_SPENT) return Exit(state, 0, 0, Position.wrap(0));
        return Exit(state, record.bond(), record.exitableAt(), record.position());
    }

    /// @inheritdoc IExitProcessor
    function authorizedStart(bytes32 outputId) external view returns (address bondOwner, uint40 deadline) {
        AuthorizedStart storage last = _authorizedStart[outputId];
        return (last.bondOwner, last.deadline);
    }

    /// @inheritdoc IExitProcessor
    function nextExit(address token, bytes32 outputId) external view returns (bytes32) {
        return _exits.next[token][outputId];
    }

    /// @inheritdoc IExitProcessor
    function findHint(
        address token,
        uint40 exitableAt,
        Position position,
        bytes32 from,
        uint256 steps
    ) external view returns (bytes32 hint, bool found) {
        return _exits.findHint(token, packExit(0, 0, exitableAt, position).orderKey(), from, steps);
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

    // ---------------------------------------------------------------- processing

    /// @dev Whether `gas` is left. A call that cannot even do its first entry fails, so that nobody takes it for done (R22).
    function _hasGas(uint256 gas, uint256 processed) private view returns (bool) {
        if (gasleft() >= gas) return true;
        require(processed != 0, IRootChain.InsufficientGas());
        return false;
    }

    // ---------------------------------------------------------------- standard exits

    /// @dev Pays a standard exit, or only returns its bond where an in-flight exit has finalised the output.
    function _processLive(
        Walk memory walk,
        ExitRecord record,
        bytes calldata openings,
        uint256 processed
    ) private returns (bool) {
        if (record.exitableAt() >= block.timestamp) return false;
        uint256 gasForOne = Payout.gasNeeded(walk.token) + Payout.gasNeeded(ETH);
        Opening memory opening = _findOpening(walk, openings, gasForOne);
        if (!_hasGas(gasForOne, processed) || opening.owner == address(0)) return false;
        uint128 paid;
        if (record.isFinal()) {
            _exits.settle(walk.head);
            emit IRootChain.ExitDropped(walk.head);
        } else {
            _exits.records[walk.head] = OutputFlags.recordOf(OutputFlags.PAID);
            paid = _takeFromPot(walk, walk.head, opening.owner, opening.amount);
        }
        bool byOwner = record.state() & ~EXIT_FINAL == EXIT_LIVE;
        _payOut(
            walk.token,
            opening.owner,
            paid,
            byOwner ? opening.owner : _authorizedStart[walk.head].bondOwner,
            record.bond()
        );
        return true;
    }

    /// @dev An entry that was challenged, or whose in-flight exit was deleted.
    function _drop(bytes32 head, ExitRecord record, uint256 processed) private returns (bool) {
        if (!_hasGas(Payout.RESERVE, processed)) return false;
        if (record.state() == EXIT_IN_FLIGHT_DEAD) _unlink(head, record);
        else if (record.isFinal()) _exits.settle(head);
        else _exits.records[head] = ExitRecord.wrap(0);
        emit IRootChain.ExitDropped(head);
        return true;
    }

    /// @dev The first opening at or behind the walk's offset that opens its head; others are skipped (R26) while more than
    /// `minimumGas` is left, so that no number of them fails the call. Owner zero where there is none.
    function _findOpening(
        Walk memory walk,
        bytes calldata openings,
        uint256 minimumGas
    ) private view returns (Opening memory opening) {
        uint256 offset = walk.offset;
        while (offset + OPENING_BYTES <= openings.length && gasleft() > minimumGas) {
            bytes calldata packed = openings[offset:offset + OPENING_BYTES];
            offset += OPENING_BYTES;
            address owner = address(bytes20(packed[33:53]));
            uint128 amount = uint128(bytes16(packed[53:69]));
            if (
                OutputId.compute(bytes32(packed[0:32]), uint8(packed[32]), owner, walk.token, amount, 0) == walk.head
            ) {
                opening = Opening(owner, amount);
                break;
            }
        }
        walk.offset = offset;
    }

    // ---------------------------------------------------------------- in-flight exits

    /// @dev Gives the verdict where it is due and pays the live pieces of the walk's token.
    function _processInFlight(
        Walk memory walk,
        ExitRecord record,
        InFlightOpening[] calldata inFlight,
        uint256 processed
    ) private returns (bool) {
        if (record.exitableAt() >= block.timestamp) return false;
        (uint256 index, Transaction memory transaction, bytes32 txId, InFlightExit exit) = _findInFlight(walk, inFlight);
        if (index == inFlight.length) return false;
        InFlightOpening calldata opening = inFlight[index];
        if (!_hasGas(_gasOf(walk.token, exit, transaction.inputCount), processed)) return false;

        bool decided = exit.has(DECIDED);
        if (!decided && exit.pieces() == 0) {
            _unlink(walk.head, record.withState(EXIT_IN_FLIGHT_DEAD, record.bond()));
            address bondOwner = _bondOwner(exit, txId, opening.terms);
            _close(exit, txId);
            emit InFlightExitDeleted(txId, bondOwner, opening.terms.bond());
            _payOrCredit(ETH, bondOwner, opening.terms.bond());
            return true;
        }
        bool more = _unlink(walk.head, record);
        if (!decided) {
            address bondOwner = _bondOwner(exit, txId, opening.terms);
            bool canonical = _decide(exit, txId, transaction);
            exit = exit.add(canonical ? DECIDED | CANONICAL : DECIDED);
            emit InFlightExitDecided(txId, canonical, bondOwner, opening.terms.bond());
            _owe(walk, bondOwner, opening.terms.bond());
        }
        exit = _payPieces(walk, exit, txId, transaction, opening);
        if (more) {
            _inFlight[txId] = exit;
        } else {
            _close(exit, txId);
            emit InFlightExitEnded(txId);
        }
        _payOwed(walk);
        return true;
    }

    function _bondOwner(
        InFlightExit exit,
        bytes32 txId,
        InFlightTerms calldata terms
    ) internal view returns (address) {
        return exit.has(SHOWN) ? _contests[txId].bondOwner : terms.starter();
    }

    /// @dev Forgets IFE(T); what it finalised stays flagged.
    function _close(InFlightExit exit, bytes32 txId) internal {
        _inFlight[txId] = InFlightExit.wrap(0);
        if (exit.has(SHOWN)) delete _contests[txId];
    }

    /// @dev Takes the entry out of one more queue; its record goes with the last. Returns whether it is linked elsewhere.
    function _unlink(bytes32 entry, ExitRecord record) private returns (bool more) {
        uint96 links = record.bond() - 1;
        more = links != 0;
        _exits.records[entry] = more ? record.withState(record.state(), links) : ExitRecord.wrap(0);
    }

    /// @dev R13: T is canonical where nothing else has finalised an input and it is not contested; then its inputs are spent by
    /// it for ever.
    function _decide(
        InFlightExit exit,
        bytes32 txId,
        Transaction memory transaction
    ) private returns (bool) {
        if (exit.has(SETTLED)) return true;
        if (exit.has(CONTESTED)) return false;
        bytes32 spent = OutputFlags.spentBy(txId);
        for (uint256 i = 0; i < transaction.inputCount; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(transaction, i);
            bytes32 flag = _exits.flagOf(outputId);
            if (flag != 0 && flag != spent) return false;
        }
        for (uint256 i = 0; i < transaction.inputCount; ++i) {
            (, bytes32 outputId) = TransactionCodec.inputAt(transaction, i);
            _exits.finalise(outputId, spent);
        }
        return true;
    }

    /// @dev Pays what the verdict gives to the live pieces of the walk's token, and returns the bonds of them all.
    function _payPieces(
        Walk memory walk,
        InFlightExit exit,
        bytes32 txId,
        Transaction memory transaction,
        InFlightOpening calldata opening
    ) private returns (InFlightExit) {
        uint256 live = exit.pieces();
        Output[] memory inputs = Pieces.open(transaction, live, opening.preimages);
        for (; live != 0; live &= live - 1) {
            uint256 piece = lowestPiece(live);
            Output memory output = piece < FIRST_OUTPUT_PIECE
                ? inputs[piece]
                : transaction.outputs[piece - FIRST_OUTPUT_PIECE];
            if (output.token != walk.token) continue;
            exit = exit.remove(1 << piece);
            uint128 paid;
            if (exit.has(CANONICAL) == (piece >= FIRST_OUTPUT_PIECE)) {
                bytes32 outputId = Pieces.idOf(piece, txId, transaction, output);
                if (_exits.finalise(outputId, OutputFlags.PAID)) {
                    paid = _takeFromPot(walk, outputId, output.owner, output.amount);
                }
            }
            uint256 owed = opening.terms.bond();
            if (walk.token == ETH) owed += paid;
            else _payOrCredit(walk.token, output.owner, paid);
            _owe(walk, output.owner, owed);
        }
        return exit;
    }

    /// @dev The first opening at or behind the walk's offset that opens its head, and what stands open. `index` is their number
    /// where there is none.
    function _findInFlight(
        Walk memory walk,
        InFlightOpening[] calldata inFlight
    ) private view returns (uint256 index, Transaction memory transaction, bytes32 txId, InFlightExit exit) {
        for (index = walk.inFlightOffset; index < inFlight.length; ++index) {
            InFlightOpening calldata opening = inFlight[index];
            Transaction memory shown;
            txId = _decode(shown, opening.body);
            transaction = shown;
            if (entryId(txId, opening.terms.startedAt()) != walk.head) continue;
            exit = _inFlight[txId];
            if (exit.hasTerms(hashShownTerms(opening.terms))) break;
        }
        walk.inFlightOffset = index + 1;
    }

    /// @dev Most gas that an entry may take: nobody can starve one of its payments (R22).
    function _gasOf(address token, InFlightExit exit, uint256 inputCount) private pure returns (uint256) {
        uint256 live = exit.pieces();
        uint256 payable_ = Math.max(Pieces.count(live & 0xff), Pieces.count(live >> FIRST_OUTPUT_PIECE));
        uint256 ethPayments = 1 + Pieces.count(live);
        return
            VERDICT_GAS +
            inputCount *
            VERDICT_GAS_PER_INPUT +
            ethPayments *
            Payout.gasNeeded(ETH) +
            (token == ETH ? 0 : payable_ * Payout.gasNeeded(token));
    }

    // ---------------------------------------------------------------- payments

    /// @dev Takes what an output is worth from the pot, or what is left of it (R23).
    function _takeFromPot(
        Walk memory walk,
        bytes32 outputId,
        address owner,
        uint128 amount
    ) private returns (uint128 paid) {
        paid = amount;
        if (paid > walk.balance) {
            emit IRootChain.Shortfall(walk.token, outputId, paid - walk.balance);
            _pots[walk.token].closed = true;
            paid = walk.balance;
        }
        walk.balance -= paid;
        emit IRootChain.ExitProcessed(outputId, owner, walk.token, paid);
    }

    /// @dev Adds to what `to` is paid next. What one account gets in a row is one transfer.
    function _owe(Walk memory walk, address to, uint256 amount) private {
        if (walk.creditor == to) {
            walk.owed += amount;
        } else {
            _payOwed(walk);
            (walk.creditor, walk.owed) = (to, amount);
        }
    }

    function _payOwed(Walk memory walk) private {
        _payOrCredit(ETH, walk.creditor, walk.owed);
        walk.owed = 0;
    }

    /// @dev The money goes to the owner, the bond to who paid it; in one transfer where that is the same.
    function _payOut(address token, address owner, uint256 amount, address bondOwner, uint256 bond) private {
        if (token == ETH && bondOwner == owner) {
            _payOrCredit(ETH, owner, amount + bond);
        } else {
            _payOrCredit(token, owner, amount);
            _payOrCredit(ETH, bondOwner, bond);
        }
    }

    /// @dev As inherited, which remembers the domain of the address that holds the code only.
    function _hashTypedDataV4(bytes32 structHash) internal view override returns (bytes32) {
        return
            MessageHashUtils.toTypedDataHash(
                block.chainid == _deployedOn ? _rootChainDomain : _domainSeparatorV4(),
                structHash
            );
    }
}
