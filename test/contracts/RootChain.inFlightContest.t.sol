// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {Pieces} from "../../contracts/libraries/Pieces.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {BlockHeader, SealedBlock} from "../../contracts/types/Block.sol";
import {CONTESTED, IN_NO_BLOCK, SETTLED, SHOWN} from "../../contracts/types/InFlightExit.sol";
import {positionOf} from "../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {Inclusion, Spend} from "./support/Encoding.sol";
import {BadSpend, InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Flight, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Alice pays bob; the payment is contested and defended.
contract RootChainInFlightContestTest is InFlightAttacks {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _open() private returns (Flight memory) {
        return open(pay(_coin, bob), _coin, alice, 0);
    }

    function _rival() private view returns (Entry memory) {
        return anotherPayment(_coin, 1);
    }

    function _notOlder(uint96 oldest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInFlightExits.NotOlder.selector, oldest);
    }

    /// @dev Inclusions of entries in one new block.
    function _together(Entry[] memory entries) private returns (Inclusion[] memory inclusions) {
        BlockHeader memory header = commit(entries);
        inclusions = new Inclusion[](entries.length);
        for (uint32 i = 0; i < inclusions.length; ++i) inclusions[i] = inclusionOf(entries, i, header);
    }

    function _alone(Entry memory entry) private returns (Inclusion memory) {
        return _together(list(entry))[0];
    }

    function _competitor(Entry memory entry, Inclusion memory inclusion) private pure returns (Spend memory) {
        return withInclusion(loose(entry, 0), inclusion);
    }

    // ---------------------------------------------------------------- contest

    function test_challengeNonCanonical_byASpendInNoBlock() public {
        Flight memory flight = _open();
        Entry memory rival = _rival();
        Move memory move = contesting(flight, 0, loose(rival, 0), carol);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.NonCanonicalChallenged(flight.entry.txId, rival.txId, IN_NO_BLOCK, carol);
        make(move);
        assertOpen(flight, CONTESTED | SHOWN);
        assertAhead(flight, IN_NO_BLOCK, carol);
        assertEq(address(rootChain).balance, 1 ether + bond);
    }

    function test_challengeNonCanonical_byASpendInABlock() public {
        Entry memory rival = _rival();
        commit(list(pay(deposit(carol, 1), bob)));
        Entry[] memory entries = new Entry[](3);
        (entries[0], entries[1], entries[2]) = (pay(deposit(carol, 2), bob), rival, pay(deposit(carol, 3), bob));
        Inclusion memory inclusion = _together(entries)[1];
        Flight memory flight = _open();
        Move memory move = contesting(flight, 0, _competitor(rival, inclusion), carol);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.NonCanonicalChallenged(flight.entry.txId, rival.txId, (2 << 32) | 1, carol);
        make(move);
        assertAhead(flight, (2 << 32) | 1, carol);
    }

    /// The live pieces stay as they are.
    function test_challengeNonCanonical_ofAnExitWithPieces() public {
        Flight memory flight = _open();
        piggyback(flight, alice, inputPiece(0));
        piggyback(flight, bob, outputPiece(0));
        contest(flight, loose(_rival(), 0), carol);
        assertOpen(flight, CONTESTED | SHOWN | 0x101);
    }

    function test_challengeNonCanonical_forNobody() public {
        refuse(contesting(_open(), 0, loose(_rival(), 0), address(0)), IRootChain.ZeroAddress.selector);
    }

    function test_challengeNonCanonical_whereNoneIsOpen() public {
        Flight memory flight = flightOf(pay(_coin, bob), one(_coin), alice);
        bytes memory unknown = abi.encodeWithSelector(
            IInFlightExits.InFlightExitUnknown.selector,
            flight.entry.txId
        );
        refuse(contesting(flight, 0, loose(_rival(), 0), carol), unknown);
        make(starting(flight, 0));
        flight.terms.starter = carol;
        refuse(contesting(flight, 0, loose(_rival(), 0), carol), unknown);
    }

    function test_challengeNonCanonical_untilPhaseOneEnds() public {
        Flight memory flight = _open();
        Entry memory rival = _rival();
        Inclusion memory inclusion = _alone(rival);
        vm.warp(flight.terms.startedAt + PHASE - 1);
        contest(flight, loose(rival, 0), carol);
        vm.warp(flight.terms.startedAt + PHASE);
        refuse(
            contesting(flight, 0, _competitor(rival, inclusion), carol),
            IInFlightExits.WrongPhase.selector,
            flight.terms.startedAt + PHASE
        );
    }

    /// R10: what is settled cannot be contested, nor be answered.
    function test_challengeNonCanonical_ofASettledExit() public {
        Flight memory first = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        vm.warp(first.terms.exitableAt + 1);
        land(first, ETH);
        Flight memory second = _open();
        assertOpen(second, SETTLED);
        refuse(
            contesting(second, 0, loose(_rival(), 0), carol),
            abi.encodeWithSelector(IInFlightExits.Settled.selector, second.entry.txId)
        );
        refuse(
            responding(second, _alone(second.entry), carol),
            abi.encodeWithSelector(IInFlightExits.NotContested.selector, second.entry.txId)
        );
    }

    /// R7: a payment does not compete with itself, wherever it stands.
    function test_challengeNonCanonical_byItself() public {
        Flight memory flight = _open();
        bytes memory notACompetitor = abi.encodeWithSelector(
            IInFlightExits.NotACompetitor.selector,
            flight.entry.txId
        );
        refuse(contesting(flight, 0, loose(flight.entry, 0), carol), notACompetitor);
        Inclusion memory inclusion = _alone(flight.entry);
        refuse(contesting(flight, 0, _competitor(flight.entry, inclusion), carol), notACompetitor);
    }

    function test_challengeNonCanonical_byASpendOfAnotherOutput() public {
        Flight memory flight = _open();
        Entry memory other = pay(deposit(alice, 1 ether), carol);
        refuse(
            contesting(flight, 0, loose(other, 0), carol),
            abi.encodeWithSelector(IInFlightExits.NotACompetitor.selector, other.txId)
        );
    }

    /// Each input is contested as itself, by the input of the competitor that spends it.
    function test_challengeNonCanonical_ofSeveralInputs() public {
        Coin[] memory coins = two(_coin, deposit(bob, 2 ether));
        Flight memory flight = open(sign(draft(coins, to(carol, ETH, 3 ether)), coins), coins, alice, 0);
        Coin[] memory others = two(deposit(carol, 1), coins[1]);
        Entry memory rival = sign(draft(others, to(carol, ETH, 2 ether)), others);
        bytes memory notACompetitor = abi.encodeWithSelector(IInFlightExits.NotACompetitor.selector, rival.txId);
        refuse(contesting(flight, 0, loose(rival, 1), carol), notACompetitor);
        refuse(contesting(flight, 1, loose(rival, 0), carol), notACompetitor);
        bytes4 unavailable = Pieces.PieceUnavailable.selector;
        refuse(contesting(flight, 2, loose(rival, 1), carol), unavailable, 2);
        refuse(contesting(flight, 255, loose(rival, 1), carol), unavailable, 255);
        make(contesting(flight, 1, loose(rival, 1), carol));
        assertOpen(flight, CONTESTED | SHOWN);
    }

    /// R6 to R9
    function test_challengeNonCanonical_byWhatIsNoSpend() public {
        Flight memory flight = _open();
        BadSpend[] memory bad = badSpends(_coin);
        for (uint256 i = 0; i < bad.length; ++i) {
            refuse(contesting(flight, 0, bad[i].spend, carol), bad[i].reason);
        }
        assertOpen(flight, 0);
    }

    /// R8: an expired competitor counts where it is in a block, from its time.
    function test_challengeNonCanonical_byAnExpiredSpendInABlock() public {
        Flight memory flight = _open();
        Entry memory rival = windowed(_coin, 1, 0, uint40(block.timestamp) + 10);
        Inclusion memory inclusion = _alone(rival);
        vm.warp(block.timestamp + 10);
        contest(flight, _competitor(rival, inclusion), carol);
        assertAhead(flight, 1 << 32, carol);
    }

    /// R7: a competitor may sign another position, if the output was created there too, and it shows that.
    function test_challengeNonCanonical_byASpendOfTheOtherInclusion() public {
        Entry memory origin = pay(_coin, alice);
        Coin memory first = included(origin, 0);
        Coin memory second = included(origin, 0);
        Coin memory something = included(pay(deposit(carol, 1), carol), 0);
        Flight memory flight = open(pay(first, bob), first, alice, 0);
        Spend memory spend = loose(anotherPayment(second, 1), 0);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.SourceMismatch.selector, second.position);
        refuse(contesting(flight, 0, spend, carol), mismatch);
        refuse(contesting(flight, 0, withSource(spend, first), carol), mismatch);
        refuse(contesting(flight, 0, withSource(spend, something), carol), mismatch);
        contest(flight, withSource(spend, second), carol);
        assertOpen(flight, CONTESTED | SHOWN);
    }

    /// R1: a signature for a position at which something else stands means nothing.
    function test_challengeNonCanonical_byASpendOfAPositionThatHoldsSomethingElse() public {
        Coin memory coin = included(pay(_coin, alice), 0);
        Coin memory something = included(pay(deposit(carol, 1), carol), 0);
        Flight memory flight = open(pay(coin, bob), coin, alice, 0);
        coin.position = something.position;
        Spend memory spend = loose(anotherPayment(coin, 1), 0);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.SourceMismatch.selector, something.position);
        refuse(contesting(flight, 0, spend, carol), mismatch);
        refuse(contesting(flight, 0, withSource(spend, something), carol), mismatch);
    }

    // ---------------------------------------------------------------- who is older

    /// Anything stands where nothing does; then only what is strictly older.
    function test_challengeNonCanonical_byOlderAndOlderSpends() public {
        Flight memory flight = _open();
        Entry[] memory rivals = new Entry[](3);
        for (uint256 i = 0; i < 3; ++i) rivals[i] = anotherPayment(_coin, 1 + i);
        Inclusion[] memory early = _together(rivals);
        Inclusion[] memory late = _together(rivals);
        contest(flight, loose(rivals[0], 0), carol);
        refuse(contesting(flight, 0, loose(rivals[1], 0), bob), _notOlder(IN_NO_BLOCK));
        contest(flight, _competitor(rivals[1], late[1]), bob);
        assertAhead(flight, (2 << 32) | 1, bob);
        refuse(contesting(flight, 0, loose(rivals[0], 0), carol), _notOlder((2 << 32) | 1));
        refuse(contesting(flight, 0, _competitor(rivals[1], late[1]), carol), _notOlder((2 << 32) | 1));
        refuse(contesting(flight, 0, _competitor(rivals[2], late[2]), carol), _notOlder((2 << 32) | 1));
        contest(flight, _competitor(rivals[0], late[0]), carol);
        contest(flight, _competitor(rivals[2], early[2]), bob);
        refuse(contesting(flight, 0, _competitor(rivals[0], late[0]), carol), _notOlder((1 << 32) | 2));
        contest(flight, _competitor(rivals[0], early[0]), carol);
        assertAhead(flight, 1 << 32, carol);
        assertOpen(flight, CONTESTED | SHOWN);
    }

    /// R10: an expired start is contested by what is in no block; only what is in one is older.
    function test_challengeNonCanonical_ofAnExpiredPayment() public {
        Flight memory flight = open(windowed(_coin, 0, 0, uint40(block.timestamp)), _coin, alice, 0);
        Entry memory rival = _rival();
        refuse(contesting(flight, 0, loose(rival, 0), carol), _notOlder(IN_NO_BLOCK));
        assertAhead(flight, 0, address(0));
        contest(flight, _competitor(rival, _alone(rival)), carol);
        assertAhead(flight, 1 << 32, carol);
        assertOpen(flight, CONTESTED | SHOWN);
    }

    /// After a response only what is older than the payment itself.
    function test_challengeNonCanonical_afterAResponse() public {
        Flight memory flight = _open();
        Entry[] memory entries = new Entry[](3);
        (entries[0], entries[1], entries[2]) = (anotherPayment(_coin, 1), flight.entry, anotherPayment(_coin, 2));
        Inclusion[] memory inclusions = _together(entries);
        contest(flight, loose(entries[0], 0), carol);
        respond(flight, inclusions[1], bob);
        uint96 own = placeOf(inclusions[1]);
        refuse(contesting(flight, 0, loose(entries[0], 0), carol), _notOlder(own));
        refuse(contesting(flight, 0, _competitor(entries[2], inclusions[2]), carol), _notOlder(own));
        assertOpen(flight, SHOWN);
        contest(flight, _competitor(entries[0], inclusions[0]), carol);
        assertOpen(flight, CONTESTED | SHOWN);
        assertAhead(flight, placeOf(inclusions[0]), carol);
        refuse(responding(flight, inclusions[1], bob), _notOlder(placeOf(inclusions[0])));
    }

    // ---------------------------------------------------------------- respond

    function test_respondNonCanonical_withAnOlderInclusion() public {
        Flight memory flight = _open();
        piggyback(flight, bob, outputPiece(0));
        Inclusion memory inclusion = _alone(flight.entry);
        contest(flight, loose(_rival(), 0), carol);
        Move memory move = responding(flight, inclusion, bob);
        vm.expectEmit(address(rootChain));
        emit IInFlightExits.NonCanonicalResponded(flight.entry.txId, 1 << 32, bob);
        make(move);
        assertOpen(flight, SHOWN | outputPiece(0));
        assertAhead(flight, 1 << 32, bob);
    }

    /// Younger than the competitor, or as old: in the same block the index decides.
    function test_respondNonCanonical_withAYoungerInclusion() public {
        Flight memory flight = _open();
        Entry[] memory entries = new Entry[](2);
        (entries[0], entries[1]) = (_rival(), flight.entry);
        Inclusion[] memory inclusions = _together(entries);
        Inclusion memory later = _alone(flight.entry);
        contest(flight, _competitor(entries[0], inclusions[0]), carol);
        refuse(responding(flight, inclusions[1], bob), _notOlder(1 << 32));
        refuse(responding(flight, later, bob), _notOlder(1 << 32));
        assertAhead(flight, 1 << 32, carol);
    }

    function test_respondNonCanonical_withTheOlderOfTwoInclusions() public {
        Flight memory flight = _open();
        Inclusion memory first = _alone(flight.entry);
        Entry memory rival = _rival();
        Inclusion memory between = _alone(rival);
        Inclusion memory last = _alone(flight.entry);
        contest(flight, _competitor(rival, between), carol);
        refuse(responding(flight, last, bob), _notOlder(2 << 32));
        respond(flight, first, bob);
        assertAhead(flight, 1 << 32, bob);
    }

    /// A response to a competitor in no block may name a younger inclusion; then an older competitor stands, and is answered.
    function test_respondNonCanonical_again() public {
        Flight memory flight = _open();
        Inclusion memory first = _alone(flight.entry);
        Entry memory rival = _rival();
        Inclusion memory between = _alone(rival);
        Inclusion memory last = _alone(flight.entry);
        contest(flight, loose(rival, 0), carol);
        respond(flight, last, bob);
        refuse(
            responding(flight, first, stranger),
            abi.encodeWithSelector(IInFlightExits.NotContested.selector, flight.entry.txId)
        );
        contest(flight, _competitor(rival, between), carol);
        respond(flight, first, stranger);
        assertAhead(flight, 1 << 32, stranger);
        assertOpen(flight, SHOWN);
    }

    function test_respondNonCanonical_whereNothingIsContested() public {
        Flight memory flight = _open();
        refuse(
            responding(flight, _alone(flight.entry), bob),
            abi.encodeWithSelector(IInFlightExits.NotContested.selector, flight.entry.txId)
        );
    }

    /// R10: inclusion makes an expired payment canonical.
    function test_respondNonCanonical_ofAnExpiredPayment() public {
        Entry memory entry = windowed(_coin, 0, 0, uint40(block.timestamp) + 1);
        Inclusion memory inclusion = _alone(entry);
        vm.warp(block.timestamp + 1);
        Flight memory flight = open(entry, _coin, alice, 0);
        assertOpen(flight, CONTESTED);
        respond(flight, inclusion, bob);
        assertOpen(flight, SHOWN);
        assertAhead(flight, 1 << 32, bob);
    }

    function test_respondNonCanonical_forNobody() public {
        Flight memory flight = _open();
        Inclusion memory inclusion = _alone(flight.entry);
        contest(flight, loose(_rival(), 0), carol);
        refuse(responding(flight, inclusion, address(0)), IRootChain.ZeroAddress.selector);
    }

    function test_respondNonCanonical_withOtherTerms() public {
        Flight memory flight = _open();
        Inclusion memory inclusion = _alone(flight.entry);
        contest(flight, loose(_rival(), 0), carol);
        flight.terms.startedAt += 1;
        refuse(
            responding(flight, inclusion, bob),
            abi.encodeWithSelector(IInFlightExits.InFlightExitUnknown.selector, flight.entry.txId)
        );
    }

    /// With the place of another transaction.
    function test_respondNonCanonical_withAnotherInclusion() public {
        Flight memory flight = _open();
        Entry memory rival = _rival();
        Inclusion memory inclusion = _alone(pay(deposit(carol, 1), bob));
        contest(flight, loose(rival, 0), carol);
        refuse(
            responding(flight, inclusion, bob),
            abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 0)
        );
        inclusion = _alone(flight.entry);
        inclusion.header.number = 3;
        refuse(responding(flight, inclusion, bob), BlockInclusion.BlockUnknown.selector, 3);
    }

    /// R9: outside its window it is not included.
    function test_respondNonCanonical_outsideTheWindow() public {
        uint40 time = uint40(block.timestamp);
        Flight memory flight = open(windowed(_coin, 0, 0, time), _coin, alice, 0);
        refuse(
            responding(flight, _alone(flight.entry), bob),
            abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, time, 0, time)
        );
    }

    /// R9: nor before what it spends.
    function test_respondNonCanonical_beforeAnInput() public {
        Entry memory origin = pay(_coin, alice);
        BlockHeader memory second;
        second.number = 2;
        Inclusion memory tooEarly = _alone(pay(coinOf(list(origin), 0, 0, second), bob));
        Coin memory coin = included(origin, 0);
        Flight memory flight = open(pay(coin, bob), coin, alice, 0);
        contest(flight, loose(anotherPayment(coin, 1), 0), carol);
        refuse(
            responding(flight, tooEarly, bob),
            abi.encodeWithSelector(BlockInclusion.InputNotOlder.selector, coin.position, positionOf(1, 0, 0))
        );
    }

    /// R9: nor in a block that had not seen a deposit it spends.
    function test_respondNonCanonical_inABlockThatHadNotSeenADeposit() public {
        Flight memory flight = _open();
        contest(flight, loose(_rival(), 0), carol);
        Entry[] memory entries = list(flight.entry);
        SealedBlock memory sealedBlock = seal(leavesOf(entries));
        sealedBlock.depositCount = 0;
        BlockHeader memory header = commitSealed(sealedBlock);
        refuse(
            responding(flight, inclusionOf(entries, 0, header), bob),
            abi.encodeWithSelector(BlockInclusion.DepositNotSeen.selector, 1, 0)
        );
        respond(flight, _alone(flight.entry), bob);
    }

    /// R14: until the verdict, however late.
    function test_respondNonCanonical_untilTheVerdict() public {
        Coin[] memory coins = two(_coin, depositToken(alice, 50));
        Output[] memory outputs = new Output[](2);
        (outputs[0], outputs[1]) = (plain(alice, ETH, 1 ether), plain(alice, address(token), 50));
        Entry memory entry = sign(draft(coins, outputs), coins);
        uint16 pieces = outputPiece(0) | outputPiece(1);
        Inclusion memory inclusion = _alone(entry);
        uint256 id = vm.snapshotState();
        Flight memory flight = open(entry, coins, alice, pieces);
        contest(flight, loose(_rival(), 0), carol);
        vm.warp(flight.terms.exitableAt + 30 days);
        respond(flight, inclusion, bob);
        assertOpen(flight, SHOWN | pieces);

        vm.revertToState(id);
        flight = open(entry, coins, alice, pieces);
        contest(flight, loose(_rival(), 0), carol);
        vm.warp(flight.terms.exitableAt + 1);
        land(flight, address(token));
        refuse(
            responding(flight, inclusion, bob),
            abi.encodeWithSelector(IInFlightExits.AlreadyDecided.selector, flight.entry.txId)
        );
    }

    /// A fee claim spends nothing (R5), so it is no competitor.
    function test_challengeNonCanonical_byAFeeClaim() public {
        Flight memory flight = _open();
        Entry memory claimed = claim(FeeClaim(1, ETH, carol, 1));
        Spend memory spend = loose(_rival(), 0);
        spend.body = claimed.body;
        refuse(contesting(flight, 0, spend, carol), TransactionCodec.TransactionMalformed.selector);
    }
}
