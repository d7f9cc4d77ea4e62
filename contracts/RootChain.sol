// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {
    EXIT_CHALLENGED,
    EXIT_LIVE,
    EXIT_LIVE_AUTHORIZED,
    EXIT_NONE,
    EXIT_PAID,
    ExitQueue,
    ExitRecord,
    packExit
} from "./libraries/ExitQueue.sol";
import {ExitTiming} from "./libraries/ExitTiming.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {Payout} from "./libraries/Payout.sol";
import {Spend, SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion, MAX_BLOCK_TRANSACTIONS, SealedBlock} from "./types/Block.sol";
import {DEPOSIT_INDEX_BASE, Position, depositPosition, positionOf} from "./types/Position.sol";
import {ETH, FeeClaim, Output, Transaction} from "./types/Transaction.sol";

/// @notice The one contract that is deployed; see IRootChain for what each function promises.
contract RootChain is IRootChain, EIP712, Ownable2Step, ReentrancyGuardTransient {
    using ExitQueue for ExitQueue.State;

    /// @dev One slot: every commit writes `newest`.
    struct Chain {
        address operator;
        uint64 newest;
    }

    /// @dev One slot per token. `depositCount` counts the deposits of all tokens and is used in ETH's pot only, so that an
    /// ETH deposit writes one slot for both.
    struct Pot {
        uint128 balance;
        uint32 depositCount;
        bool closed;
    }

    /// @dev Deadlines only grow, so an authorisation is used once (R30).
    struct AuthorizedStart {
        address bondOwner;
        uint40 deadline;
    }

    /// Most blocks in one commit: 256 x 30,000 gas stays below the 16.7M of one transaction (EIP-7825).
    uint256 private constant MAX_BLOCKS_PER_CALL = 256;

    /// Gas of the most expensive legal challenge: 8 inputs of 8 owners, 8 outputs with every field set, two paths of 20 levels;
    /// `npm run gas` holds it below 256,000, and a quarter is on top (R27).
    uint256 private constant CHALLENGE_GAS = 320_000;

    /// A bond is priced at no less than this, in wei per gas.
    uint256 private constant MIN_BOND_GAS_PRICE = 20 gwei;

    /// A bond is worth the worst challenge at this multiple of the current base fee, and at most this multiple is taken.
    uint256 private constant BOND_FACTOR = 4;

    /// Bytes of one opening in `processExits`.
    uint256 private constant OPENING_BYTES = 69;

    /// Bytes of an authorisation: starter 20 | deadline 5 | signature 64.
    uint256 private constant AUTHORIZATION_BYTES = 89;

    bytes32 private constant EXIT_AUTHORIZATION_TYPEHASH =
        keccak256("ExitAuthorization(uint104 position,bytes32 outputId,address starter,uint40 deadline)");

    uint256 public immutable minExitPeriod;

    Chain private _chain;
    mapping(uint256 number => bytes32) public blockHashes;
    mapping(uint256 index => bytes32) public depositHashes;
    mapping(address token => Pot) private _pots;
    ExitQueue.State private _exits;
    mapping(bytes32 outputId => AuthorizedStart) public authorizedStart;
    mapping(address account => mapping(address token => uint256)) public credit;

    /// @param initialOperator Commits blocks.
    /// @param minExitPeriod_ How long every exit is open to challenge, in seconds.
    /// @param initialOwner May rotate the operator's key.
    constructor(
        address initialOperator,
        uint256 minExitPeriod_,
        address initialOwner
    ) EIP712("Plasma", "1") Ownable(initialOwner) {
        require(minExitPeriod_ != 0 && minExitPeriod_ <= 365 days, InvalidExitPeriod(minExitPeriod_));
        minExitPeriod = minExitPeriod_;
        _setOperator(initialOperator);
    }

    // ---------------------------------------------------------------- deposits

    /// @inheritdoc IRootChain
    function deposit(address recipient, uint64 newestSeen) external payable nonReentrant {
        _recordDeposit(ETH, recipient, msg.value, newestSeen);
    }

    /// @inheritdoc IRootChain
    function depositERC20(
        address token,
        uint256 amount,
        address recipient,
        uint64 newestSeen
    ) external nonReentrant {
        _depositERC20(token, amount, recipient, newestSeen);
    }

    /// @inheritdoc IRootChain
    function depositERC20WithPermit(
        address token,
        uint256 amount,
        address recipient,
        uint64 newestSeen,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _depositERC20(token, amount, recipient, newestSeen);
    }

    function _depositERC20(address token, uint256 amount, address recipient, uint64 newestSeen) private {
        require(token != ETH, ZeroAddress());
        uint256 before = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        _recordDeposit(token, recipient, IERC20(token).balanceOf(address(this)) - before, newestSeen);
    }

    function _recordDeposit(address token, address recipient, uint256 amount, uint64 newestSeen) private {
        require(recipient != address(0), ZeroAddress());
        require(amount != 0 && amount <= type(uint128).max, InvalidDeposit(amount));
        uint64 newest = _chain.newest;
        require(newest <= newestSeen, NewerBlock(newest));
        Pot memory ethPot = _pots[ETH];
        uint32 index = ethPot.depositCount++;
        require(index < DEPOSIT_INDEX_BASE, DepositLaneFull());
        if (token == ETH) {
            _addTo(ethPot, token, amount);
        } else {
            Pot memory tokenPot = _pots[token];
            _addTo(tokenPot, token, amount);
            _pots[token] = tokenPot;
        }
        _pots[ETH] = ethPot;
        depositHashes[index] = OutputId.chainDeposit(
            index == 0 ? bytes32(0) : depositHashes[index - 1],
            OutputId.compute(OutputId.depositOrigin(index, newest), 0, recipient, token, amount, 0)
        );
        emit Deposited(index, recipient, token, amount, newest);
    }

    function _addTo(Pot memory tokenPot, address token, uint256 amount) private pure {
        require(!tokenPot.closed, TokenClosed(token));
        tokenPot.balance += uint128(amount);
    }

    // ---------------------------------------------------------------- blocks

    /// @inheritdoc IRootChain
    function submitBlocks(
        BlockHeader calldata parent,
        SealedBlock[] calldata blocks,
        bytes32 depositHash
    ) external nonReentrant {
        require(msg.sender == _chain.operator, NotOperator(msg.sender));
        require(blocks.length != 0 && blocks.length <= MAX_BLOCKS_PER_CALL, InvalidBatch(blocks.length));
        BlockHeader memory header = parent;
        bytes32 parentHash = _requireNewest(header, _chain.newest);
        for (uint256 i = 0; i < blocks.length; ++i) {
            _advance(header, parentHash, blocks[i]);
            parentHash = BlockInclusion.hash(header);
            blockHashes[header.number] = parentHash;
            emit BlockSubmitted(header.number, header.root, header.txCount, header.sealedAt, header.depositCount);
        }
        require(header.depositHash == depositHash, DepositsMismatch(header.number, header.depositCount));
        _chain.newest = header.number;
    }

    /// @dev The block before the first has hash zero and no fields.
    function _requireNewest(BlockHeader memory parent, uint64 newest) private view returns (bytes32 parentHash) {
        bytes32 shown = BlockInclusion.hash(parent);
        if (newest == 0) {
            BlockHeader memory genesis;
            require(shown == BlockInclusion.hash(genesis), ParentMismatch(newest));
        } else {
            require(blockHashes[newest] == shown, ParentMismatch(newest));
            parentHash = shown;
        }
    }

    /// @dev Turns `header` from that of the parent into that of `sealedBlock` behind it (R3), if its number, count, time and
    /// deposits are in order.
    function _advance(BlockHeader memory header, bytes32 parentHash, SealedBlock calldata sealedBlock) private view {
        uint256 number = sealedBlock.number;
        bytes32 root = sealedBlock.root;
        uint256 txCount = sealedBlock.txCount;
        uint256 sealedAt = sealedBlock.sealedAt;
        uint256 deposits = sealedBlock.depositCount;
        // Not `require`, which computes what its error shows even where it holds.
        if (number != uint256(header.number) + 1) revert UnexpectedBlock(header.number + 1, sealedBlock.number);
        if (txCount > MAX_BLOCK_TRANSACTIONS || (txCount == 0 && root != 0))
            revert InvalidTransactionCount(sealedBlock.number, sealedBlock.txCount);
        if (sealedAt < header.sealedAt || sealedAt > block.timestamp)
            revert InvalidSealTime(sealedBlock.number, sealedBlock.sealedAt);
        if (deposits != header.depositCount) {
            // Records beyond the deposits made are zero, so no count is read.
            bytes32 record = deposits < header.depositCount ? bytes32(0) : depositHashes[deposits - 1];
            if (record == 0) revert DepositsMismatch(sealedBlock.number, sealedBlock.depositCount);
            header.depositCount = uint32(deposits);
            header.depositHash = record;
        }
        header.number = uint64(number);
        header.parentHash = parentHash;
        header.root = root;
        header.txCount = uint32(txCount);
        header.timestamp = uint40(block.timestamp);
        header.sealedAt = uint40(sealedAt);
    }

    /// @inheritdoc IRootChain
    function setOperator(address newOperator) external onlyOwner nonReentrant {
        _setOperator(newOperator);
    }

    function _setOperator(address newOperator) private {
        require(newOperator != address(0), ZeroAddress());
        address previous = _chain.operator;
        _chain.operator = newOperator;
        emit OperatorChanged(previous, newOperator);
    }

    // ---------------------------------------------------------------- standard exits

    /// @inheritdoc IRootChain
    function startDepositExit(
        uint32 index,
        uint64 newestBlock_,
        bytes32 previousDepositHash,
        Output calldata output,
        Hint calldata hint,
        bytes calldata authorization
    ) external payable nonReentrant {
        bytes32 originId = OutputId.depositOrigin(index, newestBlock_);
        bytes32 outputId = OutputId.compute(originId, 0, output);
        require(
            depositHashes[index] == OutputId.chainDeposit(previousDepositHash, outputId),
            DepositUnknown(index)
        );
        _startExit(
            outputId,
            originId,
            depositPosition(index, newestBlock_),
            ExitTiming.depositExitableAt(block.timestamp, minExitPeriod),
            output,
            hint,
            authorization
        );
    }

    /// @inheritdoc IRootChain
    function startExit(
        bytes calldata body,
        uint8 outputIndex,
        Inclusion calldata inclusion,
        Hint calldata hint,
        bytes calldata authorization
    ) external payable nonReentrant {
        (bytes32 originId, Output memory output) = _includedOutput(body, outputIndex, inclusion);
        bytes32 outputId = OutputId.compute(originId, outputIndex, output);
        require(output.condition == 0, ConditionalOutput(outputId));
        _startExit(
            outputId,
            originId,
            positionOf(inclusion.header.number, inclusion.txIndex, outputIndex),
            ExitTiming.exitableAt(inclusion.header.timestamp, block.timestamp, minExitPeriod),
            output,
            hint,
            authorization
        );
    }

    function _startExit(
        bytes32 outputId,
        bytes32 originId,
        Position position,
        uint40 exitableAt,
        Output memory output,
        Hint calldata hint,
        bytes calldata authorization
    ) private {
        uint8 state = _exits.records[outputId].state();
        require(state == EXIT_NONE, ExitExists(outputId, state));
        uint256 minimum = minimumBond(block.basefee);
        require(msg.value >= minimum && msg.value <= BOND_FACTOR * minimum, BondOutOfRange(msg.value, minimum));
        uint96 bond = SafeCast.toUint96(msg.value);
        bool byOwner = authorization.length == 0 && msg.sender == output.owner;
        if (!byOwner) _useAuthorization(outputId, position, output.owner, authorization);
        _exits.insert(
            output.token,
            outputId,
            packExit(byOwner ? EXIT_LIVE : EXIT_LIVE_AUTHORIZED, bond, exitableAt, position),
            hint.entries,
            hint.walkLimit
        );
        emit ExitStarted(
            outputId,
            output.owner,
            output.token,
            output.amount,
            position,
            originId,
            exitableAt,
            bond,
            msg.sender
        );
    }

    /// @dev R30: by the owner, for this output, this caller and a later deadline than any before.
    function _useAuthorization(
        bytes32 outputId,
        Position position,
        address owner,
        bytes calldata authorization
    ) private {
        require(authorization.length == AUTHORIZATION_BYTES, NotAuthorized(outputId, msg.sender));
        address starter = address(bytes20(authorization[0:20]));
        uint40 deadline = uint40(bytes5(authorization[20:25]));
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(EXIT_AUTHORIZATION_TYPEHASH, position, outputId, starter, deadline))
        );
        (address signer, , ) = ECDSA.tryRecover(digest, bytes32(authorization[25:57]), bytes32(authorization[57:89]));
        AuthorizedStart storage last = authorizedStart[outputId];
        require(
            signer == owner &&
                signer != address(0) &&
                (starter == address(0) || starter == msg.sender) &&
                block.timestamp <= deadline &&
                deadline > last.deadline,
            NotAuthorized(outputId, msg.sender)
        );
        last.bondOwner = msg.sender;
        last.deadline = deadline;
    }

    /// @inheritdoc IRootChain
    function challengeExit(Spend calldata spend, address beneficiary) external nonReentrant {
        require(beneficiary != address(0), ZeroAddress());
        bytes calldata body = spend.body;
        (Transaction memory transaction, bytes32 structHash) = TransactionCodec.decodeTransaction(body);
        bytes32 spendId = _hashTypedDataV4(structHash);
        SpendProof.requireComplete(spend, body, transaction, spendId);
        SpendProof.requireLive(blockHashes, spend, body, transaction, spendId);

        (Position position, bytes32 outputId) = TransactionCodec.inputAt(body, spend.inputIndex);
        ExitRecord record = _exits.records[outputId];
        require(record.isLive(), ExitNotLive(outputId));
        if (Position.unwrap(position) != Position.unwrap(record.position())) _requireCreatedAt(position, spend);

        // A relayer cannot starve the payment into a credit (R22).
        require(gasleft() >= Payout.gasNeeded(ETH), InsufficientGas());
        // The entry stays linked, so a challenge needs no hint; whoever processes the queue drops it.
        _exits.records[outputId] = packExit(EXIT_CHALLENGED, 0, record.exitableAt(), record.position());
        emit ExitChallenged(outputId, spendId, beneficiary, record.bond());
        _payOrCredit(ETH, beneficiary, record.bond());
    }

    /// @dev R7: the output is included at the position that the spend signs, shown where the exit did not prove it.
    function _requireCreatedAt(Position position, Spend calldata spend) private view {
        require(spend.source.length == 1, SourceMismatch(position));
        Inclusion calldata inclusion = spend.source[0].inclusion;
        uint8 outputIndex = spend.preimages[spend.inputIndex].outputIndex;
        (bytes32 originId, ) = _includedOutput(spend.source[0].body, outputIndex, inclusion);
        Position created = positionOf(inclusion.header.number, inclusion.txIndex, outputIndex);
        require(
            originId == spend.preimages[spend.inputIndex].originId &&
                Position.unwrap(created) == Position.unwrap(position),
            SourceMismatch(position)
        );
    }

    /// @dev The output of an included transaction (R9), or of a fee claim in its own block (R5).
    function _includedOutput(
        bytes calldata body,
        uint8 outputIndex,
        Inclusion calldata inclusion
    ) private view returns (bytes32 originId, Output memory output) {
        if (body.length != 0 && uint8(body[0]) == TransactionCodec.TYPE_FEE_CLAIM) {
            FeeClaim memory claim = TransactionCodec.decodeFeeClaim(body);
            require(outputIndex == 0 && claim.blockNumber == inclusion.header.number, FeeClaimMisplaced());
            originId = _hashTypedDataV4(TransactionCodec.structHash(claim));
            BlockInclusion.requireIncluded(blockHashes, inclusion, originId, BlockInclusion.EMPTY_WITNESS_HASH);
            output = Output(claim.owner, claim.token, claim.amount, 0);
        } else {
            (Transaction memory transaction, bytes32 structHash) = TransactionCodec.decodeTransaction(body);
            require(outputIndex < transaction.outputs.length, OutputIndexOutOfRange(outputIndex));
            originId = _hashTypedDataV4(structHash);
            BlockInclusion.requireIncluded(blockHashes, inclusion, originId, inclusion.witnessHash);
            BlockInclusion.requireInOrder(body, transaction, inclusion);
            output = transaction.outputs[outputIndex];
        }
    }

    /// @inheritdoc IRootChain
    function processExits(
        address token,
        uint256 max,
        bytes calldata openings
    ) external nonReentrant returns (uint256 processed) {
        mapping(bytes32 => bytes32) storage next = _exits.next[token];
        Pot storage tokenPot = _pots[token];
        uint128 balance = tokenPot.balance;
        bytes32 head = next[ExitQueue.SENTINEL];
        uint256 offset = 0;
        uint256 gasForOne = Payout.gasNeeded(token) + Payout.gasNeeded(ETH);
        while (processed < max && head > ExitQueue.SENTINEL) {
            ExitRecord record = _exits.records[head];
            bool live = record.isLive();
            Opening memory opening;
            if (live) {
                if (record.exitableAt() >= block.timestamp) break;
                (opening, offset) = _findOpening(token, head, openings, offset, gasForOne);
            }
            if (gasleft() < gasForOne) {
                require(processed != 0, InsufficientGas());
                break;
            }
            if (live) {
                if (opening.owner == address(0)) break;
                _exits.records[head] = packExit(EXIT_PAID, 0, 0, record.position());
                uint128 paid = opening.amount;
                if (paid > balance) {
                    emit Shortfall(token, head, paid - balance);
                    tokenPot.closed = true;
                    paid = balance;
                }
                balance -= paid;
                emit ExitProcessed(head, opening.owner, token, paid);
                _payOut(token, head, record, opening.owner, paid);
            } else {
                _exits.records[head] = ExitRecord.wrap(0);
                emit ExitDropped(head);
            }
            bytes32 following = next[head];
            delete next[head];
            head = following;
            ++processed;
        }
        // Payments were made with the lock held, so nothing else has seen or changed the pot or the queue meanwhile.
        if (processed != 0) {
            next[ExitQueue.SENTINEL] = head;
            tokenPot.balance = balance;
        }
    }

    /// @dev What an output id of a plain output commits to beside the token.
    struct Opening {
        address owner;
        uint128 amount;
    }

    /// @dev The first opening at or behind `offset` that opens `id`; others are skipped (R26), while more than `minimumGas` is
    /// left, so that no number of them fails the call. Owner zero where there is none.
    function _findOpening(
        address token,
        bytes32 id,
        bytes calldata openings,
        uint256 offset,
        uint256 minimumGas
    ) private view returns (Opening memory opening, uint256) {
        // An offset into calldata does not overflow.
        unchecked {
            while (offset + OPENING_BYTES <= openings.length && gasleft() > minimumGas) {
                bytes calldata packed = openings[offset:offset + OPENING_BYTES];
                offset += OPENING_BYTES;
                address owner = address(bytes20(packed[33:53]));
                uint128 amount = uint128(bytes16(packed[53:69]));
                if (OutputId.compute(bytes32(packed[0:32]), uint8(packed[32]), owner, token, amount, 0) == id)
                    return (Opening(owner, amount), offset);
            }
        }
        return (opening, offset);
    }

    /// @dev The money goes to the owner, the bond to who paid it; in one transfer where that is the same.
    function _payOut(address token, bytes32 outputId, ExitRecord record, address owner, uint256 amount) private {
        uint256 bond = record.bond();
        address bondOwner = record.state() == EXIT_LIVE ? owner : authorizedStart[outputId].bondOwner;
        if (token == ETH && bondOwner == owner) {
            _payOrCredit(ETH, owner, amount + bond);
        } else {
            _payOrCredit(token, owner, amount);
            _payOrCredit(ETH, bondOwner, bond);
        }
    }

    /// @dev A payment that fails becomes a credit; it never stops the caller (R22).
    function _payOrCredit(address token, address to, uint256 amount) private {
        if (amount == 0 || Payout.send(token, to, amount)) return;
        credit[to][token] += amount;
        emit Credited(to, token, amount);
    }

    /// @inheritdoc IRootChain
    function withdraw(address account, address token, address to) external nonReentrant {
        require(msg.sender == account || to == account, NotAuthorized(bytes32(0), msg.sender));
        require(to != address(0), ZeroAddress());
        uint256 amount = credit[account][token];
        require(amount != 0, NothingToWithdraw(account, token));
        delete credit[account][token];
        emit Withdrawn(account, token, to, amount);
        if (token == ETH) Address.sendValue(payable(to), amount);
        else SafeERC20.safeTransfer(IERC20(token), to, amount);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IRootChain
    function operator() external view returns (address) {
        return _chain.operator;
    }

    /// @inheritdoc IRootChain
    function newestBlock() external view returns (uint64) {
        return _chain.newest;
    }

    /// @inheritdoc IRootChain
    function depositCount() external view returns (uint32) {
        return _pots[ETH].depositCount;
    }

    /// @inheritdoc IRootChain
    function pot(address token) external view returns (uint128 balance, bool closed) {
        return (_pots[token].balance, _pots[token].closed);
    }

    /// @inheritdoc IRootChain
    function exitOf(bytes32 outputId) external view returns (Exit memory) {
        ExitRecord record = _exits.records[outputId];
        return Exit(record.state(), record.bond(), record.exitableAt(), record.position());
    }

    /// @inheritdoc IRootChain
    function nextExit(address token, bytes32 outputId) external view returns (bytes32) {
        return _exits.next[token][outputId];
    }

    /// @inheritdoc IRootChain
    function findHint(
        address token,
        uint40 exitableAt,
        Position position,
        bytes32 from,
        uint256 steps
    ) external view returns (bytes32 hint, bool found) {
        return _exits.findHint(token, packExit(0, 0, exitableAt, position).orderKey(), from, steps);
    }

    /// @inheritdoc IRootChain
    function minimumBond(uint256 baseFee) public pure returns (uint256) {
        return CHALLENGE_GAS * Math.max(BOND_FACTOR * baseFee, MIN_BOND_GAS_PRICE);
    }

    /// @inheritdoc IRootChain
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }
}
