// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader, Inclusion, SealedBlock} from "../types/Block.sol";
import {Position} from "../types/Position.sol";
import {Output} from "../types/Transaction.sol";

/// @title Root chain of a More Viable Plasma
/// @notice Takes deposits, keeps one hash per block, and pays out finished exits. Funds leave only through an exit that was
/// open to challenge for the minimum exit period. Amounts are in the token's smallest unit (wei for ETH, which is the zero
/// address); times are L1 timestamps in seconds. R-numbers refer to docs/protocol.md.
interface IRootChain {
    /// @notice Where to link a new exit in its queue: entries to insert behind, best first, and how many entries the caller
    /// pays to walk from there (R25). An entry a little too early costs a few steps; one that is gone is skipped.
    struct Hint {
        bytes32[] entries;
        uint256 walkLimit;
    }

    // ---------------------------------------------------------------- events

    /// @notice The `index`-th deposit was recorded behind block `newestBlock`; `amount` is what arrived.
    event Deposited(
        uint256 indexed index,
        address indexed owner,
        address indexed token,
        uint256 amount,
        uint256 newestBlock
    );

    /// @notice A block was committed. The other fields of its header follow: `timestamp` is that of this L1 block, and the two
    /// hashes are those of the block before and of the first `depositCount` deposits.
    event BlockSubmitted(
        uint64 indexed number,
        bytes32 root,
        uint32 txCount,
        uint40 sealedAt,
        uint32 depositCount
    );

    /// @notice An exit entered the queue of its token. `bondOwner` gets the bond back unless a challenger earns it.
    event ExitStarted(
        bytes32 indexed outputId,
        address indexed owner,
        address indexed token,
        uint128 amount,
        Position position,
        bytes32 originId,
        uint40 exitableAt,
        uint96 bond,
        address bondOwner
    );

    /// @notice An exit was ended by the spend `spendId`; `beneficiary` was paid the bond.
    event ExitChallenged(bytes32 indexed outputId, bytes32 indexed spendId, address beneficiary, uint96 bond);

    /// @notice A challenged exit left its queue; its output may start to exit again.
    event ExitDropped(bytes32 indexed outputId);

    /// @notice An output was finalised; `paid` left the pot for its owner (less than its amount only after a `Shortfall`).
    event ExitProcessed(bytes32 indexed outputId, address indexed owner, address indexed token, uint256 paid);

    /// @notice A payment was refused by its receiver or token and waits to be withdrawn.
    event Credited(address indexed account, address indexed token, uint256 amount);

    /// @notice The pot of `token` could not cover an output. Deposits of this token are refused from now on (R23).
    event Shortfall(address indexed token, bytes32 indexed outputId, uint256 missing);

    /// @notice The operator's key was rotated.
    event OperatorChanged(address indexed previousOperator, address indexed newOperator);

    // ---------------------------------------------------------------- errors

    /// @notice Thrown when an address that must name somebody is zero.
    error ZeroAddress();
    /// @notice Thrown when the minimum exit period is zero or longer than a year.
    error InvalidExitPeriod(uint256 period);
    /// @notice Thrown when a deposit brings nothing, or more than 2^128 - 1.
    error InvalidDeposit(uint256 amount);
    /// @notice Thrown when ETH is sent without a call.
    error NotADeposit();
    /// @notice Thrown when a block newer than the sender had seen is already committed.
    error NewerBlock(uint64 newestBlock);
    /// @notice Thrown when deposits of this token are refused after a shortfall.
    error TokenClosed(address token);
    /// @notice Thrown when the deposit lane holds its 2^31 deposits.
    error DepositLaneFull();
    /// @notice Thrown when the caller is not the operator.
    error NotOperator(address caller);
    /// @notice Thrown when no block, or more than MAX_BLOCKS_PER_CALL, are submitted in one call.
    error InvalidBatch(uint256 count);
    /// @notice Thrown when the parent shown is not the newest committed block of this chain.
    error ParentMismatch(uint64 newestBlock);
    /// @notice Thrown when block numbers are not consecutive.
    error UnexpectedBlock(uint64 expected, uint64 number);
    /// @notice Thrown when `sealedAt` lies before the parent's or in the future.
    error InvalidSealTime(uint64 number, uint40 sealedAt);
    /// @notice Thrown when a block holds too many transactions, or has a root without any.
    error InvalidTransactionCount(uint64 number, uint32 txCount);
    /// @notice Thrown when a block counts deposits that are not on this chain, or fewer than its parent.
    error DepositsMismatch(uint64 number, uint32 depositCount);
    /// @notice Thrown when the shown deposit is not the recorded one.
    error DepositUnknown(uint32 index);
    /// @notice Thrown when the transaction has no such output.
    error OutputIndexOutOfRange(uint256 outputIndex);
    /// @notice Thrown when a fee claim is shown in another block than its own, or with another output than its only one.
    error FeeClaimMisplaced();
    /// @notice Thrown when a conditional output is exited on its own (R18).
    error ConditionalOutput(bytes32 outputId);
    /// @notice Thrown when an exit of this output is queued or was paid.
    error ExitExists(bytes32 outputId, uint8 state);
    /// @notice Thrown when the caller neither owns the output nor shows a valid authorisation by its owner.
    error NotAuthorized(bytes32 outputId, address caller);
    /// @notice Thrown when the bond sent is below the minimum, or above four times the minimum.
    error BondOutOfRange(uint256 bond, uint256 minimum);
    /// @notice Thrown when there is no live exit of this output.
    error ExitNotLive(bytes32 outputId);
    /// @notice Thrown when the spend signs another position than the exit proved and does not show the output included there.
    error SourceMismatch(Position position);
    /// @notice Thrown when too little gas is left to process even one exit, or to pay the bond of a challenged one (R22).
    error InsufficientGas();

