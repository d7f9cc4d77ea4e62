// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IConditions} from "./interfaces/IConditions.sol";
import {IInFlightExits} from "./interfaces/IInFlightExits.sol";
import {IRootChain} from "./interfaces/IRootChain.sol";
import {BlockInclusion} from "./libraries/BlockInclusion.sol";
import {ExitQueue} from "./libraries/ExitQueue.sol";
import {Payout} from "./libraries/Payout.sol";
import {OutputId} from "./libraries/OutputId.sol";
import {SpendProof} from "./libraries/SpendProof.sol";
import {TransactionCodec} from "./libraries/TransactionCodec.sol";
import {Inclusion} from "./types/Block.sol";
import {
    Contest,
    DECIDED,
    IN_NO_BLOCK,
    InFlightExit,
    InFlightTerms,
    hashShownTerms,
    placeOf
} from "./types/InFlightExit.sol";
import {Position, positionOf} from "./types/Position.sol";
import {FeeClaim, Output, Transaction} from "./types/Transaction.sol";

/// @notice The storage of the root chain, and what its two halves share. RootChain and ExitProcessor are two contracts because
/// of the limit on code size; the second runs in the storage of the first, so this layout is one for both.
abstract contract RootChainBase is EIP712, ReentrancyGuardTransient {
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

    /// Gas of the most expensive legal challenge, which is of an in-flight exit with conditional inputs: both transactions of 16 KiB with
    /// 8 inputs, 8 outputs and 16 signatures, conditions that take all the gas they have, and a source of every input with a path of
    /// 20 levels (R16). `npm run gas` holds it below 1,376,000, and a quarter is on top (R27).
    uint256 private constant CHALLENGE_GAS = 1_720_000;

    /// A bond is priced at no less than this, in wei per gas.
    uint256 private constant MIN_BOND_GAS_PRICE = 20 gwei;

    /// A bond is worth the worst challenge at this multiple of the current base fee, and at most this multiple is taken.
    uint256 private constant BOND_FACTOR = 4;

    uint256 internal immutable _minExitPeriod;
    IConditions internal immutable _conditions;

    Chain internal _chain;
    mapping(uint256 number => bytes32) internal _blockHashes;
    mapping(uint256 index => bytes32) internal _depositHashes;
    mapping(address token => Pot) internal _pots;
    ExitQueue.State internal _exits;
    mapping(bytes32 outputId => AuthorizedStart) internal _authorizedStart;
    mapping(address account => mapping(address token => uint256)) internal _credit;
    mapping(bytes32 txId => InFlightExit) internal _inFlight;
    mapping(bytes32 txId => Contest) internal _contests;

    constructor(uint256 minExitPeriod_, IConditions conditions_) EIP712("Plasma", "1") {
        // Half a period is a phase of the in-flight game, and must take time.
        require(minExitPeriod_ > 1 && minExitPeriod_ <= 365 days, IRootChain.InvalidExitPeriod(minExitPeriod_));
        _minExitPeriod = minExitPeriod_;
        _conditions = conditions_;
    }

    /// @notice Least bond at a base fee in wei: what the most expensive legal challenge costs at max(4 x base fee, 20 gwei).
    function _minimumBond(uint256 baseFee) internal pure returns (uint256) {
        return CHALLENGE_GAS * Math.max(BOND_FACTOR * baseFee, MIN_BOND_GAS_PRICE);
    }

    /// @dev R27
    function _requireBond(uint256 bond) internal view {
        uint256 minimum = _minimumBond(block.basefee);
        require(bond >= minimum && bond <= BOND_FACTOR * minimum, IRootChain.BondOutOfRange(bond, minimum));
    }

    /// @dev Decodes a body into `transaction`.
    function _decode(Transaction memory transaction, bytes calldata body) internal view returns (bytes32 txId) {
        return _hashTypedDataV4(TransactionCodec.decodeTransaction(transaction, body));
    }

    function _requireOpen(bytes32 txId, InFlightTerms calldata terms) internal view returns (InFlightExit exit) {
        exit = _inFlight[txId];
        require(exit.hasTerms(hashShownTerms(terms)), IInFlightExits.InFlightExitUnknown(txId));
    }

    function _requireUndecided(bytes32 txId, InFlightTerms calldata terms) internal view returns (InFlightExit exit) {
        exit = _requireOpen(txId, terms);
        require(!exit.has(DECIDED), IInFlightExits.AlreadyDecided(txId));
    }

    function _phaseOneEnds(InFlightTerms calldata terms) internal view returns (uint256) {
        return terms.startedAt() + _minExitPeriod / 2;
    }

    /// @dev Pays what a challenge earned. A relayer cannot starve the payment into a credit (R22).
    function _payReward(address beneficiary, uint256 amount) internal {
        require(gasleft() >= Payout.gasNeeded(address(0)), IRootChain.InsufficientGas());
        _payOrCredit(address(0), beneficiary, amount);
    }

    /// @dev A payment that fails becomes a credit; it never stops the caller (R22).
    function _payOrCredit(address token, address to, uint256 amount) internal {
        if (amount == 0 || Payout.send(token, to, amount)) return;
        _credit[to][token] += amount;
        emit IRootChain.Credited(to, token, amount);
    }
}
