// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ExitQueue} from "../../contracts/libraries/ExitQueue.sol";
import {Pieces} from "../../contracts/libraries/Pieces.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {EXIT_IN_FLIGHT} from "../../contracts/types/ExitRecord.sol";
import {SETTLED} from "../../contracts/types/InFlightExit.sol";
import {ETH, Output} from "../../contracts/types/Transaction.sol";
import {OutputPreimage} from "./support/Encoding.sol";
import {Flight, InFlightFixture, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice An exit of a swap: alice's ether for bob's tokens, and some ether back to alice.
contract RootChainInFlightPiggybackTest is InFlightFixture {
    Coin private _ether;
    Coin private _tokens;

    function setUp() public override {
        super.setUp();
        _ether = deposit(alice, 3 ether);
        _tokens = depositToken(bob, 50);
    }

    function _swap() private view returns (Entry memory) {
        Output[] memory outputs = new Output[](3);
        outputs[0] = plain(bob, ETH, 2 ether);
        outputs[1] = plain(alice, address(token), 50);
        outputs[2] = plain(alice, ETH, 1 ether);
        Coin[] memory coins = two(_ether, _tokens);
        return sign(draft(coins, outputs), coins);
    }

    function _open() private returns (Flight memory) {
        return open(_swap(), two(_ether, _tokens), stranger, 0);
    }

    // ---------------------------------------------------------------- what a piggyback does

    function test_piggyback_putsUpABondForEachPiece() public {
        Flight memory flight = _open();
        uint16 pieces = inputPiece(0) | outputPiece(2);
        Move memory move = piggybacking(flight, alice, pieces);
        uint256 before = alice.balance;
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.Piggybacked(flight.entry.txId, alice, pieces);
        make(move);
        assertEq(alice.balance, before - 2 * bond);
        assertEq(address(rootChain).balance, 3 ether + 3 * bond);
        assertOpen(flight, pieces);
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
    }

    /// Everybody's pieces add up, and every token's queue gets the entry once.
    function test_piggyback_ofEverythingByEverybody() public {
        Flight memory flight = _open();
        piggyback(flight, bob, inputPiece(1));
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        piggyback(flight, alice, outputPiece(1));
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        piggyback(flight, bob, outputPiece(0));
        assertLinks(flight, EXIT_IN_FLIGHT, 2);
        piggyback(flight, alice, outputPiece(2) | inputPiece(0));
        assertLinks(flight, EXIT_IN_FLIGHT, 2);
        assertOpen(flight, 0x703);
        bytes32 entry = entryOf(flight);
        assertEq(rootChain.nextExit(ETH, ExitQueue.SENTINEL), entry);
        assertEq(rootChain.nextExit(ETH, entry), ExitQueue.SENTINEL);
        assertEq(rootChain.nextExit(address(token), ExitQueue.SENTINEL), entry);
        assertEq(rootChain.nextExit(address(token), entry), ExitQueue.SENTINEL);
    }

    /// R11: the bond is the one fixed at the start, whatever gas costs by now.
    function test_piggyback_withTheBondOfTheStart() public {
        Flight memory flight = flightOf(_swap(), two(_ether, _tokens), stranger);
        flight.terms.bond = uint96(2 * bond);
        make(starting(flight, 0));
        vm.fee(1_000 gwei);
        piggyback(flight, bob, outputPiece(0));
        assertEq(address(rootChain).balance, 3 ether + 4 * bond);
    }

    // ---------------------------------------------------------------- refusals

    function test_piggyback_bySomebodyElse() public {
        Flight memory flight = _open();
        uint8[5] memory numbers = [0, 1, 8, 9, 10];
        address[5] memory owners = [alice, bob, bob, alice, alice];
        for (uint256 i = 0; i < 5; ++i) {
            uint16 piece = uint16(1 << numbers[i]);
            address other = owners[i] == alice ? bob : alice;
            bytes4 selector = IInFlightExits.NotPieceOwner.selector;
            refuse(piggybacking(flight, other, piece), abi.encodeWithSelector(selector, numbers[i], other));
            refuse(piggybacking(flight, stranger, piece), abi.encodeWithSelector(selector, numbers[i], stranger));
            make(piggybacking(flight, owners[i], piece));
        }
    }

    /// One piece of somebody else spoils the call.
    function test_piggyback_alsoOfSomebodyElses() public {
        refuse(
            piggybacking(_open(), alice, inputPiece(0) | outputPiece(0) | outputPiece(1)),
            abi.encodeWithSelector(IInFlightExits.NotPieceOwner.selector, 8, alice)
        );
    }

    function test_piggyback_twice() public {
        Flight memory flight = _open();
        piggyback(flight, alice, outputPiece(1));
        bytes4 unavailable = Pieces.PieceUnavailable.selector;
        refuse(piggybacking(flight, alice, outputPiece(1)), unavailable, 9);
        refuse(piggybacking(flight, alice, outputPiece(1) | inputPiece(0)), unavailable, 9);
        refuse(piggybacking(flight, alice, outputPiece(1) | outputPiece(2)), unavailable, 9);
    }

    function test_piggyback_ofNothing() public {
        refuse(piggybacking(_open(), alice, 0), Pieces.PieceUnavailable.selector, 0);
    }

    function test_piggyback_ofPiecesThatAreNotThere() public {
        Flight memory flight = _open();
        for (uint256 piece = 2; piece < 16; ++piece) {
            if (piece >= 8 && piece < 11) continue;
            refuse(
                piggybacking(flight, alice, uint16(1 << piece)),
                Pieces.PieceUnavailable.selector,
                piece
            );
        }
    }

    function test_piggyback_withAnotherValue() public {
        Flight memory flight = _open();
        Move memory move = piggybacking(flight, alice, inputPiece(0) | outputPiece(2));
        uint256[6] memory values = [0, bond, 2 * bond - 1, 2 * bond + 1, 3 * bond, 4 * bond];
        for (uint256 i = 0; i < values.length; ++i) {
            move.value = values[i];
            refuse(move, abi.encodeWithSelector(IInFlightExits.BondMismatch.selector, values[i], 2));
        }
    }

    /// R11: phase 1 is [start, start + MEP/2).
    function test_piggyback_untilPhaseOneEnds() public {
        Flight memory flight = _open();
        vm.warp(flight.terms.startedAt + PHASE - 1);
        piggyback(flight, bob, outputPiece(0));
        vm.warp(flight.terms.startedAt + PHASE);
        refuse(
            piggybacking(flight, alice, outputPiece(1)),
            IInFlightExits.WrongPhase.selector,
            flight.terms.startedAt + PHASE
        );
    }

    /// R26: terms are those of the start, all of them.
    function test_piggyback_withOtherTerms() public {
        Flight memory flight = _open();
        bytes memory unknown = abi.encodeWithSelector(
            IInFlightExits.InFlightExitUnknown.selector,
            flight.entry.txId
        );
        Flight memory other = flightOf(flight.entry, flight.coins, stranger);
        other.terms.startedAt += 1;
        refuse(piggybacking(other, alice, outputPiece(1)), unknown);
        other = flightOf(flight.entry, flight.coins, stranger);
        other.terms.exitableAt -= 1;
        refuse(piggybacking(other, alice, outputPiece(1)), unknown);
        other = flightOf(flight.entry, one(flight.coins[0]), stranger);
        refuse(piggybacking(other, alice, outputPiece(1)), unknown);
        other = flightOf(flight.entry, flight.coins, alice);
        refuse(piggybacking(other, alice, outputPiece(1)), unknown);
        other = flightOf(flight.entry, flight.coins, stranger);
        other.terms.bond = 0;
        refuse(piggybacking(other, alice, outputPiece(1)), unknown);
    }

    function test_piggyback_whereNoneIsOpen() public {
        Flight memory flight = flightOf(_swap(), two(_ether, _tokens), stranger);
        bytes memory unknown = abi.encodeWithSelector(
            IInFlightExits.InFlightExitUnknown.selector,
            flight.entry.txId
        );
        refuse(piggybacking(flight, alice, outputPiece(1)), unknown);
        make(starting(flight, 0));
        vm.warp(block.timestamp + PHASE);
        make(deleting(flight));
        vm.warp(flight.terms.startedAt);
        refuse(piggybacking(flight, alice, outputPiece(1)), unknown);
    }

    /// The body names the exit: another's is not found with these terms.
    function test_piggyback_withAnotherBody() public {
        Flight memory flight = _open();
        Coin[] memory coins = two(_tokens, _ether);
        Flight memory other = open(sign(draft(coins, _swap().outputs), coins), coins, alice, 0);
        flight.entry.body = other.entry.body;
        refuse(
            piggybacking(flight, alice, outputPiece(1)),
            abi.encodeWithSelector(IInFlightExits.InFlightExitUnknown.selector, other.entry.txId)
        );
    }

    // ---------------------------------------------------------------- what the inputs were

    function test_piggyback_withOtherPreimages() public {
        Flight memory flight = _open();
        OutputPreimage[] memory spent = flight.entry.spent;
        bytes4 mismatch = SpendProof.PreimageMismatch.selector;
        flight.entry.spent = new OutputPreimage[](0);
        refuse(piggybacking(flight, alice, inputPiece(0)), mismatch, 0);
        piggyback(flight, alice, outputPiece(1));
        flight.entry.spent = new OutputPreimage[](1);
        flight.entry.spent[0] = spent[1];
        refuse(piggybacking(flight, alice, inputPiece(0)), mismatch, 0);
        // Alice's own output, shown for bob's piece.
        flight.entry.spent[0] = spent[0];
        refuse(piggybacking(flight, alice, inputPiece(1)), mismatch, 1);
        refuse(piggybacking(flight, alice, inputPiece(0) | inputPiece(1)), mismatch, 1);
        make(piggybacking(flight, alice, inputPiece(0)));
    }

    function test_piggyback_withPreimagesInAnotherOrder() public {
        Coin[] memory coins = two(_ether, deposit(alice, 1 ether));
        Flight memory flight = open(sign(draft(coins, to(bob, ETH, 4 ether)), coins), coins, stranger, 0);
        OutputPreimage[] memory spent = flight.entry.spent;
        (spent[0], spent[1]) = (spent[1], spent[0]);
        refuse(
            piggybacking(flight, alice, inputPiece(0) | inputPiece(1)),
            SpendProof.PreimageMismatch.selector,
            1
        );
        make(piggybacking(flight, alice, inputPiece(0)));
        make(piggybacking(flight, alice, inputPiece(1)));
    }

    /// R18: whom it goes back to lets it take part; where there is nobody, nobody does.
    function test_piggyback_ofAConditionalOutput() public {
        Output[] memory outputs = new Output[](2);
        outputs[0] = Output(bob, ETH, 1 ether, bytes32(uint256(1)));
        outputs[1] = Output(address(0), ETH, 1 ether, bytes32(uint256(1)));
        Entry memory entry = sign(draft(_ether, outputs), one(_ether));
        Flight memory flight = open(entry, _ether, stranger, 0);
        bytes memory refusal = abi.encodeWithSelector(IInFlightExits.NotPieceOwner.selector, 9, bob);
        refuse(piggybacking(flight, bob, outputPiece(1)), refusal);
        make(piggybacking(flight, bob, outputPiece(0)));
    }

    // ---------------------------------------------------------------- what is finalised

    /// R11, R13: an input that left by a standard exit takes part no more.
    function test_piggyback_ofAnInputThatWasPaid() public {
        exit(_ether);
        mature();
        process(_ether);
        Flight memory flight = _open();
        refuse(
            piggybacking(flight, alice, inputPiece(0)),
            abi.encodeWithSelector(IInFlightExits.OutputFinalised.selector, _ether.id)
        );
        piggyback(flight, alice, outputPiece(2));
        piggyback(flight, bob, inputPiece(1));
    }

    /// R13: an output that left by a standard exit of T's block.
    function test_piggyback_ofAnOutputThatWasPaid() public {
        Entry memory entry = pay(_ether, bob);
        Coin memory received = included(entry, 0);
        exit(received);
        mature();
        process(received);
        Flight memory flight = open(entry, _ether, alice, 0);
        refuse(
            piggybacking(flight, bob, outputPiece(0)),
            abi.encodeWithSelector(IInFlightExits.OutputFinalised.selector, received.id)
        );
        piggyback(flight, alice, inputPiece(0));
    }

    /// R13: an input that an earlier verdict gave to another payment, or to this one.
    function test_piggyback_ofAnInputThatIsSpentForEver() public {
        Flight memory first = open(pay(_ether, alice), _ether, alice, inputPiece(0));
        vm.warp(first.terms.exitableAt + 1);
        land(first, ETH);
        bytes memory finalised = abi.encodeWithSelector(IInFlightExits.OutputFinalised.selector, _ether.id);
        Flight memory again = open(first.entry, _ether, alice, 0);
        assertOpen(again, SETTLED);
        refuse(piggybacking(again, alice, inputPiece(0)), finalised);
        piggyback(again, alice, outputPiece(0));
        refuse(piggybacking(_open(), alice, inputPiece(0)), finalised);
    }

    /// The standard exit of the same output may be queued meanwhile: the first to be processed finalises it.
    function test_piggyback_ofAnInputThatIsExiting() public {
        exit(_ether);
        Flight memory flight = _open();
        piggyback(flight, alice, inputPiece(0));
        assertOpen(flight, 1);
    }

    // ---------------------------------------------------------------- queues

    function test_piggyback_withHints() public {
        for (uint256 i = 0; i < 3; ++i) exit(deposit(carol, 1));
        Coin memory older = _ether;
        exit(older);
        vm.warp(block.timestamp + 2 * STEP);
        Flight memory flight = _open();
        IRootChain.Hint memory hint = IRootChain.Hint(new bytes32[](0), 3);
        refuse(piggybacking(flight, bob, outputPiece(0), hint), ExitQueue.HintsTooStale.selector, 3);
        hint = behind(older.id);
        hint.walkLimit = 3;
        make(piggybacking(flight, bob, outputPiece(0), hint));
        // Linked already: no place is looked for.
        hint.walkLimit = 0;
        make(piggybacking(flight, alice, inputPiece(0), hint));
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
    }

    /// A piece that was challenged may take part again, for another bond, with the entry that stands.
    function test_piggyback_afterAChallenge() public {
        Flight memory flight = _open();
        piggyback(flight, alice, inputPiece(0));
        make(challenging(flight, 0, loose(anotherPayment(_ether, 1), 0), carol));
        assertOpen(flight, 0);
        piggyback(flight, alice, inputPiece(0));
        assertOpen(flight, 1);
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        assertEq(address(rootChain).balance, 3 ether + 2 * bond);
    }
}
