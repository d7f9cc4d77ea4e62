// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ExitQueue} from "../../contracts/libraries/ExitQueue.sol";
import {Pieces} from "../../contracts/libraries/Pieces.sol";
import {EXIT_IN_FLIGHT, EXIT_IN_FLIGHT_DEAD} from "../../contracts/types/ExitRecord.sol";
import {CONTESTED, SETTLED} from "../../contracts/types/InFlightExit.sol";
import {Position} from "../../contracts/types/Position.sol";
import {ETH, Output} from "../../contracts/types/Transaction.sol";
import {Encoding} from "./support/Encoding.sol";
import {Flight, InFlightFixture, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainInFlightStartTest is InFlightFixture {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _flight() private view returns (Flight memory) {
        return flightOf(pay(_coin, bob), one(_coin), alice);
    }

    // ---------------------------------------------------------------- what a start does

    function test_startInFlightExit_keepsTheTerms() public {
        Flight memory flight = _flight();
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.InFlightExitStarted(
            flight.entry.txId,
            shown(flight.terms),
            false,
            false,
            bytes.concat(flight.entry.body, flight.entry.witness),
            Encoding.preimages(flight.entry.spent)
        );
        make(starting(flight, 0));
        assertOpen(flight, 0);
        assertAhead(flight, 0, address(0));
        assertLinks(flight, EXIT_IN_FLIGHT, 0);
        assertEq(rootChain.nextExit(ETH, ExitQueue.SENTINEL), 0);
        assertEq(address(rootChain).balance, 1 ether + bond);
        assertEq(potOf(ETH), 1 ether);
    }

    function test_startInFlightExit_byAnybodyWhoHasThePayment() public {
        Flight memory flight = open(pay(_coin, bob), _coin, stranger, 0);
        assertEq(flight.terms.starter, stranger);
        assertOpen(flight, 0);
    }

    function test_startInFlightExit_withPiecesOfTheStarter() public {
        Flight memory flight = flightOf(split(_coin, alice, 0.4 ether), one(_coin), alice);
        uint16 pieces = inputPiece(0) | outputPiece(0) | outputPiece(1);
        Move memory start = starting(flight, pieces);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.Piggybacked(flight.entry.txId, alice, pieces);
        make(start);
        assertOpen(flight, pieces);
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        assertEq(rootChain.exitOf(entryOf(flight)).exitableAt, flight.terms.exitableAt);
        assertEq(Position.unwrap(rootChain.exitOf(entryOf(flight)).position), Position.unwrap(_coin.position));
        assertEq(address(rootChain).balance, 1 ether + 4 * bond);
    }

    function test_startInFlightExit_withPiecesOfSomebodyElse() public {
        Flight memory flight = _flight();
        bytes memory notOwner = abi.encodeWithSelector(IInFlightExits.NotPieceOwner.selector, 8, alice);
        refuse(starting(flight, outputPiece(0)), notOwner);
        refuse(starting(flight, inputPiece(0) | outputPiece(0)), notOwner);
        flight.terms.starter = stranger;
        refuse(
            starting(flight, inputPiece(0)),
            abi.encodeWithSelector(IInFlightExits.NotPieceOwner.selector, 0, stranger)
        );
    }

    function test_startInFlightExit_withPiecesThatAreNotThere() public {
        Flight memory flight = _flight();
        for (uint256 piece = 1; piece < 16; ++piece) {
            if (piece == 8) continue;
            refuse(starting(flight, uint16(1 << piece)), Pieces.PieceUnavailable.selector, piece);
        }
    }

    /// R18: of a transaction that may be in no block, a conditional output leaves like any other.
    function test_startInFlightExit_withAConditionalPiece() public {
        Output[] memory outputs = to(alice, ETH, 1 ether);
        outputs[0].condition = bytes32(uint256(1));
        Entry memory entry = sign(draft(_coin, outputs), one(_coin));
        Flight memory flight = flightOf(entry, one(_coin), alice);
        make(starting(flight, outputPiece(0)));
        assertOpen(flight, outputPiece(0));
    }

    // ---------------------------------------------------------------- once

    function test_startInFlightExit_twice() public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        bytes4 exists = IInFlightExits.InFlightExitExists.selector;
        refuse(starting(flight, 0), abi.encodeWithSelector(exists, flight.entry.txId));
        refuse(starting(flight, inputPiece(0)), abi.encodeWithSelector(exists, flight.entry.txId));
        vm.warp(block.timestamp + 3 * PERIOD);
        refuse(starting(flight, 0), abi.encodeWithSelector(exists, flight.entry.txId));
    }

    /// R14: an exit that was deleted starts again under another entry, while the old ones are still queued.
    function test_startInFlightExit_whileDeadEntriesAreQueued() public {
        Entry memory entry = pay(_coin, bob);
        Flight memory first = open(entry, _coin, alice, inputPiece(0));
        make(challenging(first, 0, loose(anotherPayment(_coin, 1), 0), carol));
        vm.warp(block.timestamp + PHASE);
        make(deleting(first));
        assertClosed(first);
        Flight memory second = open(entry, _coin, bob, outputPiece(0));
        assertOpen(second, outputPiece(0));
        assertLinks(first, EXIT_IN_FLIGHT_DEAD, 1);
        assertLinks(second, EXIT_IN_FLIGHT, 1);
        vm.warp(second.terms.exitableAt + 1);
        assertEq(land(second, ETH), 1);
        assertLinks(first, EXIT_IN_FLIGHT_DEAD, 0);
        assertOpen(second, outputPiece(0));
        uint256 before = bob.balance;
        assertEq(land(second, ETH), 1);
        assertEq(bob.balance, before + 1 ether + 2 * bond);
        assertClosed(second);
        assertEq(address(rootChain).balance, 0);
    }

    // ---------------------------------------------------------------- windows

    /// R10
    function test_startInFlightExit_notBeforeItIsValid() public {
        uint40 time = uint40(block.timestamp);
        Flight memory early = flightOf(windowed(_coin, 0, time + 1, 0), one(_coin), alice);
        refuse(starting(early, 0), IInFlightExits.NotYetValid.selector, time + 1);
        vm.warp(time + 1);
        assertOpen(open(early.entry, _coin, alice, 0), 0);
    }

    /// R10: expired means contested, to the second.
    function test_startInFlightExit_afterItExpired() public {
        uint40 time = uint40(block.timestamp);
        assertOpen(open(windowed(_coin, 1, 0, time + 1), _coin, alice, 0), 0);
        Flight memory expired = flightOf(windowed(_coin, 2, 0, time), one(_coin), alice);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.InFlightExitStarted(
            expired.entry.txId,
            shown(expired.terms),
            true,
            false,
            bytes.concat(expired.entry.body, expired.entry.witness),
            Encoding.preimages(expired.entry.spent)
        );
        make(starting(expired, 0));
        assertOpen(expired, CONTESTED);
        assertAhead(expired, 0, address(0));
        assertOpen(open(windowed(_coin, 3, 0, 1), _coin, alice, 0), CONTESTED);
    }

    /// R10: what an earlier verdict settled is canonical, expired or not.
    function test_startInFlightExit_ofASettledPayment() public {
        Entry memory entry = windowed(_coin, 0, 0, uint40(block.timestamp) + 1);
        Flight memory first = open(entry, _coin, alice, inputPiece(0));
        vm.warp(first.terms.exitableAt + 1);
        land(first, ETH);
        assertEq(rootChain.flagOf(_coin.id), spentBy(entry));
        Flight memory second = flightOf(entry, one(_coin), stranger);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.InFlightExitStarted(
            entry.txId,
            shown(second.terms),
            false,
            true,
            bytes.concat(entry.body, entry.witness),
            Encoding.preimages(entry.spent)
        );
        make(starting(second, outputPiece(0)));
        assertOpen(second, SETTLED | outputPiece(0));
        vm.warp(second.terms.exitableAt + 1);
        uint256 before = stranger.balance;
        land(second, ETH);
        assertEq(stranger.balance, before + 1 ether + 2 * bond);
    }

    /// R10: all inputs, not some.
    function test_startInFlightExit_withOneInputSpentByIt() public {
        Coin[] memory coins = two(_coin, deposit(alice, 2 ether));
        Entry memory entry = sign(draft(coins, to(bob, ETH, 3 ether)), coins);
        Flight memory other = open(pay(coins[0], bob), coins[0], alice, inputPiece(0));
        vm.warp(other.terms.exitableAt + 1);
        land(other, ETH);
        assertOpen(open(entry, coins, alice, 0), 0);
        assertOpen(open(anotherPayment(coins[0], 1), coins[0], alice, 0), 0);
    }

    // ---------------------------------------------------------------- bonds

    /// R27: one bond for the exit and one for each piece, all the same and in range.
    function test_startInFlightExit_withAnotherBond() public {
        Flight memory flight = _flight();
        uint256[6] memory values = [0, bond - 1, 4 * bond + 1, 2 * bond - 2, 2 * bond + 1, 8 * bond + 2];
        for (uint256 i = 0; i < values.length; ++i) {
            uint16 pieces = i < 3 ? 0 : inputPiece(0);
            Move memory start = starting(flight, pieces);
            start.value = values[i];
            uint256 bonds = i < 3 ? 1 : 2;
            refuse(
                start,
                values[i] % bonds == 0
                    ? abi.encodeWithSelector(IRootChain.BondOutOfRange.selector, values[i] / bonds, bond)
                    : abi.encodeWithSelector(IInFlightExits.BondMismatch.selector, values[i], bonds)
            );
        }
        flight.terms.bond = uint96(4 * bond);
        make(starting(flight, inputPiece(0)));
        assertOpen(flight, inputPiece(0));
    }

    function testFuzz_startInFlightExit_withAnyBond(uint256 value, uint8 count) public {
        count %= 8;
        Output[] memory outputs = new Output[](8);
        for (uint256 i = 0; i < 8; ++i) outputs[i] = plain(alice, ETH, 1);
        Flight memory flight = flightOf(sign(draft(_coin, outputs), one(_coin)), one(_coin), alice);
        value %= 6 * bond * (uint256(count) + 1);
        if (value & 1 == 0) value -= value % (uint256(count) + 1);
        Move memory start = starting(flight, uint16(((1 << count) - 1) << 8));
        start.value = value;
        uint256 share = value / (uint256(count) + 1);
        bool good = value % (uint256(count) + 1) == 0 && share >= bond && share <= 4 * bond;
        assertEq(takes(start), good);
        flight.terms.bond = uint96(share);
        if (good) assertOpen(flight, ((1 << count) - 1) << 8);
        assertEq(address(rootChain).balance, 1 ether + (good ? value : 0));
    }

    function test_startInFlightExit_followsTheBaseFee() public {
        vm.fee(1_000 gwei);
        Flight memory flight = _flight();
        refuse(
            starting(flight, 0),
            abi.encodeWithSelector(
                IRootChain.BondOutOfRange.selector,
                bond,
                rootChain.minimumBond(1_000 gwei)
            )
        );
    }

    // ---------------------------------------------------------------- R12: the place in the queues

    function test_startInFlightExit_ofOldMoneyWaitsForOnePeriod() public {
        Coin memory coin = included(pay(_coin, alice), 0);
        vm.warp(START + PERIOD + 1);
        Flight memory flight = open(pay(coin, bob), coin, alice, 0);
        assertEq(flight.terms.exitableAt, START + 2 * PERIOD + STEP);
        assertOpen(flight, 0);
    }

    function test_startInFlightExit_ofYoungMoneyWaitsForTwoPeriods() public {
        Coin memory coin = included(pay(_coin, alice), 0);
        vm.warp(START + PERIOD);
        Flight memory flight = open(pay(coin, bob), coin, alice, 0);
        assertEq(flight.terms.exitableAt, START + 2 * PERIOD);
        vm.warp(START + PERIOD - 1);
        flight = open(anotherPayment(coin, 1), coin, alice, 0);
        assertEq(flight.terms.exitableAt, START + 2 * PERIOD);
        assertOpen(flight, 0);
    }

    /// A deposit behind a young block waits as long as that block's outputs do; one behind no block is old.
    function test_startInFlightExit_ofADepositGoesByTheBlockBeforeIt() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, 0);
        assertEq(flight.terms.exitableAt, START + PERIOD);
        assertOpen(flight, 0);
        included(pay(_coin, bob), 0);
        Coin memory coin = deposit(alice, 2 ether);
        flight = open(pay(coin, bob), coin, alice, 0);
        assertEq(flight.terms.exitableAt, START + 2 * PERIOD);
        assertOpen(flight, 0);
    }

    /// The youngest input decides, wherever it stands among the inputs.
    function testFuzz_startInFlightExit_goesByTheYoungestInput(uint256 seed) public {
        uint256 count = 2 + (seed % 3);
        Coin[] memory coins = new Coin[](count);
        for (uint256 i = 0; i < count; ++i) {
            coins[i] = deposit(alice, 1 ether);
            vm.warp(block.timestamp + 1 days + ((seed >> (8 * i)) % 3600));
            if (seed & (1 << (100 + i)) != 0) coins[i] = included(pay(coins[i], alice), 0);
        }
        for (uint256 i = 0; i < count; ++i) {
            uint256 other = (seed >> (130 + 8 * i)) % count;
            (coins[i], coins[other]) = (coins[other], coins[i]);
        }
        Flight memory flight = open(
            sign(draft(coins, to(bob, ETH, 1 ether)), coins),
            coins,
            alice,
            uint16((1 << count) - 1)
        );
        assertOpen(flight, (1 << count) - 1);
        assertEq(rootChain.exitOf(entryOf(flight)).exitableAt, flight.terms.exitableAt);
    }

    /// R14: one entry in the queue of each token that has a piece.
    function test_startInFlightExit_linksOncePerToken() public {
        Coin[] memory coins = two(_coin, depositToken(alice, 50));
        Output[] memory outputs = new Output[](3);
        outputs[0] = plain(alice, ETH, 0.4 ether);
        outputs[1] = plain(alice, address(token), 20);
        outputs[2] = plain(alice, ETH, 0.6 ether);
        Flight memory flight = flightOf(sign(draft(coins, outputs), coins), coins, alice);
        make(starting(flight, inputPiece(0) | outputPiece(0) | outputPiece(2)));
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        assertEq(rootChain.nextExit(ETH, ExitQueue.SENTINEL), entryOf(flight));
        assertEq(rootChain.nextExit(ETH, entryOf(flight)), ExitQueue.SENTINEL);
        assertEq(rootChain.nextExit(address(token), ExitQueue.SENTINEL), 0);
        piggyback(flight, alice, inputPiece(1) | outputPiece(1));
        assertLinks(flight, EXIT_IN_FLIGHT, 2);
        assertEq(rootChain.nextExit(address(token), ExitQueue.SENTINEL), entryOf(flight));
    }

    /// R25: it goes to its place in order; hints of other queues and of entries behind it are skipped.
    function test_startInFlightExit_withHints() public {
        Coin[] memory older = new Coin[](3);
        for (uint256 i = 0; i < 3; ++i) {
            older[i] = deposit(bob, 1);
            exit(older[i]);
        }
        Coin memory coin = deposit(alice, 2 ether);
        exit(depositToken(carol, 5));
        Coin memory younger = deposit(bob, 1);
        exit(younger);
        Flight memory flight = flightOf(pay(coin, bob), one(coin), alice);
        IRootChain.Hint memory hint = IRootChain.Hint(new bytes32[](0), 2);
        refuse(starting(flight, inputPiece(0), hint), ExitQueue.HintsTooStale.selector, 2);
        hint.entries = new bytes32[](3);
        (hint.entries[0], hint.entries[1], hint.entries[2]) = (younger.id, bytes32(uint256(99)), older[1].id);
        hint.walkLimit = 1;
        make(starting(flight, inputPiece(0), hint));
        assertEq(rootChain.nextExit(ETH, older[2].id), entryOf(flight));
        assertEq(rootChain.nextExit(ETH, entryOf(flight)), younger.id);
    }
}