    // ---------------------------------------------------------------- deposits

    /// @notice Deposits the ETH sent for `recipient`.
    /// @param newestSeen The newest block the sender has checked; refused where a newer one is committed, so that nobody
    /// deposits behind a bad block unseen. The largest uint64 for no check.
    function deposit(address recipient, uint64 newestSeen) external payable;

    /// @notice Deposits up to `amount` of an ERC-20 token of the caller for `recipient`. What arrives is what counts.
    function depositERC20(address token, uint256 amount, address recipient, uint64 newestSeen) external;

    /// @notice As `depositERC20`, with the caller's ERC-2612 permit. A permit that fails is ignored where the allowance
    /// suffices (somebody else may have used it first).
    function depositERC20WithPermit(
        address token,
        uint256 amount,
        address recipient,
        uint64 newestSeen,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    // ---------------------------------------------------------------- blocks

    /// @notice Commits sealed blocks behind `parent`, the newest committed block (all fields zero for the first).
    /// @param depositHash Hash of the deposits that the last of them has seen. It is chained over all deposits, so blocks that
    /// were sealed upon deposits which an L1 reorg took away are refused (R4).
    function submitBlocks(BlockHeader calldata parent, SealedBlock[] calldata blocks, bytes32 depositHash) external;

    /// @notice Lets another key commit blocks. The owner can do nothing else.
    function setOperator(address newOperator) external;

    // ---------------------------------------------------------------- standard exits

    /// @notice Starts to exit the `index`-th deposit, made behind block `newestBlock`. msg.value is the bond.
    /// @param previousDepositHash D(index), which the deposit's record extends (R4).
    /// @param authorization Empty where the caller is the owner; else starter 20 | deadline 5 | signature 64 (EIP-2098) of
    /// ExitAuthorization(position, outputId, starter, deadline) by the owner; starter zero lets anyone start (R30).
    function startDepositExit(
        uint32 index,
        uint64 newestBlock,
        bytes32 previousDepositHash,
        Output calldata output,
        Hint calldata hint,
        bytes calldata authorization
    ) external payable;

    /// @notice Starts to exit an output of an included transaction or fee claim. msg.value is the bond.
    /// @param proof body | inclusion, which is witnessHash 32 | place; a place is header 122 | txIndex 4 | Merkle path.
    function startExit(
        bytes calldata proof,
        uint8 outputIndex,
        Hint calldata hint,
        bytes calldata authorization
    ) external payable;

    /// @notice Ends a live exit of an output that is spent (R7) and pays its bond to `beneficiary`, until it is processed.
    /// @param spend inputIndex 1 | included 1 | body | witness | preimages of all inputs | [place of the spend, if included] | [source]. A
    /// preimage is originId 32 | outputIndex 1 | output as in a body. The source is the body | inclusion that created the output,
    /// shown where the spend signs another position than the exit proved.
    function challengeExit(bytes calldata spend, address beneficiary) external;

    // ---------------------------------------------------------------- views

    function minExitPeriod() external view returns (uint256);

    function operator() external view returns (address);

    /// @notice Number of the newest committed block.
    function newestBlock() external view returns (uint64);

    /// @notice Hash of a committed block's header; zero for others.
    function blockHashes(uint256 number) external view returns (bytes32);

    function depositCount() external view returns (uint32);

    /// @notice D(index + 1): the hash chain of deposits up to and with the `index`-th.
    function depositHashes(uint256 index) external view returns (bytes32);

    /// @notice What is owed to the owners of outputs of `token`, and whether its deposits are refused after a shortfall.
    function pot(address token) external view returns (uint128 balance, bool closed);

    /// @notice Least bond at a base fee in wei: what the most expensive legal challenge costs at max(4 x base fee, 20 gwei).
    function minimumBond(uint256 baseFee) external view returns (uint256);

    /// @notice EIP-712 domain separator of everything signed for this chain.
    function domainSeparator() external view returns (bytes32);
}
