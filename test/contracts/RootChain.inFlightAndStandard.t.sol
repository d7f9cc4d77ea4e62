// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {OutputFlags} from "../../contracts/libraries/OutputFlags.sol";
import {EXIT_CHALLENGED, EXIT_FINAL, EXIT_LIVE, EXIT_PAID, EXIT_SPENT} from "../../contracts/types/ExitRecord.sol";
import {CANONICAL, DECIDED} from "../../contracts/types/InFlightExit.sol";
import {ETH} from "../../contracts/types/Transaction.sol";
import {Flight, InFlightFixture} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice One output in exits of both kinds: it is paid once, and every bond returns (R13).
contract RootChainInFlightAndStandardTest is InFlightFixture {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
        deposit(carol, 5 ether);
    }

    function _refuseExit(Coin memory coin, uint8 state) private {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ExitExists.selector, coin.id, state));
        exit(coin);
    }

    /// @dev A second token's piece keeps the exit open behind its verdict, so that it can be seen.
    function _withToken(Coin memory coin) private returns (Flight memory flight) {
        Coin[] memory coins = two(coin, depositToken(alice, 50));
        flight = open(
            sign(draft(coins, to(bob, ETH, coin.preimage.output.amount)), coins),
            coins,
            alice,
            inputPiece(0) | inputPiece(1)
        );
        piggyback(flight, bob, outputPiece(0));
    }

    // ---------------------------------------------------------------- the same input

    /// The standard exit goes first: the payment is not canonical, and its receiver gets nothing but the bond.
    function test_processExits_ofAnInputThatLeavesByAStandardExitFirst() public {
        exit(_coin);
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        piggyback(flight, bob, outputPiece(0));
        mature();
        uint256 before = alice.balance;
        uint256 bobs = bob.balance;
        assertEq(process(_coin), 1);
        assertEq(alice.balance, before + 1 ether + bond);
        assertEq(land(flight, ETH), 1);
        assertEq(alice.balance, before + 1 ether + 3 * bond);
        assertEq(bob.balance, bobs + bond);
        assertEq(rootChain.flagOf(_coin.id), OutputFlags.PAID);
        assertEq(rootChain.flagOf(outputOf(flight.entry, 0).id), 0);
        assertEq(address(rootChain).balance, 5 ether);
    }

    /// The in-flight exit goes first: what is left of the standard exit is its bond.
    function test_processExits_ofAnInputThatIsSpentWhileItsStandardExitIsQueued() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        piggyback(flight, bob, outputPiece(0));
        exit(_coin);
        mature();
        uint256 before = alice.balance;
        uint256 bobs = bob.balance;
        assertEq(land(flight, ETH), 1);
        assertEq(bob.balance, bobs + 1 ether + bond);
        assertEq(alice.balance, before + 2 * bond);
        assertEq(stateOf(_coin), EXIT_LIVE | EXIT_FINAL);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitDropped(_coin.id);
        assertEq(process(_coin), 1);
        assertEq(alice.balance, before + 3 * bond);
        assertEq(stateOf(_coin), EXIT_SPENT);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        assertEq(address(rootChain).balance, 5 ether);
        _refuseExit(_coin, EXIT_SPENT);
    }

    /// And the next in-flight exit pays it neither, though its standard exit is still queued.
    function test_processExits_ofAnInputThatIsSpentButStillQueued() public {
        Flight memory first = open(pay(_coin, bob), _coin, alice, 0);
        piggyback(first, bob, outputPiece(0));
        Flight memory second = open(anotherPayment(_coin, 2), _coin, alice, inputPiece(0));
        exit(_coin);
        mature();
        uint256 before = alice.balance;
        assertEq(processAll(ETH, 2, "", list(first, second)), 2);
        assertEq(stateOf(_coin), EXIT_LIVE | EXIT_FINAL);
        assertEq(rootChain.flagOf(_coin.id), spentBy(first.entry));
        assertEq(process(_coin), 1);
        assertEq(alice.balance, before + 4 * bond);
        assertEq(rootChain.flagOf(_coin.id), spentBy(first.entry));
        assertEq(address(rootChain).balance, 5 ether);
    }

    /// The same of an input that was paid: not twice.
    function test_processExits_ofAnInputThatIsPaidWhileItsStandardExitIsQueued() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        exit(_coin);
        contest(flight, loose(anotherPayment(_coin, 1), 0), carol);
        mature();
        uint256 before = alice.balance;
        assertEq(land(flight, ETH), 1);
        assertEq(alice.balance, before + 1 ether + bond);
        assertEq(stateOf(_coin), EXIT_LIVE | EXIT_FINAL);
        assertEq(rootChain.flagOf(_coin.id), OutputFlags.PAID);
        assertEq(process(_coin), 1);
        assertEq(alice.balance, before + 1 ether + 2 * bond);
        assertEq(stateOf(_coin), EXIT_PAID);
        assertEq(address(rootChain).balance, 5 ether);
        _refuseExit(_coin, EXIT_PAID);
    }

    /// A finalised output's standard exit is challenged like any other, and its flag outlives it.
    function test_challengeExit_ofAFinalisedOutput() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        exit(_coin);
        mature();
        land(flight, ETH);
        uint256 before = carol.balance;
        challenge(flight.entry, carol);
        assertEq(carol.balance, before + bond);
        assertEq(stateOf(_coin), EXIT_CHALLENGED | EXIT_FINAL);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        _refuseExit(_coin, EXIT_CHALLENGED | EXIT_FINAL);
        assertEq(rootChain.processExits(ETH, 1, "", noInFlight()), 1);
        assertEq(stateOf(_coin), EXIT_SPENT);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        assertEq(address(rootChain).balance, 6 ether);
    }

    /// A challenged standard exit is no obstacle, dropped or not: the flag is written beside it.
    function test_processExits_ofAnInputWhoseStandardExitWasChallenged() public {
        exit(_coin);
        Flight memory flight = _withToken(_coin);
        challenge(flight.entry, carol);
        mature();
        // The dead entry is older: it is dropped on the way.
        assertEq(processAll(ETH, 9, "", list(flight)), 2);
        assertEq(stateOf(flight) & (DECIDED | CANONICAL), DECIDED | CANONICAL);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        assertEq(stateOf(_coin), EXIT_SPENT);
    }

    function test_processExits_ofAnInputWhoseChallengedExitIsStillQueued() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        vm.warp(block.timestamp + 2 * STEP);
        exit(_coin);
        challenge(flight.entry, carol);
        mature();
        assertEq(land(flight, ETH), 1);
        assertEq(stateOf(_coin), EXIT_CHALLENGED | EXIT_FINAL);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        assertEq(rootChain.processExits(ETH, 9, "", noInFlight()), 1);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        _refuseExit(_coin, EXIT_SPENT);
    }

    /// A standard exit by a helper: who paid the bond gets it back, the output's money left by the other exit.
    function test_processExits_ofAnInputThatIsSpentWhileAHelpersExitIsQueued() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        exitAs(stranger, _coin, bond, atFront(), authorize(_coin, stranger, uint40(block.timestamp), alice));
        mature();
        land(flight, ETH);
        uint256 before = stranger.balance;
        uint256 alices = alice.balance;
        assertEq(process(_coin), 1);
        assertEq(stranger.balance, before + bond);
        assertEq(alice.balance, alices);
        assertEq(stateOf(_coin), EXIT_SPENT);
    }

    /// It tries afterwards.
    function test_startExit_ofAnInputThatIsSpent() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        mature();
        land(flight, ETH);
        _refuseExit(_coin, EXIT_SPENT);
        assertEq(rootChain.exitOf(_coin.id).bond, 0);
        assertEq(rootChain.exitOf(_coin.id).exitableAt, 0);
    }

    // ---------------------------------------------------------------- the same output

    /// T is in a block after all: its older money makes the in-flight exit the first, and the standard exit returns its bond.
    function test_processExits_ofAnOutputThatLeavesByTheInFlightExit() public {
        Entry memory entry = pay(_coin, bob);
        Coin memory received = included(entry, 0);
        Flight memory flight = open(entry, _coin, alice, 0);
        piggyback(flight, bob, outputPiece(0));
        exit(received);
        mature();
        uint256 before = bob.balance;
        assertEq(process(received), 0);
        assertEq(land(flight, ETH), 1);
        assertEq(bob.balance, before + 1 ether + bond);
        assertEq(stateOf(received), EXIT_LIVE | EXIT_FINAL);
        assertEq(process(received), 1);
        assertEq(bob.balance, before + 1 ether + 2 * bond);
        assertEq(stateOf(received), EXIT_PAID);
        assertEq(address(rootChain).balance, 5 ether);
    }

    /// The standard exit was earlier: the in-flight exit is canonical and pays the output nothing more.
    function test_processExits_ofAnOutputThatLeavesByTheStandardExit() public {
        Entry memory entry = pay(_coin, bob);
        Coin memory received = included(entry, 0);
        exit(received);
        vm.warp(START + 2 * PERIOD);
        Flight memory flight = open(entry, _coin, alice, 0);
        piggyback(flight, bob, outputPiece(0));
        vm.warp(START + 2 * PERIOD + 1);
        uint256 before = bob.balance;
        assertEq(process(received), 1);
        assertEq(bob.balance, before + 1 ether + bond);
        vm.warp(flight.terms.exitableAt + 1);
        assertEq(land(flight, ETH), 1);
        assertEq(bob.balance, before + 1 ether + 2 * bond);
        assertEq(rootChain.flagOf(_coin.id), spentBy(entry));
        assertEq(address(rootChain).balance, 5 ether);
    }
}
