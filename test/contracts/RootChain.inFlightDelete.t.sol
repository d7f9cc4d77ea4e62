// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../contracts/interfaces/IExitProcessor.sol";
import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {EXIT_IN_FLIGHT, EXIT_IN_FLIGHT_DEAD} from "../../contracts/types/ExitRecord.sol";
import {ETH} from "../../contracts/types/Transaction.sol";
import {
    GasBurner,
    ReentrantReceiver,
    RejectingReceiver,
    ReturndataBomb,
    ThirstyReceiver
} from "./attackers/Receivers.sol";
import {InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Flight, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainInFlightDeleteTest is InFlightAttacks {
    Coin private _coin;
    Coin private _tokens;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 3 ether);
        _tokens = depositToken(bob, 50);
    }

    function test_deleteInFlightExit_afterPhaseOne() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, 0);
        uint256 ends = flight.terms.startedAt + PHASE;
        refuse(deleting(flight), IInFlightExits.WrongPhase.selector, ends);
        vm.warp(ends - 1);
        refuse(deleting(flight), IInFlightExits.WrongPhase.selector, ends);
        vm.warp(ends);
        uint256 before = alice.balance;
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.InFlightExitDeleted(flight.entry.txId, alice, uint96(bond));
        make(deleting(flight));
        assertEq(alice.balance, before + bond);
        assertClosed(flight);
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 0);
        refuse(
            deleting(flight),
            abi.encodeWithSelector(IInFlightExits.InFlightExitUnknown.selector, flight.entry.txId)
        );
    }

    /// The bond goes to whoever is ahead, and the contest is forgotten with the exit.
    function test_deleteInFlightExit_ofAContestedExit() public {
        Entry memory entry = pay(_coin, bob);
        Flight memory flight = open(entry, _coin, alice, 0);
        contest(flight, loose(anotherPayment(_coin, 1), 0), stranger);
        vm.warp(flight.terms.startedAt + PHASE);
        uint256 before = stranger.balance;
        make(deleting(flight));
        assertEq(stranger.balance, before + bond);
        assertClosed(flight);
        flight = open(entry, _coin, alice, 0);
        assertOpen(flight, 0);
        assertAhead(flight, 0, address(0));
    }

    function test_deleteInFlightExit_withPieces() public {
        Flight memory flight = openSwap(_coin, _tokens);
        vm.warp(flight.terms.startedAt + PHASE);
        refuse(deleting(flight), IExitProcessor.PiecesLive.selector, 0x303);
    }

    function test_deleteInFlightExit_withOtherTerms() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, 0);
        vm.warp(flight.terms.startedAt + PHASE);
        flight.terms.starter = stranger;
        bytes memory unknown = abi.encodeWithSelector(
            IInFlightExits.InFlightExitUnknown.selector,
            flight.entry.txId
        );
        refuse(deleting(flight), unknown);
        flight.terms.starter = alice;
        flight.terms.startedAt -= 1;
        refuse(deleting(flight), unknown);
    }

    /// R14: what was decided ends with its last entry, and not before.
    function test_deleteInFlightExit_afterTheVerdict() public {
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        land(flight, ETH);
        refuse(
            deleting(flight),
            abi.encodeWithSelector(IInFlightExits.AlreadyDecided.selector, flight.entry.txId)
        );
    }

    /// Its entries are dead in every queue, and take no opening of the exit that follows.
    function test_deleteInFlightExit_leavesDeadEntries() public {
        Flight memory flight = openSwap(_coin, _tokens);
        for (uint8 i = 0; i < 2; ++i) challengeBoth(flight, i);
        vm.warp(flight.terms.startedAt + PHASE);
        make(deleting(flight));
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 2);
        Flight memory again = open(flight.entry, flight.coins, alice, inputPiece(0));
        assertLinks(again, EXIT_IN_FLIGHT, 1);
        assertEq(land(again, address(token)), 1);
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 1);
        assertEq(land(again, ETH), 1);
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 0);
        assertOpen(again, inputPiece(0));
        assertEq(land(again, ETH), 0);
        ripen(again);
        assertEq(land(again, ETH), 1);
        assertClosed(again);
    }

    /// R22
    function test_deleteInFlightExit_ofAStarterThatRefuses() public {
        address[3] memory starters = [
            address(new RejectingReceiver()),
            address(new GasBurner()),
            address(new ReturndataBomb())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.deal(starters[i], bond);
            Flight memory flight = open(anotherPayment(_coin, i), _coin, starters[i], 0);
            vm.warp(block.timestamp + PHASE);
            make(deleting(flight));
            assertEq(rootChain.credit(starters[i], ETH), bond);
            assertClosed(flight);
        }
    }

    function test_deleteInFlightExit_withEveryGasLimit() public {
        ThirstyReceiver starter = new ThirstyReceiver();
        vm.deal(address(starter), bond);
        Flight memory flight = open(pay(_coin, bob), _coin, address(starter), 0);
        vm.warp(block.timestamp + PHASE);
        Move memory move = deleting(flight);
        uint256 refused = 0;
        for (uint256 gasLimit = 20_000; gasLimit < 300_000; gasLimit += 2_500) {
            uint256 id = vm.snapshotState();
            (bool success, ) = address(rootChain).call{gas: gasLimit}(move.data);
            assertEq(rootChain.credit(address(starter), ETH), 0);
            assertEq(starter.received(), success ? bond : 0);
            if (!success) ++refused;
            vm.revertToState(id);
        }
        assertTrue(refused > 20 && refused < 110, "some limits fail and some suffice");
    }

    function test_deleteInFlightExit_ofAStarterThatReenters() public {
        ReentrantReceiver starter = newReenterer();
        vm.deal(address(starter), bond);
        Flight memory flight = open(pay(_coin, bob), _coin, address(starter), 0);
        vm.warp(block.timestamp + PHASE);
        bytes[] memory attacks = attacksWith(_coin);
        attacks[15] = deleting(flight).data;
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            starter.prepare(attacks[i]);
            make(deleting(flight));
            assertLocked(starter);
            assertEq(address(starter).balance + rootChain.credit(address(starter), ETH), bond);
            assertClosed(flight);
            vm.revertToState(id);
        }
    }
}
