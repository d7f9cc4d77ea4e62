// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ExitQueue} from "../../contracts/libraries/ExitQueue.sol";
import {OutputFlags} from "../../contracts/libraries/OutputFlags.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {EXIT_IN_FLIGHT, EXIT_IN_FLIGHT_DEAD, EXIT_PAID} from "../../contracts/types/ExitRecord.sol";
import {CANONICAL, CONTESTED, DECIDED, SHOWN} from "../../contracts/types/InFlightExit.sol";
import {ETH, FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {OutputPreimage} from "./support/Encoding.sol";
import {Flight, InFlightFixture, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Verdicts, payouts and deletions.
contract RootChainInFlightProcessTest is InFlightFixture {
    Coin private _coin;
    Coin private _tokens;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 3 ether);
        _tokens = depositToken(bob, 50);
    }

    function _contested(Flight memory flight) private {
        contest(flight, loose(anotherPayment(_coin, 1), 0), stranger);
    }

    function _assertEmpty() private view {
        assertEq(address(rootChain).balance, potOf(ETH));
        assertEq(token.balanceOf(address(rootChain)), potOf(address(token)));
    }

    // ---------------------------------------------------------------- the verdict

    /// Canonical: the outputs are paid, and all inputs are spent by the payment for ever.
    function test_processExits_ofACanonicalPayment() public {
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        uint256[3] memory before = [alice.balance, bob.balance, carol.balance];
        Move memory move = processing(ETH, 1, "", list(flight));
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.InFlightExitDecided(flight.entry.txId, true, carol, uint96(bond));
        make(move);
        assertEq(alice.balance, before[0] + bond);
        assertEq(bob.balance, before[1] + 3 ether + bond);
        assertEq(carol.balance, before[2] + bond);
        assertEq(token.balanceOf(alice), 0);
        assertOpen(flight, DECIDED | CANONICAL | inputPiece(1) | outputPiece(1));
        assertLinks(flight, EXIT_IN_FLIGHT, 1);
        assertEq(rootChain.flagOf(_coin.id), spentBy(flight.entry));
        assertEq(rootChain.flagOf(_tokens.id), spentBy(flight.entry));
        assertEq(rootChain.flagOf(outputOf(flight.entry, 0).id), OutputFlags.PAID);
        assertEq(rootChain.flagOf(outputOf(flight.entry, 1).id), 0);

        move = processing(address(token), 1, "", list(flight));
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitProcessed(outputOf(flight.entry, 1).id, alice, address(token), 50);
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.InFlightExitEnded(flight.entry.txId);
        make(move);
        assertEq(token.balanceOf(alice), 50);
        assertEq(alice.balance, before[0] + 2 * bond);
        assertEq(bob.balance, before[1] + 3 ether + 2 * bond);
        assertClosed(flight);
        assertLinks(flight, EXIT_IN_FLIGHT, 0);
        assertEq(address(rootChain).balance, 0);
        assertEq(token.balanceOf(address(rootChain)), 0);
    }

    /// Not canonical: the inputs are paid, and nothing is spent.
    function test_processExits_ofAContestedPayment() public {
        Flight memory flight = openSwap(_coin, _tokens);
        _contested(flight);
        ripen(flight);
        uint256[3] memory before = [alice.balance, bob.balance, stranger.balance];
        Move memory move = processing(address(token), 1, "", list(flight));
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.InFlightExitDecided(flight.entry.txId, false, stranger, uint96(bond));
        make(move);
        assertEq(token.balanceOf(bob), 50);
        assertEq(bob.balance, before[1] + bond);
        assertEq(alice.balance, before[0] + bond);
        assertEq(stranger.balance, before[2] + bond);
        assertOpen(flight, DECIDED | CONTESTED | SHOWN | inputPiece(0) | outputPiece(0));
        assertEq(rootChain.flagOf(_tokens.id), OutputFlags.PAID);
        assertEq(rootChain.flagOf(_coin.id), 0);
        assertEq(land(flight, ETH), 1);
        assertEq(alice.balance, before[0] + 3 ether + 2 * bond);
        assertEq(bob.balance, before[1] + 2 * bond);
        assertEq(rootChain.flagOf(_coin.id), OutputFlags.PAID);
        assertClosed(flight);
        assertEq(address(rootChain).balance, 0);
    }

    function test_processExits_ofAnAnsweredPayment() public {
        Flight memory flight = openSwap(_coin, _tokens);
        Coin memory received = included(flight.entry, 0);
        _contested(flight);
        respond(flight, received.inclusion, bob);
        ripen(flight);
        uint256 before = bob.balance;
        land(flight, ETH);
        assertEq(bob.balance, before + 3 ether + 2 * bond);
        assertOpen(flight, DECIDED | CANONICAL | SHOWN | inputPiece(1) | outputPiece(1));
    }

    /// R10: that it expires meanwhile changes nothing.
    function test_processExits_ofAPaymentThatExpiredInFlight() public {
        Entry memory entry = windowed(_coin, 0, 0, uint40(block.timestamp) + 1);
        Flight memory flight = open(entry, _coin, alice, 0);
        piggyback(flight, stranger, outputPiece(0));
        ripen(flight);
        uint256 before = stranger.balance;
        assertEq(land(flight, ETH), 1);
        assertEq(stranger.balance, before + 3 ether + bond);
        assertEq(rootChain.flagOf(_coin.id), spentBy(entry));
    }

    /// A double spend that is revealed at the last second is answered in the second half of the period.
    function test_processExits_ofAPaymentContestedAtTheLastSecond() public {
        Flight memory flight = openSwap(_coin, _tokens);
        Coin memory received = included(flight.entry, 0);
        Entry memory rival = anotherPayment(_coin, 1);
        Coin memory stolen = included(rival, 0);
        vm.warp(flight.terms.startedAt + PHASE - 1);
        contest(flight, withInclusion(loose(rival, 0), stolen.inclusion), stranger);
        ripen(flight);
        respond(flight, received.inclusion, alice);
        uint256 before = alice.balance;
        land(flight, ETH);
        land(flight, address(token));
        assertEq(alice.balance, before + 3 * bond);
        assertEq(token.balanceOf(alice), 50);
        _assertEmpty();
    }

    /// R14: one verdict for all tokens, whatever happens between their entries.
    function testFuzz_processExits_givesOneVerdict(bool contested, bool tokensFirst) public {
        Flight memory flight = openSwap(_coin, _tokens);
        if (contested) _contested(flight);
        ripen(flight);
        uint256 before = alice.balance + bob.balance;
        land(flight, tokensFirst ? address(token) : ETH);
        uint256 verdict = stateOf(flight) & (DECIDED | CANONICAL);
        assertEq(verdict, contested ? DECIDED : DECIDED | CANONICAL);
        land(flight, tokensFirst ? ETH : address(token));
        assertEq(alice.balance + bob.balance, before + 3 ether + 4 * bond);
        assertEq(token.balanceOf(contested ? bob : alice), 50);
        assertClosed(flight);
        _assertEmpty();
    }

    /// R13: not canonical where another exit has finalised an input; what is finalised is not paid again.
    function test_processExits_ofAPaymentWhoseInputWasPaid() public {
        exit(_coin);
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        process(_coin);
        uint256 before = alice.balance;
        assertEq(rootChain.processExits(ETH, 9, "", noInFlight()), 0);
        land(flight, address(token));
        assertEq(stateOf(flight) & (DECIDED | CANONICAL), DECIDED);
        assertEq(token.balanceOf(bob), 50);
        land(flight, ETH);
        assertEq(alice.balance, before + 2 * bond);
        assertClosed(flight);
        assertEq(address(rootChain).balance, 0);
    }

    /// R13: two payments of one output, in no block and not contested: the first verdict decides both.
    function test_processExits_ofTwoPaymentsOfOneInput() public {
        Flight memory first = open(pay(_coin, alice), _coin, alice, inputPiece(0) | outputPiece(0));
        Flight memory second = open(anotherPayment(_coin, 2), _coin, alice, inputPiece(0));
        piggyback(second, stranger, outputPiece(0));
        ripen(first);
        Flight[] memory flights = list(first, second);
        uint256 before = alice.balance;
        uint256 strangers = stranger.balance;
        assertEq(processAll(ETH, 9, "", flights), 2);
        assertEq(alice.balance, before + 3 ether + 5 * bond);
        assertEq(stranger.balance, strangers + bond);
        assertEq(rootChain.flagOf(_coin.id), spentBy(first.entry));
        assertEq(address(rootChain).balance, 0);
    }

    /// The same, each contested by the other: the input is paid once.
    function test_processExits_ofTwoPaymentsThatContestEachOther() public {
        Flight memory first = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        Flight memory second = open(anotherPayment(_coin, 2), _coin, alice, inputPiece(0));
        contest(first, loose(second.entry, 0), bob);
        contest(second, loose(first.entry, 0), stranger);
        ripen(first);
        uint256 before = alice.balance;
        assertEq(processAll(ETH, 9, "", list(first, second)), 2);
        assertEq(alice.balance, before + 3 ether + 2 * bond);
        assertEq(rootChain.flagOf(_coin.id), OutputFlags.PAID);
        assertEq(address(rootChain).balance, 0);
    }

    /// Only the bonds of this token's pieces, of both sides.
    function test_processExits_returnsTheBondsOfItsToken() public {
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        land(flight, address(token));
        assertOpen(flight, DECIDED | CANONICAL | inputPiece(0) | outputPiece(0));
        assertEq(address(rootChain).balance, 3 ether + 2 * bond);
    }

    /// 1 to 8 inputs and outputs of two tokens and three owners, whoever takes part: nothing is left over and nothing is missing.
    function testFuzz_processExits_ofAnyShape(uint256 seed) public {
        Coin[] memory coins = new Coin[]((seed % 8) + 1);
        for (uint256 i = 0; i < coins.length; ++i) {
            address owner = _owner(seed >> (4 * i + 8));
            coins[i] = seed & (1 << (i + 64)) == 0 ? deposit(owner, 8 ether) : depositToken(owner, 8 ether);
        }
        Output[] memory outputs = new Output[](((seed >> 4) % 8) + 1);
        for (uint256 i = 0; i < outputs.length; ++i) {
            outputs[i] = plain(_owner(seed >> (4 * i + 80)), coins[0].preimage.output.token, uint128(i + 1) * 0.1 ether);
        }
        Flight memory flight = open(sign(draft(coins, outputs), coins), coins, carol, 0);
        (uint256 money, uint16 live) = _takePart(flight, seed >> 128, seed & (1 << 255) != 0);
        if (seed & (1 << 255) == 0) contest(flight, loose(anotherPayment(coins[0], 1), 0), stranger);
        assertEq(stateOf(flight) & 0xffff, live);
        ripen(flight);
        uint256 held = address(rootChain).balance + token.balanceOf(address(rootChain));
        uint256 bonds = (1 + countOf(live)) * bond;
        if (processAll(ETH, 9, "", list(flight)) + processAll(address(token), 9, "", list(flight)) == 0) {
            (money, bonds) = (0, bond);
            make(deleting(flight));
        }
        assertClosed(flight);
        assertEq(address(rootChain).balance + token.balanceOf(address(rootChain)), held - money - bonds);
        _assertEmpty();
    }

    function _owner(uint256 seed) private view returns (address) {
        return [alice, bob, carol][seed % 3];
    }

    /// @dev A random set of pieces takes part; `money` is what their side is worth.
    function _takePart(
        Flight memory flight,
        uint256 seed,
        bool canonical
    ) private returns (uint256 money, uint16 live) {
        for (uint256 piece = 0; piece < 16; ++piece) {
            Output memory output;
            if (piece < flight.coins.length) output = flight.coins[piece].preimage.output;
            else if (piece >= 8 && piece - 8 < flight.entry.outputs.length) output = flight.entry.outputs[piece - 8];
            if (output.amount == 0 || seed & (1 << piece) == 0) continue;
            piggyback(flight, output.owner, uint16(1 << piece));
            live |= uint16(1 << piece);
            if (canonical == (piece >= 8)) money += output.amount;
        }
    }

    // ---------------------------------------------------------------- when, and with what

    function test_processExits_ofAnInFlightExitNotBeforeItIsTime() public {
        Flight memory flight = openSwap(_coin, _tokens);
        vm.warp(flight.terms.exitableAt);
        assertEq(land(flight, ETH), 0);
        vm.warp(flight.terms.exitableAt + 1);
        assertEq(land(flight, ETH), 1);
    }

    /// Not by the state of its word, nor with one that was not shown.
    function test_processExits_withoutTheOpening() public {
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        assertEq(rootChain.processExits(ETH, 9, "", noInFlight()), 0);
        Flight memory other = copyOf(flight);
        other.terms.startedAt += 1;
        assertEq(land(other, ETH), 0);
        other = copyOf(flight);
        other.terms.bond *= 2;
        assertEq(land(other, ETH), 0);
        other = copyOf(flight);
        other.terms.starter = alice;
        assertEq(land(other, ETH), 0);
        other = copyOf(flight);
        other.entry = anotherPayment(_coin, 5);
        assertEq(land(other, ETH), 0);
        assertEq(processAll(ETH, 9, "", list(other, flight)), 1);
    }

    /// R26: superfluous openings are skipped, in front and between.
    function test_processExits_withSuperfluousOpenings() public {
        Flight memory first = open(pay(_coin, alice), _coin, alice, inputPiece(0));
        Coin memory coin = deposit(alice, 1 ether);
        Flight memory second = open(pay(coin, alice), coin, alice, inputPiece(0));
        Coin memory last = deposit(alice, 1 ether);
        exit(last);
        ripen(second);
        Flight[] memory flights = new Flight[](5);
        (flights[0], flights[1], flights[2]) = (copyOf(first), first, first);
        flights[0].terms.startedAt -= 1;
        (flights[3], flights[4]) = (copyOf(second), second);
        flights[3].terms.bond += 1;
        assertEq(processAll(ETH, 9, opening(last), flights), 3);
        _assertEmpty();
    }

    /// Openings are read forward only: in another order the second is not found.
    function test_processExits_withOpeningsInAnotherOrder() public {
        Flight memory first = open(pay(_coin, alice), _coin, alice, inputPiece(0));
        Coin memory coin = deposit(alice, 1 ether);
        Flight memory second = open(pay(coin, alice), coin, alice, inputPiece(0));
        ripen(second);
        assertEq(processAll(ETH, 9, "", list(second, first)), 1);
        assertEq(processAll(ETH, 9, "", list(second, first)), 1);
    }

    /// What the live inputs were is shown; nobody is paid by another preimage.
    function test_processExits_withOtherPreimages() public {
        Flight memory flight = openSwap(_coin, _tokens);
        ripen(flight);
        Flight memory other = copyOf(flight);
        other.entry.spent[0].output.amount += 1;
        refuse(processing(ETH, 1, "", list(other)), SpendProof.PreimageMismatch.selector, 0);
        other = copyOf(flight);
        other.entry.spent[0].output.owner = bob;
        refuse(processing(ETH, 1, "", list(other)), SpendProof.PreimageMismatch.selector, 0);
        other = copyOf(flight);
        (other.entry.spent[0], other.entry.spent[1]) = (other.entry.spent[1], other.entry.spent[0]);
        refuse(processing(ETH, 1, "", list(other)), SpendProof.PreimageMismatch.selector, 1);
        other.entry.spent = new OutputPreimage[](0);
        refuse(processing(ETH, 1, "", list(other)), SpendProof.PreimageMismatch.selector, 0);
        assertEq(land(flight, ETH), 1);
    }

    /// Inputs that are no live pieces need not be shown.
    function test_processExits_withoutThePreimagesOfOthers() public {
        Flight memory flight = openSwap(_coin, _tokens);
        make(challenging(flight, 0, loose(anotherPayment(_coin, 1), 0), carol));
        OutputPreimage[] memory spent = new OutputPreimage[](1);
        spent[0] = flight.entry.spent[1];
        flight.entry.spent = spent;
        ripen(flight);
        assertEq(land(flight, ETH), 1);
        assertEq(land(flight, address(token)), 1);
        assertClosed(flight);
    }

    function test_processExits_atMostTheNumberOfEntriesNamed() public {
        Flight memory first = open(pay(_coin, alice), _coin, alice, inputPiece(0));
        Coin memory coin = deposit(alice, 1 ether);
        Flight memory second = open(pay(coin, alice), coin, alice, inputPiece(0));
        ripen(second);
        assertEq(processAll(ETH, 1, "", list(first, second)), 1);
        assertClosed(first);
        assertOpen(second, 1);
    }

    /// R25, I5: by time, then by the age of the money, standard and in-flight exits alike.
    function test_processExits_ofBothKindsInOrder() public {
        Coin memory older = deposit(alice, 1 ether);
        Coin memory middle = deposit(alice, 1 ether);
        Coin memory younger = deposit(alice, 1 ether);
        exit(younger);
        Flight memory flight = open(pay(middle, bob), middle, alice, inputPiece(0));
        exit(older);
        ripen(flight);
        assertEq(rootChain.nextExit(ETH, ExitQueue.SENTINEL), older.id);
        assertEq(rootChain.nextExit(ETH, older.id), entryOf(flight));
        assertEq(rootChain.nextExit(ETH, entryOf(flight)), younger.id);
        Coin[] memory coins = two(older, younger);
        assertEq(processAll(ETH, 9, openings(coins), list(flight)), 3);
    }

    // ---------------------------------------------------------------- without a live piece

    /// Nothing is decided where nobody takes part: the bond goes to the bond owner, and the inputs stay as they were.
    function test_processExits_ofAnExitWithoutPieces() public {
        Flight memory flight = openSwap(_coin, _tokens);
        for (uint8 i = 0; i < 2; ++i) challengeBoth(flight, i);
        assertOpen(flight, 0);
        ripen(flight);
        uint256 before = carol.balance;
        Move memory move = processing(ETH, 1, "", list(flight));
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.InFlightExitDeleted(flight.entry.txId, carol, uint96(bond));
        make(move);
        assertEq(carol.balance, before + bond);
        assertClosed(flight);
        assertEq(rootChain.flagOf(_coin.id), 0);
        assertEq(rootChain.flagOf(_tokens.id), 0);
        // The entry in the other queue is dead: anybody drops it without an opening.
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 1);
        move = processing(address(token), 9, "", new Flight[](0));
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitDropped(entryOf(flight));
        make(move);
        assertLinks(flight, EXIT_IN_FLIGHT_DEAD, 0);
        assertEq(address(rootChain).balance, 3 ether);
    }

    function test_processExits_ofAContestedExitWithoutPieces() public {
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        _contested(flight);
        make(challenging(flight, 0, loose(anotherPayment(_coin, 1), 0), carol));
        ripen(flight);
        uint256 before = stranger.balance;
        land(flight, ETH);
        assertEq(stranger.balance, before + bond);
        assertClosed(flight);
    }

    // ---------------------------------------------------------------- R23: shortfall

    /// What is left is paid, the output is finalised, its bond returns, and deposits are refused.
    function test_processExits_ofAnOutputOfMoreThanThePot() public {
        Coin memory minted = included(claim(FeeClaim(1, ETH, operator, 10 ether)), 0);
        Entry memory entry = split(minted, operator, 4 ether);
        Flight memory flight = open(entry, minted, operator, outputPiece(0) | outputPiece(1));
        ripen(flight);
        Move memory move = processing(ETH, 1, "", list(flight));
        uint256 before = operator.balance;
        vm.expectEmit(address(rootChain));
        emit IRootChain.Shortfall(ETH, outputOf(entry, 0).id, 1 ether);
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitProcessed(outputOf(entry, 0).id, operator, ETH, 3 ether);
        vm.expectEmit(address(rootChain));
        emit IRootChain.Shortfall(ETH, outputOf(entry, 1).id, 6 ether);
        make(move);
        assertEq(operator.balance, before + 3 ether + 3 * bond);
        assertEq(rootChain.exitOf(outputOf(entry, 0).id).state, EXIT_PAID);
        assertEq(rootChain.exitOf(outputOf(entry, 1).id).state, EXIT_PAID);
        assertEq(address(rootChain).balance, 0);
        (uint128 balance, bool closed) = rootChain.pot(ETH);
        assertEq(balance, 0);
        assertEq(closed, true);
        (, closed) = rootChain.pot(address(token));
        assertEq(closed, false);
    }

    /// I1: the bonds of others are not touched by it.
    function test_processExits_ofAnInputOfMoreThanThePot() public {
        Flight memory honest = open(anotherPayment(_tokens, 1), _tokens, bob, inputPiece(0));
        Coin memory minted = included(claim(FeeClaim(1, ETH, operator, 10 ether)), 0);
        Flight memory flight = open(pay(minted, operator), minted, operator, inputPiece(0));
        contest(flight, loose(anotherPayment(minted, 1), 0), carol);
        ripen(flight);
        uint256 before = operator.balance;
        land(flight, ETH);
        assertEq(operator.balance, before + 3 ether + bond);
        assertEq(address(rootChain).balance, 2 * bond);
        land(honest, address(token));
        assertEq(address(rootChain).balance, 0);
    }
}
