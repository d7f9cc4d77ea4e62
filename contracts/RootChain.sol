// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Conditions} from "./conditions/Conditions.sol";
import {ExitProcessor} from "./ExitProcessor.sol";
import {InFlightExits} from "./InFlightExits.sol";
import {RootChainBase} from "./RootChainBase.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {ExitTiming} from "./libraries/ExitTiming.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion, MAX_BLOCK_TRANSACTIONS, SealedBlock} from "./types/Block.sol";
import {
    EXIT_CHALLENGED,
    EXIT_FINAL,
    EXIT_LIVE,
    EXIT_LIVE_AUTHORIZED,
    EXIT_NONE,
    ExitRecord,
    packExit
} from "./types/ExitRecord.sol";
import {DEPOSIT_INDEX_BASE, Position, depositPosition, positionOf} from "./types/Position.sol";
import {ETH, Output} from "./types/Transaction.sol";

/// @notice Deposits, blocks and standard exits. It is the one address that users know: in-flight exits and payouts run in its
/// storage, in code that it deploys itself and never changes. See IRootChain and IExitProcessor for what each function promises.
contract RootChain is IRootChain, InFlightExits, Ownable2Step {
    using ExitQueue for ExitQueue.State;

    /// Most blocks in one commit: 256 x 30,000 gas stays below the 16.7M of one transaction (EIP-7825).
    uint256 private constant MAX_BLOCKS_PER_CALL = 256;

    /// Bytes of an authorisation: starter 20 | deadline 5 | signature 64.
    uint256 private constant AUTHORIZATION_BYTES = 89;

    bytes32 private constant EXIT_AUTHORIZATION_TYPEHASH =
        keccak256("ExitAuthorization(uint104 position,bytes32 outputId,address starter,uint40 deadline)");

    ExitProcessor private immutable _exitProcessor;

    /// @param initialOperator Commits blocks.
    /// @param minExitPeriod_ How long every exit is open to challenge, in seconds.
    /// @param initialOwner May rotate the operator's key.
    constructor(
        address initialOperator,
        uint256 minExitPeriod_,
        address initialOwner
    ) RootChainBase(minExitPeriod_, new Conditions()) Ownable(initialOwner) {
        _exitProcessor = new ExitProcessor(minExitPeriod_, _conditions, _domainSeparatorV4());
        _setOperator(initialOperator);
    }

    /// @notice Refuses ETH that no deposit says the owner of.
    receive() external payable {
        revert NotADeposit();
    }

    /// @notice In-flight exits and payouts: what this contract has no function for (IExitProcessor).
    /// @dev OpenZeppelin's Proxy does the same, but copies over memory that the compiler then must not use anywhere in this contract.
    fallback() external payable {
        address processor = address(_exitProcessor);
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), processor, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if success {
                return(data, returndatasize())
            }
            revert(data, returndatasize())
        }
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
        _depositHashes[index] = OutputId.chainDeposit(
            index == 0 ? bytes32(0) : _depositHashes[index - 1],
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
            _blockHashes[header.number] = parentHash;
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
            require(_blockHashes[newest] == shown, ParentMismatch(newest));
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
            bytes32 record = deposits < header.depositCount ? bytes32(0) : _depositHashes[deposits - 1];
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
            _depositHashes[index] == OutputId.chainDeposit(previousDepositHash, outputId),
            DepositUnknown(index)
        );
        _startExit(
            outputId,
            originId,
            depositPosition(index, newestBlock_),
            ExitTiming.depositExitableAt(block.timestamp, _minExitPeriod),
            output,
            hint,
            authorization
        );
    }

    /// @inheritdoc IRootChain
    function startExit(
        bytes calldata proof,
        uint8 outputIndex,
        Hint calldata hint,
        bytes calldata authorization
    ) external payable nonReentrant {
        uint256 cursor = TransactionCodec.start(proof);
        Inclusion memory inclusion;
        (bytes32 originId, Output memory output, uint256 end) = _includedOutput(inclusion, cursor, outputIndex);
        require(end == cursor + proof.length, SpendProof.ProofMalformed());
        bytes32 outputId = OutputId.compute(originId, outputIndex, output);
        require(output.condition == 0, ConditionalOutput(outputId));
        _startExit(
            outputId,
            originId,
            positionOf(inclusion.header.number, inclusion.txIndex, outputIndex),
            ExitTiming.exitableAt(inclusion.header.timestamp, block.timestamp, _minExitPeriod),
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
        _requireBond(msg.value);
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
        AuthorizedStart storage last = _authorizedStart[outputId];
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
    function challengeExit(bytes calldata spend, address beneficiary) external nonReentrant {
        require(beneficiary != address(0), ZeroAddress());
        Spend memory shown;
        _requireSpend(shown, spend);
        bytes32 outputId = shown.outputId;
        ExitRecord record = _exits.records[outputId];
        require(record.isLive(), ExitNotLive(outputId));
        if (Position.unwrap(shown.position) != Position.unwrap(record.position())) _requireCreatedAt(shown);

        // The entry stays linked, so a challenge needs no hint; whoever processes the queue drops it.
        _exits.records[outputId] = record.withState(EXIT_CHALLENGED | (record.state() & EXIT_FINAL), 0);
        emit ExitChallenged(outputId, shown.txId, beneficiary, record.bond());
        _payReward(beneficiary, record.bond());
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IRootChain
    function operator() external view returns (address) {
        return _chain.operator;
    }

    /// @inheritdoc IRootChain
    function minExitPeriod() external view returns (uint256) {
        return _minExitPeriod;
    }

    /// @inheritdoc IRootChain
    function newestBlock() external view returns (uint64) {
        return _chain.newest;
    }

    /// @inheritdoc IRootChain
    function blockHashes(uint256 number) external view returns (bytes32) {
        return _blockHashes[number];
    }

    /// @inheritdoc IRootChain
    function depositCount() external view returns (uint32) {
        return _pots[ETH].depositCount;
    }

    /// @inheritdoc IRootChain
    function depositHashes(uint256 index) external view returns (bytes32) {
        return _depositHashes[index];
    }

    /// @inheritdoc IRootChain
    function pot(address token) external view returns (uint128 balance, bool closed) {
        return (_pots[token].balance, _pots[token].closed);
    }

    /// @inheritdoc IRootChain
    function minimumBond(uint256 baseFee) external pure returns (uint256) {
        return _minimumBond(baseFee);
    }

    /// @inheritdoc IRootChain
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }
}
