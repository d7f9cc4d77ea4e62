// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {Pieces} from "../../contracts/libraries/Pieces.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {BlockHeader} from "../../contracts/types/Block.sol";
import {CONTESTED, SHOWN} from "../../contracts/types/InFlightExit.sol";
import {positionOf} from "../../contracts/types/Position.sol";
import {ETH, Output} from "../../contracts/types/Transaction.sol";
import {GasBurner, ReentrantReceiver, RejectingReceiver, ThirstyReceiver} from "./attackers/Receivers.sol";
import {Inclusion, Spend} from "./support/Encoding.sol";
import {BadSpend, InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Flight, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Alice pays bob some and herself the rest; all pieces take part, and are shown to be spent.
contract RootChainInFlightChallengeTest is InFlightAttacks {
    uint16 private constant ALL = 0x301;

    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _open() private returns (Flight memory flight) {
        flight = open(split(_coin, bob, 0.4 ether), _coin, alice, inputPiece(0) | outputPiece(1));
        piggyback(flight, bob, outputPiece(0));
    }

    function _rival() private view returns (Spend memory) {
        return loose(anotherPayment(_coin, 1), 0);
    }

    /// @dev Shows a spend of an output of the exit's payment, which is included as `received` says.
    function _spendOf(Coin memory received) private view returns (Spend memory) {
        return withSourceOf(loose(pay(received, carol), 0), received.inclusion);
    }

    function _unavailable(uint256 piece) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Pieces.PieceUnavailable.selector, piece);
    }

    // ---------------------------------------------------------------- what a challenge does

    function test_challengePiggyback_ofAnInput() public {
        Flight memory flight = _open();
        Spend memory rival = _rival();
        Move memory move = challenging(flight, 0, rival, carol);
        uint256 before = carol.balance;
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.PiggybackChallenged(
            flight.entry.txId,
            anotherPayment(_coin, 1).txId,
            0,
            carol
        );
        make(move);
        assertEq(carol.balance, before + bond);
        assertEq(address(rootChain).balance, 1 ether + 3 * bond);
        assertOpen(flight, ALL & ~inputPiece(0));
        refuse(challenging(flight, 0, rival, carol), _unavailable(0));
    }

    function test_challengePiggyback_ofAnOutput() public {
        Flight memory flight = _open();
        Coin memory received = included(flight.entry, 0);
        Entry memory spend = pay(received, carol);
        Move memory move = challenging(flight, 8, _spendOf(received), carol);
        uint256 before = carol.balance;
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.PiggybackChallenged(flight.entry.txId, spend.txId, 8, carol);
        make(move);
        assertEq(carol.balance, before + bond);
        assertOpen(flight, ALL & ~outputPiece(0));
        refuse(challenging(flight, 8, _spendOf(received), carol), _unavailable(8));
    }

    /// The bond is the one put up, not the least.
    function test_challengePiggyback_paysTheBondOfTheStart() public {
        Flight memory flight = flightOf(pay(_coin, bob), one(_coin), alice);
        flight.terms.bond = uint96(3 * bond);
        make(starting(flight, inputPiece(0)));
        uint256 before = carol.balance;
        make(challenging(flight, 0, _rival(), carol));
        assertEq(carol.balance, before + 3 * bond);
    }

    /// The entry stays in its queue, and what is left of the exit is paid or not as ever.
    function test_challengePiggyback_leavesTheOthers() public {
        Flight memory flight = _open();
        make(challenging(flight, 0, _rival(), carol));
        vm.warp(flight.terms.exitableAt + 1);
        uint256 before = alice.balance;
        uint256 bobBefore = bob.balance;
        assertEq(land(flight, ETH), 1);
        assertEq(alice.balance, before + 0.6 ether + 2 * bond);
        assertEq(bob.balance, bobBefore + 0.4 ether + bond);
        assertEq(address(rootChain).balance, 0);
    }

    // ---------------------------------------------------------------- refusals

    function test_challengePiggyback_ofAPieceThatIsNotLive() public {
        Flight memory flight = open(split(_coin, bob, 0.4 ether), _coin, alice, outputPiece(1));
        Coin memory received = included(flight.entry, 0);
        refuse(challenging(flight, 0, _rival(), carol), _unavailable(0));
        refuse(challenging(flight, 1, _rival(), carol), _unavailable(1));
        refuse(challenging(flight, 8, _spendOf(received), carol), _unavailable(8));
        refuse(challenging(flight, 10, _spendOf(received), carol), _unavailable(10));
    }

    /// The marks of an exit are no pieces.
    function test_challengePiggyback_ofAMark() public {
        Flight memory flight = _open();
        contest(flight, _rival(), carol);
        assertOpen(flight, CONTESTED | SHOWN | ALL);
        refuse(challenging(flight, 16, _rival(), carol), _unavailable(16));
        refuse(challenging(flight, 20, _rival(), carol), _unavailable(20));
        refuse(challenging(flight, 255, _rival(), carol), _unavailable(255));
    }

    function test_challengePiggyback_forNobody() public {
        refuse(challenging(_open(), 0, _rival(), address(0)), IRootChain.ZeroAddress.selector);
    }

    function test_challengePiggyback_whereNoneIsOpen() public {
        Flight memory flight = flightOf(split(_coin, bob, 0.4 ether), one(_coin), alice);
        bytes memory unknown = abi.encodeWithSelector(
            IInFlightExits.InFlightExitUnknown.selector,
            flight.entry.txId
        );
        refuse(challenging(flight, 0, _rival(), carol), unknown);
        make(starting(flight, inputPiece(0)));
        flight.terms.bond += 1;
        refuse(challenging(flight, 0, _rival(), carol), unknown);
    }

    /// R6 to R9, for inputs and outputs alike.
    function test_challengePiggyback_byWhatIsNoSpend() public {
        Flight memory flight = _open();
        BadSpend[] memory bad = badSpends(_coin);
        for (uint256 i = 0; i < bad.length; ++i) {
            refuse(challenging(flight, 0, bad[i].spend, carol), bad[i].reason);
        }
        Coin memory received = included(flight.entry, 0);
        bad = badSpends(received);
        for (uint256 i = 0; i < bad.length; ++i) {
            refuse(
                challenging(flight, 8, withSourceOf(bad[i].spend, received.inclusion), carol),
                bad[i].reason
            );
        }
        assertOpen(flight, ALL);
    }

    /// A payment does not make its own inputs spent: it is what the exit is about.
    function test_challengePiggyback_ofAnInputByThePaymentItself() public {
        Flight memory flight = _open();
        Inclusion memory inclusion = included(flight.entry, 0).inclusion;
        bytes memory notACompetitor = abi.encodeWithSelector(
            IInFlightExits.NotACompetitor.selector,
            flight.entry.txId
        );
        refuse(challenging(flight, 0, loose(flight.entry, 0), carol), notACompetitor);
        refuse(
            challenging(flight, 0, withInclusion(loose(flight.entry, 0), inclusion), carol),
            notACompetitor
        );
    }

    function test_challengePiggyback_byASpendOfAnotherOutput() public {
        Flight memory flight = _open();
        Coin memory first = included(flight.entry, 0);
        Coin memory second = included(flight.entry, 1);
        Entry memory other = pay(deposit(alice, 1 ether), carol);
        bytes4 selector = IInFlightExits.NotACompetitor.selector;
        refuse(challenging(flight, 0, loose(other, 0), carol), abi.encodeWithSelector(selector, other.txId));
        refuse(challenging(flight, 8, loose(other, 0), carol), abi.encodeWithSelector(selector, other.txId));
        other = pay(second, carol);
        refuse(challenging(flight, 8, _spendOf(second), carol), abi.encodeWithSelector(selector, other.txId));
        // A spend of the input shows nothing about an output, nor the other way round.
        refuse(
            challenging(flight, 8, _rival(), carol),
            abi.encodeWithSelector(selector, anotherPayment(_coin, 1).txId)
        );
        other = pay(first, carol);
        refuse(challenging(flight, 0, _spendOf(first), carol), abi.encodeWithSelector(selector, other.txId));
    }

    /// R7: an output is spent only from where it was created, which the spend shows.
    function test_challengePiggyback_ofAnOutputFromAnotherPlace() public {
        Flight memory flight = _open();
        Coin memory first = included(flight.entry, 0);
        Coin memory second = included(flight.entry, 0);
        Spend memory spend = loose(pay(second, carol), 0);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.SourceMismatch.selector, second.position);
        refuse(challenging(flight, 8, spend, carol), SpendProof.ProofMalformed.selector);
        refuse(challenging(flight, 8, withSourceOf(spend, first.inclusion), carol), mismatch);
        Inclusion memory inclusion = second.inclusion;
        inclusion.witnessHash = bytes32(uint256(1));
        refuse(
            challenging(flight, 8, withSourceOf(spend, inclusion), carol),
            abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 2, 0)
        );
        inclusion.witnessHash = keccak256(flight.entry.witness);
        make(challenging(flight, 8, withSourceOf(spend, inclusion), carol));
    }

    /// R9: the payment stands where it may not, so that its output was never created there.
    function test_challengePiggyback_ofAnOutputThatWasNeverCreated() public {
        uint40 time = uint40(block.timestamp);
        Coin memory coin = deposit(bob, 1 ether);
        Flight memory expired = open(windowed(coin, 0, 0, time), coin, alice, 0);
        piggyback(expired, stranger, outputPiece(0));
        refuse(
            challenging(expired, 8, _spendOf(included(expired.entry, 0)), carol),
            abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, time, 0, time)
        );

        Entry memory origin = pay(_coin, alice);
        BlockHeader memory third;
        third.number = 3;
        Entry memory payment = pay(coinOf(list(origin), 0, 0, third), bob);
        Coin memory received = included(payment, 0);
        Coin memory late = included(origin, 0);
        Flight memory flight = open(payment, late, alice, 0);
        piggyback(flight, bob, outputPiece(0));
        refuse(
            challenging(flight, 8, _spendOf(received), carol),
            abi.encodeWithSelector(BlockInclusion.InputNotOlder.selector, late.position, positionOf(2, 0, 0))
        );
    }

    /// R7: the spend may sign another position of the input, and shows that the output was created there too.
    function test_challengePiggyback_ofAnInputFromItsOtherPlace() public {
        Entry memory origin = pay(_coin, alice);
        Coin memory first = included(origin, 0);
        Coin memory second = included(origin, 0);
        Flight memory flight = open(pay(first, bob), first, alice, inputPiece(0));
        Spend memory spend = loose(anotherPayment(second, 1), 0);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.SourceMismatch.selector, second.position);
        refuse(challenging(flight, 0, spend, carol), mismatch);
        refuse(challenging(flight, 0, withSource(spend, first), carol), mismatch);
        make(challenging(flight, 0, withSource(spend, second), carol));
        assertOpen(flight, 0);
    }

    /// Each piece by its own number.
    function testFuzz_challengePiggyback_ofAnyPiece(uint8 inputs, uint8 piece) public {
        uint256 count = (inputs % 8) + 1;
        piece %= uint8(count);
        Coin[] memory coins = new Coin[](count);
        for (uint256 i = 0; i < count; ++i) coins[i] = deposit(alice, uint128(i + 1));
        Output[] memory outputs = new Output[](count);
        for (uint256 i = 0; i < count; ++i) outputs[i] = plain(alice, ETH, 1);
        uint16 all = uint16(((1 << count) - 1) * 0x101);
        Flight memory flight = open(sign(draft(coins, outputs), coins), coins, alice, all);
        make(challenging(flight, piece, loose(anotherPayment(coins[piece], 1), 0), carol));
        assertOpen(flight, all & ~inputPiece(piece));
        Coin memory received = included(flight.entry, piece);
        make(challenging(flight, 8 + piece, _spendOf(received), carol));
        assertOpen(flight, all & ~inputPiece(piece) & ~outputPiece(piece));
        uint8 other = uint8((piece + 1) % count);
        if (other == piece) return;
        refuse(
            challenging(flight, other, loose(anotherPayment(coins[piece], 1), 0), carol),
            abi.encodeWithSelector(
                IInFlightExits.NotACompetitor.selector,
                anotherPayment(coins[piece], 1).txId
            )
        );
    }

    // ---------------------------------------------------------------- when

    /// In phase 1 and after, until the verdict.
    function test_challengePiggyback_untilTheVerdict() public {
        Coin[] memory coins = two(_coin, depositToken(alice, 50));
        Flight memory flight = open(
            sign(draft(coins, to(bob, ETH, 1 ether)), coins),
            coins,
            alice,
            inputPiece(0) | inputPiece(1)
        );
        Spend memory spend = loose(anotherPayment(coins[1], 1), 0);
        vm.warp(flight.terms.exitableAt + 30 days);
        uint256 id = vm.snapshotState();
        make(challenging(flight, 1, spend, carol));
        assertOpen(flight, inputPiece(0));
        vm.revertToState(id);
        land(flight, ETH);
        refuse(
            challenging(flight, 1, spend, carol),
            abi.encodeWithSelector(IInFlightExits.AlreadyDecided.selector, flight.entry.txId)
        );
    }

    // ---------------------------------------------------------------- who is paid

    /// R22
    function test_challengePiggyback_forABeneficiaryThatRefuses() public {
        address[2] memory beneficiaries = [address(new RejectingReceiver()), address(new GasBurner())];
        Flight memory flight = _open();
        Coin memory received = included(flight.entry, 0);
        make(challenging(flight, 0, _rival(), beneficiaries[0]));
        make(challenging(flight, 8, _spendOf(received), beneficiaries[1]));
        assertOpen(flight, outputPiece(1));
        for (uint256 i = 0; i < 2; ++i) assertEq(rootChain.credit(beneficiaries[i], ETH), bond);
        assertEq(address(rootChain).balance, 1 ether + 4 * bond);
    }

    /// R22: no gas limit turns a good beneficiary's bond into a credit: the call fails, or pays.
    function test_challengePiggyback_withEveryGasLimit() public {
        ThirstyReceiver beneficiary = new ThirstyReceiver();
        Move memory move = challenging(_open(), 0, _rival(), address(beneficiary));
        uint256 refused = 0;
        for (uint256 gasLimit = 20_000; gasLimit < 420_000; gasLimit += 2_500) {
            uint256 id = vm.snapshotState();
            (bool success, ) = address(rootChain).call{gas: gasLimit}(move.data);
            assertEq(rootChain.credit(address(beneficiary), ETH), 0);
            assertEq(beneficiary.received(), success ? bond : 0);
            if (!success) ++refused;
            vm.revertToState(id);
        }
        assertTrue(refused > 20 && refused < 150, "some limits fail and some suffice");
    }

    /// R20
    function test_challengePiggyback_forABeneficiaryThatReenters() public {
        ReentrantReceiver beneficiary = newReenterer();
        Flight memory flight = _open();
        Coin memory received = included(flight.entry, 0);
        bytes[] memory attacks = attacksWith(_coin);
        for (uint256 i = 0; i < attacks.length; ++i) _reenter(flight, beneficiary, attacks[i]);
        _reenter(flight, beneficiary, challenging(flight, 0, _rival(), address(beneficiary)).data);
        _reenter(flight, beneficiary, challenging(flight, 8, _spendOf(received), address(beneficiary)).data);
    }

    /// @dev The largest attacks need more gas than a payment brings: then the receiver fails and gets a credit.
    function _reenter(Flight memory flight, ReentrantReceiver beneficiary, bytes memory attack) private {
        uint256 id = vm.snapshotState();
        beneficiary.prepare(attack);
        make(challenging(flight, 0, _rival(), address(beneficiary)));
        assertEq(beneficiary.succeeded(), false);
        if (beneficiary.called()) {
            assertEq(beneficiary.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        assertEq(address(beneficiary).balance + rootChain.credit(address(beneficiary), ETH), bond);
        assertEq(address(rootChain).balance, 1 ether + 3 * bond + rootChain.credit(address(beneficiary), ETH));
        assertOpen(flight, ALL & ~inputPiece(0));
        vm.revertToState(id);
    }
}
