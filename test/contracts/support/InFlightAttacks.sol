// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../../contracts/libraries/BlockInclusion.sol";
import {SpendProof} from "../../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../../contracts/libraries/TransactionCodec.sol";
import {BlockHeader, SealedBlock} from "../../../contracts/types/Block.sol";
import {ETH, Output} from "../../../contracts/types/Transaction.sol";
import {ReentrantReceiver} from "../attackers/Receivers.sol";
import {Encoding, Inclusion, OutputPreimage, Spend} from "./Encoding.sol";
import {Flight, InFlightFixture} from "./InFlightFixture.sol";
import {Coin, Entry} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice A spend that must not count, and why.
struct BadSpend {
    Spend spend;
    bytes reason;
}

/// @notice What attackers try: spends that do not count, calls back into the root chain, and calls with a bit changed.
abstract contract InFlightAttacks is InFlightFixture {
    /// @dev Payments of `coin` alone that do not count as spends of it (R6 to R9). Blocks are committed.
    function badSpends(Coin memory coin) internal returns (BadSpend[] memory bad) {
        Entry memory good = anotherPayment(coin, 77);
        bad = new BadSpend[](11);
        bad[0] = BadSpend(loose(_bySigner(coin, stranger), 0), abi.encodePacked(SpendProof.SignersMismatch.selector));
        bad[1] = BadSpend(
            loose(_overspend(coin), 0),
            abi.encodeWithSelector(SpendProof.Overspend.selector, coin.preimage.output.token)
        );
        bad[2] = BadSpend(loose(good, 1), abi.encodeWithSelector(SpendProof.InputIndexOutOfRange.selector, 1));
        uint40 time = uint40(block.timestamp);
        bad[3] = BadSpend(
            loose(windowed(coin, 1, 0, time), 0),
            abi.encodeWithSelector(SpendProof.SpendNotLive.selector, 0, time)
        );
        bad[4] = BadSpend(
            loose(windowed(coin, 1, time + 1, 0), 0),
            abi.encodeWithSelector(SpendProof.SpendNotLive.selector, time + 1, 0)
        );
        bad[5] = BadSpend(loose(good, 0), abi.encodeWithSelector(SpendProof.PreimageMismatch.selector, 0));
        bad[5].spend.preimages = _changedPreimage(coin);
        bad[6] = BadSpend(loose(good, 0), abi.encodeWithSelector(SpendProof.PreimageMismatch.selector, 0));
        bad[6].spend.preimages = new OutputPreimage[](0);
        bad[7] = BadSpend(loose(good, 0), abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector));
        bad[7].spend.witness = hex"0101";
        Inclusion memory inclusion = included(good, 0).inclusion;
        bad[8] = BadSpend(
            withInclusion(loose(windowed(coin, 2, 0, 0), 0), inclusion),
            abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, inclusion.header.number, 0)
        );
        bad[9] = _inNoBlock(good, inclusion);
        bad[10] = _outOfWindow(coin);
    }

    function _bySigner(Coin memory coin, address signer) private view returns (Entry memory) {
        address[] memory signers = new address[](1);
        signers[0] = signer;
        return signAs(draft(coin, to(stranger, coin.preimage.output.token, 1)), one(coin), signers);
    }

    function _overspend(Coin memory coin) private view returns (Entry memory) {
        Output memory output = coin.preimage.output;
        return sign(draft(coin, to(stranger, output.token, output.amount + 1)), one(coin));
    }

    function _changedPreimage(Coin memory coin) private pure returns (OutputPreimage[] memory preimages) {
        preimages = new OutputPreimage[](1);
        preimages[0] = OutputPreimage(
            coin.preimage.originId,
            coin.preimage.outputIndex,
            plain(coin.preimage.output.owner, coin.preimage.output.token, coin.preimage.output.amount + 1)
        );
    }

    function _inNoBlock(Entry memory entry, Inclusion memory inclusion) private pure returns (BadSpend memory) {
        BlockHeader memory header = abi.decode(abi.encode(inclusion.header), (BlockHeader));
        ++header.timestamp;
        return
            BadSpend(
                withInclusion(
                    loose(entry, 0),
                    Inclusion(header, inclusion.txIndex, inclusion.witnessHash, inclusion.path)
                ),
                abi.encodeWithSelector(BlockInclusion.BlockUnknown.selector, header.number)
            );
    }

    /// @dev R9: in a block, though it had expired.
    function _outOfWindow(Coin memory coin) private returns (BadSpend memory) {
        uint40 time = uint40(block.timestamp);
        Entry memory late = windowed(coin, 3, 0, time);
        Inclusion memory inclusion = included(late, 0).inclusion;
        return
            BadSpend(
                withInclusion(loose(late, 0), inclusion),
                abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, time, 0, time)
            );
    }

    /// @dev Somebody who may do everything, and calls back when it is paid.
    function newReenterer() internal returns (ReentrantReceiver receiver) {
        receiver = new ReentrantReceiver(rootChain);
        Ownable2Step(address(rootChain)).transferOwnership(address(receiver));
        vm.prank(address(receiver));
        Ownable2Step(address(rootChain)).acceptOwnership();
    }

    /// @dev Calls of every function that changes state.
    function attacksWith(Coin memory coin) internal view returns (bytes[] memory attacks) {
        Flight memory flight = flightOf(pay(coin, bob), one(coin), alice);
        Spend memory spend = loose(flight.entry, 0);
        attacks = new bytes[](16);
        attacks[0] = abi.encodeCall(IRootChain.deposit, (alice, ANY_BLOCK));
        attacks[1] = abi.encodeCall(IRootChain.depositERC20, (address(token), 1, alice, ANY_BLOCK));
        attacks[2] = abi.encodeCall(
            IRootChain.depositERC20WithPermit,
            (address(token), 1, alice, ANY_BLOCK, 0, 0, 0, 0)
        );
        attacks[3] = abi.encodeCall(IRootChain.submitBlocks, (newest, new SealedBlock[](1), 0));
        attacks[4] = abi.encodeCall(IRootChain.setOperator, (alice));
        attacks[5] = abi.encodeCall(
            IRootChain.startDepositExit,
            (0, 0, 0, coin.preimage.output, atFront(), "")
        );
        attacks[6] = abi.encodeCall(IRootChain.startExit, (hex"01", 0, atFront(), ""));
        attacks[7] = abi.encodeCall(IRootChain.challengeExit, (Encoding.spend(spend), alice));
        attacks[8] = abi.encodeCall(IExitProcessor.processExits, (ETH, 9, opening(coin), noInFlight()));
        attacks[9] = abi.encodeCall(IExitProcessor.withdraw, (alice, ETH, alice));
        attacks[10] = starting(flight, 0).data;
        attacks[11] = piggybacking(flight, alice, 1).data;
        attacks[12] = contesting(flight, 0, spend, alice).data;
        attacks[13] = responding(flight, coin.inclusion, alice).data;
        attacks[14] = challenging(flight, 0, spend, alice).data;
        attacks[15] = deleting(flight).data;
    }

    /// @dev `data` with one bit changed somewhere in `part`, which it must contain: `seed` names which place and which bit.
    function flipped(bytes memory data, bytes memory part, uint256 seed) internal pure returns (bytes memory changed) {
        uint256[] memory places = _placesOf(part, data);
        uint256 place = places[seed % places.length];
        uint256 bit = (seed / places.length) % (part.length * 8);
        changed = bytes.concat(data);
        changed[place + bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }

    function _placesOf(bytes memory part, bytes memory data) private pure returns (uint256[] memory places) {
        require(part.length >= 32, "too short to be found");
        bytes32 hashed = keccak256(part);
        places = new uint256[](8);
        uint256 count = 0;
        for (uint256 place = 0; place + part.length <= data.length; ++place) {
            bytes32 found;
            bytes32 first;
            assembly ("memory-safe") {
                first := mload(add(part, 0x20))
                found := mload(add(add(data, 0x20), place))
            }
            if (found != first) continue;
            uint256 length = part.length;
            assembly ("memory-safe") {
                found := keccak256(add(add(data, 0x20), place), length)
            }
            if (found == hashed) places[count++] = place;
        }
        assembly ("memory-safe") {
            mstore(places, count)
        }
    }

    /// @dev Whoever called back while being paid was turned away by the lock. Large calls need more gas than a payment brings.
    function assertLocked(ReentrantReceiver receiver) internal view {
        assertEq(receiver.succeeded(), false);
        if (!receiver.called()) return;
        assertEq(receiver.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }
}
