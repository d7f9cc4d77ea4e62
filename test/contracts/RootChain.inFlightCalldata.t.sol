// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CONTESTED, SHOWN} from "../../contracts/types/InFlightExit.sol";
import {ETH, FeeClaim} from "../../contracts/types/Transaction.sol";
import {Encoding, Inclusion, OutputPreimage, Spend} from "./support/Encoding.sol";
import {InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Flight, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Every bit of what is shown counts: no call is taken that differs from a good one in a bit of a body, a witness, a
/// preimage, a path, a header or the terms.
contract RootChainInFlightCalldataTest is InFlightAttacks {
    Coin private _coin;

    /// @dev Money of a block with four transactions, so that a path has levels.
    function setUp() public override {
        super.setUp();
        _coin = _inABlock(pay(deposit(alice, 3 ether), alice));
    }

    function _inABlock(Entry memory entry) private returns (Coin memory) {
        return coinOf(_block(entry), 2, 0, newest);
    }

    function _block(Entry memory entry) private returns (Entry[] memory entries) {
        entries = new Entry[](4);
        entries[2] = entry;
        entries[0] = pay(deposit(carol, 1), bob);
        entries[1] = pay(deposit(carol, 2), bob);
        entries[3] = claim(FeeClaim(newest.number + 1, ETH, operator, 1));
        commit(entries);
    }

    /// @dev The deposit is the youngest input.
    function _flight() private returns (Flight memory flight) {
        Coin[] memory coins = two(_coin, deposit(bob, 1 ether));
        flight = flightOf(sign(draft(coins, to(bob, ETH, 4 ether)), coins), coins, alice);
    }

    /// @dev Refused with any bit changed in one of `parts`, and taken as it is.
    function _refuseFlipped(Move memory move, bytes[] memory parts, uint256 seed) private {
        Move memory changed = Move(
            move.sender,
            move.value,
            flipped(move.data, parts[seed % parts.length], seed >> 8)
        );
        assertEq(takes(changed), false);
        make(move);
    }

    function _partsOf(Inclusion memory inclusion) private pure returns (bytes[] memory parts) {
        parts = new bytes[](2);
        parts[0] = Encoding.place(inclusion);
        parts[1] = abi.encode(inclusion.witnessHash);
    }

    function _join(bytes[] memory first, bytes[] memory second) private pure returns (bytes[] memory parts) {
        parts = new bytes[](first.length + second.length);
        for (uint256 i = 0; i < first.length; ++i) parts[i] = first[i];
        for (uint256 i = 0; i < second.length; ++i) parts[first.length + i] = second[i];
    }

    function _partsOf(Flight memory flight) private pure returns (bytes[] memory parts) {
        parts = new bytes[](2);
        parts[0] = flight.entry.body;
        parts[1] = abi.encode(shown(flight.terms));
    }

    function _partsOf(Spend memory spend) private pure returns (bytes[] memory parts) {
        parts = new bytes[](3);
        parts[0] = spend.body;
        parts[1] = spend.witness;
        parts[2] = Encoding.preimages(spend.preimages);
    }

    function testFuzz_startInFlightExit_withAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        bytes[] memory parts = new bytes[](5);
        parts[0] = flight.entry.body;
        parts[1] = flight.entry.witness;
        parts[2] = flight.coins[0].body;
        parts[3] = Encoding.output(flight.coins[1].preimage.output);
        parts[4] = abi.encode(flight.coins[1].previousDepositHash);
        _refuseFlipped(starting(flight, inputPiece(0)), _join(parts, _partsOf(_coin.inclusion)), seed);
        assertOpen(flight, inputPiece(0));
    }

    function testFuzz_piggyback_withAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        bytes[] memory parts = new bytes[](1);
        OutputPreimage[] memory first = new OutputPreimage[](1);
        first[0] = flight.entry.spent[0];
        parts[0] = Encoding.preimages(first);
        _refuseFlipped(piggybacking(flight, alice, inputPiece(0)), _join(parts, _partsOf(flight)), seed);
        assertOpen(flight, inputPiece(0));
    }

    function testFuzz_challengeNonCanonical_withAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        Entry memory rival = anotherPayment(_coin, 1);
        Inclusion memory inclusion = _inABlock(rival).inclusion;
        Spend memory spend = withInclusion(loose(rival, 0), inclusion);
        bytes[] memory parts = _join(_partsOf(flight), _partsOf(spend));
        bytes[] memory where = _partsOf(inclusion);
        where[1] = spend.witness; // a spend's own place needs no hash of the witness, which is shown
        _refuseFlipped(contesting(flight, 0, spend, carol), _join(parts, where), seed);
        assertOpen(flight, CONTESTED | SHOWN);
        assertAhead(flight, placeOf(inclusion), carol);
    }

    function testFuzz_respondNonCanonical_withAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        contest(flight, loose(anotherPayment(_coin, 1), 0), carol);
        Inclusion memory inclusion = _inABlock(flight.entry).inclusion;
        bytes[] memory parts = _partsOf(flight);
        parts[0] = abi.encode(flight.entry.txId);
        _refuseFlipped(responding(flight, inclusion, bob), _join(parts, _partsOf(inclusion)), seed);
        assertOpen(flight, SHOWN);
        assertAhead(flight, placeOf(inclusion), bob);
    }

    /// The spend signs another place of the input, which it shows.
    function testFuzz_challengePiggyback_ofAnInputWithAFlippedBit(uint256 seed) public {
        Entry memory origin = pay(deposit(alice, 2 ether), alice);
        Coin memory first = _inABlock(origin);
        Coin memory second = _inABlock(origin);
        Flight memory flight = open(pay(first, bob), first, alice, inputPiece(0));
        Spend memory spend = withSource(loose(anotherPayment(second, 1), 0), second);
        bytes[] memory parts = new bytes[](1);
        parts[0] = second.body;
        parts = _join(_join(parts, _partsOf(flight)), _join(_partsOf(spend), _partsOf(second.inclusion)));
        _refuseFlipped(challenging(flight, 0, spend, carol), parts, seed);
        assertOpen(flight, 0);
    }

    function testFuzz_challengePiggyback_ofAnOutputWithAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        piggyback(flight, bob, outputPiece(0));
        Coin memory received = _inABlock(flight.entry);
        Spend memory spend = withSourceOf(loose(pay(received, carol), 0), received.inclusion);
        bytes[] memory parts = _join(_partsOf(flight), _partsOf(spend));
        _refuseFlipped(challenging(flight, 8, spend, carol), _join(parts, _partsOf(received.inclusion)), seed);
        assertOpen(flight, 0);
    }

    function testFuzz_deleteInFlightExit_withAFlippedBit(uint256 seed) public {
        Flight memory flight = _flight();
        make(starting(flight, 0));
        vm.warp(block.timestamp + PHASE);
        bytes[] memory parts = new bytes[](2);
        (parts[0], parts[1]) = (abi.encode(shown(flight.terms)), abi.encode(flight.entry.txId));
        _refuseFlipped(deleting(flight), parts, seed);
        assertClosed(flight);
    }

    /// Anything may be changed here: either nothing is paid, or what the right call pays, to the same people.
    function testFuzz_processExits_withAFlippedBit(uint256 seed, bool contested) public {
        Flight memory flight = _flight();
        make(starting(flight, inputPiece(0)));
        piggyback(flight, bob, inputPiece(1) | outputPiece(0));
        if (contested) contest(flight, loose(anotherPayment(_coin, 1), 0), carol);
        vm.warp(flight.terms.exitableAt + 1);
        Move memory move = processing(ETH, 1, "", list(flight));
        bytes memory changed = bytes.concat(move.data);
        uint256 bit = seed % (changed.length * 8);
        changed[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        uint256[4] memory before = [alice.balance, bob.balance, carol.balance, address(rootChain).balance];
        takes(Move(stranger, 0, changed));
        uint256 paid = before[3] - address(rootChain).balance;
        if (paid == 0) assertOpen(flight, 0x103 | (contested ? CONTESTED | SHOWN : 0));
        else assertClosed(flight);
        if (paid != 0) {
            assertEq(paid, 4 ether + 4 * bond);
            assertEq(alice.balance, before[0] + (contested ? 3 ether + bond : 2 * bond));
            assertEq(bob.balance, before[1] + (contested ? 1 ether : 4 ether) + 2 * bond);
            assertEq(carol.balance, before[2] + (contested ? bond : 0));
        }
    }
}
