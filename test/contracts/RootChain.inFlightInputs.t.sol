// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {Position, positionOf} from "../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {Encoding, Payment} from "./support/Encoding.sol";
import {Flight, InFlightFixture} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What a start shows: what the inputs were, that they were created where the payment says, and that it is complete.
contract RootChainInFlightInputsTest is InFlightFixture {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _flight() private view returns (Flight memory) {
        return flightOf(pay(_coin, bob), one(_coin), alice);
    }

    function _unproven(uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInFlightExits.InputUnproven.selector, index);
    }

    function test_startInFlightExit_withAnotherNumberOfProofs() public {
        Flight memory flight = _flight();
        flight.coins = two(_coin, _coin);
        refuse(starting(flight, 0), SpendProof.ProofMalformed.selector);
        Coin[] memory coins = two(_coin, deposit(alice, 2 ether));
        flight = flightOf(sign(draft(coins, to(bob, ETH, 3 ether)), coins), coins, alice);
        flight.coins = one(_coin);
        assertTrue(!takes(starting(flight, 0)), "one proof of two");
    }

    function test_startInFlightExit_withProofsInAnotherOrder() public {
        Coin[] memory coins = two(_coin, deposit(alice, 2 ether));
        Flight memory flight = flightOf(sign(draft(coins, to(bob, ETH, 3 ether)), coins), coins, alice);
        flight.coins = two(coins[1], coins[0]);
        refuse(starting(flight, 0), IRootChain.DepositUnknown.selector, 0);
        flight.coins = two(coins[0], coins[0]);
        refuse(starting(flight, 0), IRootChain.DepositUnknown.selector, 1);
        flight.coins = coins;
        make(starting(flight, 0));
    }

    function test_startInFlightExit_ofADepositThatWasNotMade() public {
        Flight memory flight = _flight();
        flight.coins[0].previousDepositHash = bytes32(uint256(1));
        refuse(starting(flight, 0), IRootChain.DepositUnknown.selector, 0);
        flight = _flight();
        flight.coins[0].preimage.output.amount += 1;
        refuse(starting(flight, 0), IRootChain.DepositUnknown.selector, 0);

        // Signed alike, so that it is its own id that the proof opens.
        Coin memory imagined = nextDeposit(alice, ETH, 1 ether);
        refuse(starting(flightOf(pay(imagined, bob), one(imagined), alice), 0), IRootChain.DepositUnknown.selector, 1);
        Coin memory larger = _coin;
        larger.preimage.output.amount = 5 ether;
        larger.id = Encoding.outputId(larger.preimage);
        refuse(starting(flightOf(pay(larger, bob), one(larger), alice), 0), IRootChain.DepositUnknown.selector, 0);
    }

    /// R1: a deposit stands at one position, behind one block and with output index 0.
    function test_startInFlightExit_ofADepositAtAnotherPosition() public {
        included(anotherPayment(deposit(carol, 1), 0), 0);
        Coin memory coin = _coin;
        coin.position = Position.wrap(Position.unwrap(_coin.position) + 1);
        refuse(starting(flightOf(pay(coin, bob), one(coin), alice), 0), IRootChain.DepositUnknown.selector, 0);
        coin.position = positionOf(1, _coin.position.txIndex(), 0);
        coin.inclusion.header = newest;
        refuse(starting(flightOf(pay(coin, bob), one(coin), alice), 0), IRootChain.DepositUnknown.selector, 0);
        coin.position = Position.wrap(Position.unwrap(_coin.position) + (1 << 8));
        refuse(starting(flightOf(pay(coin, bob), one(coin), alice), 0), IRootChain.DepositUnknown.selector, 1);
    }

    function test_startInFlightExit_ofADepositWithACondition() public {
        Flight memory flight = _flight();
        flight.coins[0].preimage.output.condition = bytes32(uint256(1));
        refuse(starting(flight, 0), IRootChain.DepositUnknown.selector, 0);
    }

    /// R12: a deposit behind a block shows the header of that block, where it is the youngest input.
    function test_startInFlightExit_ofADepositBehindAnotherHeader() public {
        Coin memory older = included(pay(deposit(carol, 1), alice), 0);
        Coin memory coin = deposit(alice, 3 ether);
        Flight memory flight = flightOf(pay(coin, bob), one(coin), alice);
        bytes4 unknown = BlockInclusion.BlockUnknown.selector;
        flight.coins[0].inclusion.header.timestamp -= 1 days;
        refuse(starting(flight, 0), unknown, 1);
        included(anotherPayment(deposit(carol, 2), 0), 0);
        flight.coins[0].inclusion.header = newest;
        refuse(starting(flight, 0), unknown, 2);
        flight.coins[0].inclusion.header.number = 1;
        refuse(starting(flight, 0), unknown, 1);
        flight.coins[0].inclusion.header = coin.inclusion.header;
        make(starting(flight, 0));
        assertOpen(flight, 0);

        // Where it is not the youngest nobody asks.
        Coin memory younger = included(pay(older, alice), 0);
        coin = deposit(alice, 4 ether);
        Coin memory youngest = included(pay(younger, alice), 0);
        Coin[] memory coins = two(coin, youngest);
        flight = flightOf(sign(draft(coins, to(bob, ETH, 4 ether)), coins), coins, alice);
        flight.coins[0].inclusion.header.number = 77;
        make(starting(flight, 0));
        assertOpen(flight, 0);
    }

    function test_startInFlightExit_ofAnInputThatIsInNoBlock() public {
        Coin memory coin = included(pay(_coin, alice), 0);
        Flight memory flight = flightOf(pay(coin, bob), one(coin), alice);
        flight.coins[0].inclusion.header.sealedAt += 1;
        refuse(starting(flight, 0), BlockInclusion.BlockUnknown.selector, 1);
        flight = flightOf(pay(coin, bob), one(coin), alice);
        bytes memory notIncluded = abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 0);
        flight.coins[0].body = anotherPayment(_coin, 9).body;
        refuse(starting(flight, 0), notIncluded);
        flight = flightOf(pay(coin, bob), one(coin), alice);
        flight.coins[0].inclusion.path = new bytes32[](1);
        refuse(starting(flight, 0), SpendProof.ProofMalformed.selector);
        flight = flightOf(pay(coin, bob), one(coin), alice);
        flight.coins[0].inclusion.txIndex = 1;
        refuse(starting(flight, 0), abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 1));
    }

    /// R1: the output proven must be the one that T signs, at the position that T signs.
    function test_startInFlightExit_ofAnotherOutput() public {
        Entry memory payment = split(_coin, alice, 0.3 ether);
        Coin memory coin = included(payment, 0);
        Coin memory again = included(payment, 0);
        Flight memory flight = flightOf(pay(coin, bob), one(coin), alice);
        flight.coins = one(again);
        refuse(starting(flight, 0), abi.encodeWithSelector(IRootChain.SourceMismatch.selector, coin.position));

        // A position at which another output of the same transaction stands.
        Coin memory misplaced = coin;
        misplaced.position = Position.wrap(Position.unwrap(coin.position) + 1);
        flight = flightOf(pay(misplaced, bob), one(misplaced), alice);
        refuse(starting(flight, 0), _unproven(0));
        misplaced.position = Position.wrap(Position.unwrap(misplaced.position) + 1);
        flight = flightOf(pay(misplaced, bob), one(misplaced), alice);
        refuse(starting(flight, 0), IRootChain.OutputIndexOutOfRange.selector, 2);
    }

    /// R9: what created the input may stand where it stands.
    function test_startInFlightExit_ofAnInputFromABadPlace() public {
        Coin memory late = included(windowed(_coin, 0, 0, uint40(block.timestamp)), 0);
        refuse(
            starting(flightOf(pay(late, bob), one(late), alice), 0),
            abi.encodeWithSelector(
                BlockInclusion.OutsideWindow.selector,
                block.timestamp,
                0,
                block.timestamp
            )
        );
        Coin memory future = deposit(alice, 5);
        future.position = positionOf(7, future.position.txIndex(), 0);
        Coin memory child = included(pay(future, alice), 0);
        refuse(
            starting(flightOf(pay(child, bob), one(child), alice), 0),
            abi.encodeWithSelector(
                BlockInclusion.InputNotOlder.selector,
                future.position,
                positionOf(child.position.blockNumber(), 0, 0)
            )
        );
    }

    /// R5: a fee claim is an input like any other, in its own block.
    function test_startInFlightExit_ofAFeeClaim() public {
        Coin memory coin = included(claim(FeeClaim(1, ETH, alice, 0.5 ether)), 0);
        assertOpen(open(pay(coin, bob), coin, alice, inputPiece(0)), inputPiece(0));
        Coin memory misplaced = included(claim(FeeClaim(7, ETH, alice, 0.5 ether)), 0);
        refuse(
            starting(flightOf(pay(misplaced, bob), one(misplaced), alice), 0),
            IRootChain.FeeClaimMisplaced.selector
        );
    }

    /// R5: and is never in flight itself.
    function test_startInFlightExit_ofAFeeClaimItself() public {
        Flight memory flight = _flight();
        flight.entry.body = claim(FeeClaim(1, ETH, alice, 0.5 ether)).body;
        refuse(starting(flight, 0), TransactionCodec.TransactionMalformed.selector);
    }

    // ---------------------------------------------------------------- complete

    function test_startInFlightExit_ofAnIncompletePayment() public {
        Coin[] memory coins = two(_coin, deposit(bob, 2 ether));
        Payment memory swap = draft(coins, to(carol, ETH, 3 ether));
        address[] memory signers = new address[](1);
        bytes4 mismatch = SpendProof.SignersMismatch.selector;
        for (uint256 i = 0; i < 3; ++i) {
            signers[0] = i == 0 ? alice : i == 1 ? bob : stranger;
            refuse(starting(flightOf(signAs(swap, coins, signers), coins, alice), 0), mismatch);
        }
        signers = new address[](0);
        refuse(starting(flightOf(signAs(swap, coins, signers), coins, alice), 0), mismatch);
        signers = new address[](3);
        (signers[0], signers[1], signers[2]) = (alice, bob, carol);
        refuse(starting(flightOf(signAs(swap, coins, ascending(signers)), coins, alice), 0), mismatch);
        assertOpen(open(sign(swap, coins), coins, alice, 0), 0);
    }

    function test_startInFlightExit_ofAPaymentOfMoreThanItsInputs() public {
        Coin[] memory coins = two(_coin, depositToken(alice, 50));
        bytes4 overspend = SpendProof.Overspend.selector;
        Entry memory entry = sign(draft(coins, to(bob, ETH, 1 ether + 1)), coins);
        refuse(starting(flightOf(entry, coins, alice), 0), abi.encodeWithSelector(overspend, ETH));
        entry = sign(draft(coins, to(bob, address(token), 51)), coins);
        refuse(starting(flightOf(entry, coins, alice), 0), abi.encodeWithSelector(overspend, token));
    }

    /// A conditional input is none that nothing is revealed for.
    function test_startInFlightExit_ofAConditionalInput() public {
        Output[] memory outputs = to(alice, ETH, 1 ether);
        outputs[0].condition = bytes32(uint256(1));
        Coin memory coin = included(sign(draft(_coin, outputs), one(_coin)), 0);
        refuse(starting(flightOf(pay(coin, bob), one(coin), alice), 0), SpendProof.SignersMismatch.selector);
    }

    /// A signature is good on one chain, which the code behind the root chain's address finds out as well.
    function test_startInFlightExit_onAFork() public {
        Flight memory flight = _flight();
        uint256 id = vm.snapshotState();
        vm.chainId(4242);
        refuse(starting(flight, 0), SpendProof.SignersMismatch.selector);
        assertEq(rootChain.domainSeparator(), Encoding.domainSeparator(4242, address(rootChain)));
        flight = _flight();
        make(starting(flight, 0));
        assertOpen(flight, 0);
        vm.revertToState(id);
        make(starting(_flight(), 0));
    }
}
