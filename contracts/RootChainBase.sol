// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
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
        uint256 source;
        uint256 end;
    }

    /// Gas of the most expensive legal challenge, which is of an in-flight exit: both transactions and the source with 8 inputs of 8
    /// owners and 8 outputs, every field set, two paths of 20 levels. `npm run gas` holds it below 264,000, and a quarter
    /// is on top (R27).
    uint256 private constant CHALLENGE_GAS = 330_000;

    /// A bond is priced at no less than this, in wei per gas.
    uint256 private constant MIN_BOND_GAS_PRICE = 20 gwei;

    /// A bond is worth the worst challenge at this multiple of the current base fee, and at most this multiple is taken.
    uint256 private constant BOND_FACTOR = 4;

    uint256 internal immutable _minExitPeriod;

    Chain internal _chain;
    mapping(uint256 number => bytes32) internal _blockHashes;
    mapping(uint256 index => bytes32) internal _depositHashes;
    mapping(address token => Pot) internal _pots;
    ExitQueue.State internal _exits;
    mapping(bytes32 outputId => AuthorizedStart) internal _authorizedStart;
    mapping(address account => mapping(address token => uint256)) internal _credit;
    mapping(bytes32 txId => InFlightExit) internal _inFlight;
    mapping(bytes32 txId => Contest) internal _contests;

    constructor(uint256 minExitPeriod_) EIP712("Plasma", "1") {
        // Half a period is a phase of the in-flight game, and must take time.
        require(minExitPeriod_ > 1 && minExitPeriod_ <= 365 days, IRootChain.InvalidExitPeriod(minExitPeriod_));
        _minExitPeriod = minExitPeriod_;
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

    /// @dev Reads into `spend` one that must be complete and live (R7, R8): inputIndex 1 | included 1 | body | witness | preimages of the inputs |
    /// [place, if included] | [source]. Whether the output was created at `position` is for the caller to know or to ask.
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
            (signers, spend.preimages) = TransactionCodec.readSigners(witness, spend.txId);
            Output[] memory spent;
            (spent, spend.source) = SpendProof.readInputs(transaction, spend.preimages);
            SpendProof.requireComplete(transaction, signers, spent);
            if (included) {
                Inclusion memory inclusion;
                spend.source = BlockInclusion.readPlace(
                    inclusion,
                    spend.source,
                    TransactionCodec.hashBytes(witness, spend.preimages)
                );
                BlockInclusion.requireIncluded(_blockHashes, inclusion, spend.txId);
                BlockInclusion.requireMet(BlockInclusion.needsOf(transaction), inclusion);
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
        }
    }

    /// @dev R7: the output is included at the position that the spend signs, shown where the exit did not prove it. The source is
    /// body | inclusion.
    function _requireCreatedAt(Spend memory spend) internal view {
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
