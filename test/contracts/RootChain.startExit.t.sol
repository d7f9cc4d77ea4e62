// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {ExitQueue} from "../../contracts/libraries/ExitQueue.sol";
import {BlockHeader, SealedBlock} from "../../contracts/types/Block.sol";
import {Position, depositPosition, positionOf} from "../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {Encoding, Payment, Source} from "./support/Encoding.sol";
import {Coin, Entry, RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainStartExitTest is RootChainFixture {
    function _steps(uint256 time) private pure returns (uint256) {
        return ((time + STEP - 1) / STEP) * STEP;
    }

    function _assertExit(Coin memory coin, uint8 state, uint256 exitableAt) private view {
        IExitProcessor.Exit memory found = rootChain.exitOf(coin.id);
        assertEq(found.state, state);
        assertEq(found.bond, bond);
        assertEq(found.exitableAt, exitableAt);
        assertEq(Position.unwrap(found.position), Position.unwrap(coin.position));
    }

    /// I4, R12: a deposit leaves after one period, and needs no block.
    function test_startDepositExit_queuesForOnePeriod() public {
        Coin memory coin = deposit(alice, 1 ether);
        vm.warp(START + 3 days + 17);
        exit(coin);
        _assertExit(coin, 1, _steps(START + 3 days + 17 + PERIOD));
        assertEq(address(rootChain).balance, 1 ether + bond);
    }

    /// I4, R12: money of a block leaves two periods after its commit.
    function test_startExit_queuesYoungMoneyForTwoPeriods() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        vm.warp(START + 1 days);
        exit(coin);
        _assertExit(coin, 1, _steps(START + 2 * PERIOD));
    }

    function test_startExit_queuesOldMoneyForOnePeriod() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        vm.warp(START + 30 days + 1);
        exit(coin);
        _assertExit(coin, 1, _steps(START + 30 days + 1 + PERIOD));
    }

    /// R3, R12: what counts is when the block was committed, however long before it was sealed.
    function test_startExit_queuesByTheTimeOfTheCommit() public {
        Entry[] memory entries = list(pay(deposit(alice, 1 ether), bob));
        SealedBlock memory sealedBlock = seal(leavesOf(entries));
        vm.warp(START + 5 days);
        Coin memory coin = coinOf(entries, 0, 0, commitSealed(sealedBlock));
        assertEq(coin.inclusion.header.sealedAt, START);
        exit(coin);
        _assertExit(coin, 1, _steps(START + 5 days + 2 * PERIOD));
    }

    function test_startExit_tellsWhatAWatcherNeeds() public {
        Coin memory coin = included(split(deposit(alice, 3 ether), bob, 1 ether), 1);
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitStarted(
            coin.id,
            alice,
            ETH,
            2 ether,
            positionOf(1, 0, 1),
            coin.preimage.originId,
            uint40(_steps(START + 2 * PERIOD)),
            uint96(bond),
            alice
        );
        exit(coin);
    }

    function test_startExit_ofAFeeClaim() public {
        Coin memory coin = included(claim(FeeClaim(1, address(token), operator, 5)), 0);
        exit(coin);
        assertEq(stateOf(coin), 1);
    }

    /// R5
    function test_startExit_ofAFeeClaimOfAnotherBlock() public {
        Coin memory coin = included(claim(FeeClaim(2, ETH, operator, 5)), 0);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.FeeClaimMisplaced.selector));
        exit(coin);
    }

    function test_startExit_ofAnotherOutputOfAFeeClaim() public {
        Coin memory coin = included(claim(FeeClaim(1, ETH, operator, 5)), 0);
        coin.preimage.outputIndex = 1;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.FeeClaimMisplaced.selector));
        exit(coin);
    }

    /// A fee claim has no witness, so one with a witness is another leaf.
    function test_startExit_ofAFeeClaimWithAWitness() public {
        Entry memory entry = claim(FeeClaim(1, ETH, operator, 5));
        entry.witness = hex"0000";
        Coin memory coin = included(entry, 0);
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 0));
        exit(coin);
    }

    function test_startExit_ofAnOutputThatIsNotThere() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        coin.preimage.outputIndex = 1;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.OutputIndexOutOfRange.selector, 1));
        exit(coin);
    }

    /// R18: a conditional output has no standard exit.
    function test_startExit_ofAConditionalOutput() public {
        Coin memory spent = deposit(alice, 1 ether);
        Output[] memory outputs = to(alice, ETH, 1 ether);
        outputs[0].condition = keccak256("condition");
        Coin memory coin = included(sign(draft(spent, outputs), one(spent)), 0);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ConditionalOutput.selector, coin.id));
        exit(coin);
    }

    function test_startExit_ofABlockThatIsNotCommitted() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        coin.inclusion.header.timestamp -= 30 days;
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.BlockUnknown.selector, 1));
        exit(coin);
        coin.inclusion.header = BlockHeader(0, 0, coin.inclusion.header.root, 1, 0, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.BlockUnknown.selector, 0));
        exit(coin);
    }

    /// R9: the window is judged by the time at which the block was sealed.
    function test_startExit_outsideTheWindow() public {
        Coin memory spent = deposit(alice, 1 ether);
        Payment memory payment = draft(spent, to(bob, ETH, 1 ether));
        payment.validAfter = START + 1;
        Coin memory early = included(sign(payment, one(spent)), 0);
        (payment.validAfter, payment.validBefore) = (0, START);
        Coin memory late = included(sign(payment, one(spent)), 0);
        (payment.validAfter, payment.validBefore) = (START, START + 1);
        Coin memory inTime = included(sign(payment, one(spent)), 0);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, START, START + 1, 0));
        exit(early);
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, START, 0, START));
        exit(late);
        exit(inTime);
    }

    /// R9: a transaction spends what stands before it, and deposits that its block has seen.
    function test_startExit_ofWhatSpendsLaterMoney() public {
        Coin memory seen = deposit(alice, 1 ether);
        Position[2] memory places = [positionOf(1, 0, 0), positionOf(1, 1, 0)];
        for (uint64 i = 0; i < 2; ++i) {
            uint256 id = vm.snapshotState();
            Coin memory spent = seen;
            spent.position = places[i];
            Coin memory coin = included(pay(spent, bob), 0);
            vm.expectRevert(
                abi.encodeWithSelector(BlockInclusion.InputNotOlder.selector, places[i], positionOf(1, 0, 0))
            );
            exit(coin);
            vm.revertToState(id);
        }
    }

    /// R9: the order holds for every input.
    function test_startExit_ofWhatSpendsLaterMoneyInAnotherInput() public {
        Coin memory seen = deposit(alice, 1 ether);
        Coin memory unseen = nextDeposit(alice, ETH, 1 ether);
        Coin[] memory coins = two(seen, unseen);
        Coin memory coin = included(sign(draft(coins, to(bob, ETH, 2 ether)), coins), 0);
        vm.expectRevert(
            abi.encodeWithSelector(BlockInclusion.DepositNotSeen.selector, 2, 1)
        );
        exit(coin);
    }

    /// A chain inside one block is fine: the second entry spends the first.
    function test_startExit_ofASpendInTheSameBlock() public {
        Entry[] memory entries = new Entry[](2);
        entries[0] = pay(deposit(alice, 1 ether), bob);
        Coin memory middle;
        middle.preimage.originId = entries[0].txId;
        middle.preimage.output = entries[0].outputs[0];
        middle.id = Encoding.outputId(middle.preimage);
        middle.position = positionOf(1, 0, 0);
        entries[1] = pay(middle, carol);
        exit(coinOf(entries, 1, 0, commit(entries)));
    }

    function test_startDepositExit_ofAnotherDeposit() public {
        Coin memory coin = deposit(alice, 1 ether);
        deposit(bob, 1 ether);
        bytes memory unknown = abi.encodeWithSelector(IRootChain.DepositUnknown.selector, 0);
        Coin memory changed = coin;
        changed.preimage.output.amount += 1;
        vm.expectRevert(unknown);
        exit(changed);
        changed = nextDeposit(stranger, ETH, 1 ether);
        (changed.depositIndex, changed.previousDepositHash) = (0, 0);
        vm.expectRevert(unknown);
        exit(changed);
        coin = nextDeposit(alice, ETH, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.DepositUnknown.selector, 2));
        exit(coin);
    }

    function test_startDepositExit_behindAnotherBlock() public {
        Coin memory coin = deposit(alice, 1 ether);
        coin.position = depositPosition(0, 1);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.DepositUnknown.selector, 0));
        exit(coin);
    }

    function test_startExit_byAStranger() public {
        Coin memory coin = deposit(alice, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotAuthorized.selector, coin.id, stranger));
        exitAs(stranger, coin, bond, atFront(), "");
    }

    /// I2: already exiting, already paid; and challenged while its old entry is queued.
    function test_startExit_twice() public {
        Coin memory first = deposit(bob, 1 ether);
        Coin memory coin = deposit(alice, 1 ether);
        exit(first);
        exit(coin);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ExitExists.selector, coin.id, 1));
        exit(coin);
        challenge(pay(coin, carol), carol);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ExitExists.selector, coin.id, 3));
        exit(coin);
        mature();
        process(first);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ExitExists.selector, first.id, 4));
        exit(first);
    }

    /// A challenged entry that has left its queue may start again.
    function test_startExit_afterTheOldEntryWasDropped() public {
        Coin memory coin = deposit(alice, 1 ether);
        exit(coin);
        challenge(pay(coin, carol), carol);
        rootChain.processExits(ETH, 1, "", noInFlight());
        assertEq(stateOf(coin), 0);
        exit(coin);
        assertEq(stateOf(coin), 1);
    }

    /// An exit id that a re-encoded proof or another inclusion of the same transaction can change.
    function test_startExit_ofATransactionThatIsInTwoBlocks() public {
        Entry memory entry = pay(deposit(alice, 1 ether), bob);
        Coin memory coin = included(entry, 0);
        Coin memory again = included(entry, 0);
        assertEq(coin.id, again.id);
        exit(again);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ExitExists.selector, coin.id, 1));
        exit(coin);
    }

    /// R27: at least the minimum, at most four times.
    function test_startExit_withTooSmallOrTooLargeABond() public {
        Coin memory coin = deposit(alice, 1 ether);
        uint256[3] memory refused = [0, bond - 1, 4 * bond + 1];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRootChain.BondOutOfRange.selector, refused[i], bond));
            exitAs(alice, coin, refused[i], atFront(), "");
        }
        exitAs(alice, coin, 4 * bond, atFront(), "");
        assertEq(rootChain.exitOf(coin.id).bond, 4 * bond);
    }

    /// R27: four times the base fee, and 20 gwei at least, for the gas of the worst challenge.
    function testFuzz_minimumBond_followsTheBaseFee(uint64 baseFee) public {
        uint256 challengeGas = rootChain.minimumBond(0) / 20 gwei;
        uint256 price = 4 * uint256(baseFee) > 20 gwei ? 4 * uint256(baseFee) : 20 gwei;
        assertEq(rootChain.minimumBond(baseFee), challengeGas * price);
        Coin memory coin = deposit(alice, 1 ether);
        uint256 minimum = challengeGas * price;
        vm.assume(minimum <= type(uint96).max);
        vm.deal(alice, minimum);
        vm.fee(baseFee);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.BondOutOfRange.selector, minimum - 1, minimum));
        exitAs(alice, coin, minimum - 1, atFront(), "");
        exitAs(alice, coin, minimum, atFront(), "");
    }

    /// R25: a stale hint is skipped, one that is too early is walked from, and the walk ends where the caller says.
    function test_startExit_withHints() public {
        Coin[] memory coins = new Coin[](4);
        for (uint256 i = 0; i < 4; ++i) coins[i] = deposit(alice, 1 ether);
        for (uint256 i = 0; i < 3; ++i) exit(coins[i]);
        IRootChain.Hint memory hint = IRootChain.Hint(new bytes32[](2), 0);
        (hint.entries[0], hint.entries[1]) = (coins[3].id, coins[0].id);
        vm.expectRevert(abi.encodeWithSelector(ExitQueue.HintsTooStale.selector, 0));
        exitAs(alice, coins[3], bond, hint, "");
        hint.walkLimit = 2;
        exitAs(alice, coins[3], bond, hint, "");
        assertEq(rootChain.nextExit(ETH, coins[2].id), coins[3].id);
    }

    /// R25: an entry that has left its queue is no place to stand behind.
    function test_startExit_behindAnEntryThatWasPaid() public {
        Coin[] memory coins = new Coin[](3);
        for (uint256 i = 0; i < 3; ++i) coins[i] = deposit(alice, 1 ether);
        exit(coins[0]);
        mature();
        exit(coins[1]);
        process(coins[0]);
        exitAs(alice, coins[2], bond, behind(coins[1].id), "");
        Coin memory late = deposit(alice, 1 ether);
        IRootChain.Hint memory hint = behind(coins[0].id);
        hint.walkLimit = 2;
        exitAs(alice, late, bond, hint, "");
        assertEq(rootChain.nextExit(ETH, coins[0].id), 0);
        assertEq(rootChain.nextExit(ETH, coins[2].id), late.id);
    }

    function test_findHint_namesThePlaceByTimeAndPosition() public {
        Coin memory first = deposit(alice, 1 ether);
        Coin memory second = deposit(alice, 1 ether);
        Coin memory third = deposit(alice, 1 ether);
        exit(third);
        vm.warp(START + 1 days);
        exit(first);
        uint40 exitableAt = rootChain.exitOf(first.id).exitableAt;
        (bytes32 hint, bool found) = rootChain.findHint(ETH, exitableAt, second.position, 0, 9);
        assertEq(hint, first.id);
        assertEq(found, true);
        (hint, ) = rootChain.findHint(ETH, exitableAt - 1, second.position, 0, 9);
        assertEq(hint, third.id);
        (hint, found) = rootChain.findHint(ETH, exitableAt, second.position, 0, 1);
        assertEq(hint, third.id);
        assertEq(found, false);
    }

    /// A malformed transaction is refused before anything else is looked at.
    function test_startExit_ofBytesThatAreNoTransaction() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        bytes memory body = coin.body;
        bytes[3] memory malformed = [bytes.concat(body, hex"00"), hex"01010100", hex"03"];
        for (uint256 i = 0; i < malformed.length; ++i) {
            coin.body = malformed[i];
            assertTrue(!_starts(coin), "malformed");
        }
    }

    function _starts(Coin memory coin) private returns (bool success) {
        bytes memory proof = Encoding.source(Source(coin.body, coin.inclusion));
        vm.prank(coin.preimage.output.owner);
        (success, ) = address(rootChain).call{value: bond}(
            abi.encodeCall(IRootChain.startExit, (proof, coin.preimage.outputIndex, atFront(), ""))
        );
    }

    /// Replay protection: the same bytes are another transaction on another chain.
    function test_startExit_onAFork() public {
        Coin memory coin = included(pay(deposit(alice, 1 ether), bob), 0);
        vm.chainId(1337);
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 0));
        exit(coin);
    }
}
