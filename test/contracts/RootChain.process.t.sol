// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IExitProcessor} from "../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ETH, FeeClaim} from "../../contracts/types/Transaction.sol";
import {OddToken} from "./attackers/OddToken.sol";
import {
    ContractOwner,
    GasBurner,
    ReentrantReceiver,
    RejectingReceiver,
    ReturndataBomb,
    ThirstyReceiver
} from "./attackers/Receivers.sol";
import {InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Coin} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainProcessTest is InFlightAttacks {
    function _queue(uint256 count) private returns (Coin[] memory coins) {
        coins = new Coin[](count);
        for (uint256 i = 0; i < count; ++i) coins[i] = deposit(alice, uint128(1 ether + i));
        for (uint256 i = 0; i < count; ++i) exit(coins[i]);
    }

    function test_processExits_paysOwnerAndBondTogether() public {
        Coin memory coin = deposit(alice, 2 ether);
        exit(coin);
        mature();
        uint256 before = alice.balance;
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitProcessed(coin.id, alice, ETH, 2 ether);
        assertEq(process(coin), 1);
        assertEq(alice.balance, before + 2 ether + bond);
        IExitProcessor.Exit memory paid = rootChain.exitOf(coin.id);
        assertEq(paid.state, 4);
        assertEq(paid.bond, 0);
        assertEq(paid.exitableAt, 0);
        assertEq(address(rootChain).balance, 0);
        (uint128 balance, bool closed) = rootChain.pot(ETH);
        assertEq(balance, 0);
        assertEq(closed, false);
    }

    function test_processExits_paysTokens() public {
        Coin memory coin = depositToken(alice, 70);
        exit(coin);
        mature();
        uint256 before = alice.balance;
        process(coin);
        assertEq(token.balanceOf(alice), 70);
        assertEq(alice.balance, before + bond);
        assertEq(potOf(address(token)), 0);
    }

    /// R12: strictly after `exitableAt`; an exit kind with no delay does not exist.
    function test_processExits_notBeforeItIsTime() public {
        Coin memory coin = deposit(alice, 1 ether);
        exit(coin);
        uint40 exitableAt = rootChain.exitOf(coin.id).exitableAt;
        assertTrue(exitableAt >= START + PERIOD, "a whole period");
        vm.warp(exitableAt);
        assertEq(process(coin), 0);
        assertEq(stateOf(coin), 1);
        vm.warp(exitableAt + 1);
        assertEq(process(coin), 1);
    }

    /// I5: by time, then by the age of the money, whatever the order of the starts.
    function test_processExits_olderMoneyFirst() public {
        Coin[] memory coins = new Coin[](3);
        for (uint256 i = 0; i < 3; ++i) coins[i] = deposit(alice, 1 ether);
        exit(coins[2]);
        exit(coins[0]);
        exit(coins[1]);
        mature();
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(process(coins[(i + 1) % 3]), 0);
            assertEq(process(coins[i]), 1);
        }
    }

    /// I5: money that a bad block minted waits behind older money whose owner leaves within a period of that block.
    function testFuzz_processExits_honestMoneyBeforeMintedMoney(uint256 reaction) public {
        Coin memory honest = included(pay(deposit(alice, 1 ether), alice), 0);
        vm.warp(START + 3 days);
        Coin memory minted = included(claim(FeeClaim(2, ETH, operator, 1 ether)), 0);
        exit(minted);
        vm.warp(block.timestamp + (reaction % PERIOD));
        exit(honest);
        mature();
        assertEq(process(minted), 0);
        assertEq(process(honest), 1);
        assertEq(process(minted), 1);
        assertEq(potOf(ETH), 0);
        assertEq(rootChain.exitOf(minted.id).state, 4);
    }

    function test_processExits_ofAnEmptyQueue() public {
        assertEq(rootChain.processExits(ETH, 5, "", noInFlight()), 0);
        assertEq(rootChain.processExits(address(token), 5, hex"00", noInFlight()), 0);
    }

    function test_processExits_atMostTheNumberNamed() public {
        Coin[] memory coins = _queue(5);
        mature();
        assertEq(rootChain.processExits(ETH, 2, openings(coins), noInFlight()), 2);
        assertEq(stateOf(coins[1]), 4);
        assertEq(stateOf(coins[2]), 1);
        assertEq(rootChain.processExits(ETH, 0, openings(coins), noInFlight()), 0);
        assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 3);
    }

    /// R26: somebody else was faster; openings that fit nothing are skipped, a missing one ends the loop.
    function test_processExits_withOtherOpenings() public {
        Coin[] memory coins = _queue(4);
        mature();
        Coin[] memory shown = new Coin[](3);
        (shown[0], shown[1], shown[2]) = (deposit(bob, 1), coins[0], coins[2]);
        assertEq(rootChain.processExits(ETH, 9, openings(shown), noInFlight()), 1);
        assertEq(stateOf(coins[1]), 1);
        assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 3);
        assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 0);
    }

    function test_processExits_withHalfAnOpening() public {
        Coin[] memory coins = _queue(1);
        mature();
        bytes memory packed = openings(coins);
        assembly ("memory-safe") {
            mstore(packed, sub(mload(packed), 1))
        }
        assertEq(rootChain.processExits(ETH, 9, packed, noInFlight()), 0);
    }

    /// Every bit of an opening counts: nobody else is paid, and no other amount.
    function testFuzz_processExits_withAChangedOpening(uint256 bit) public {
        Coin memory coin = deposit(alice, 1 ether);
        exit(coin);
        mature();
        bytes memory changed = opening(coin);
        bit %= changed.length * 8;
        changed[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        assertEq(rootChain.processExits(ETH, 1, changed, noInFlight()), 0);
        assertEq(stateOf(coin), 1);
    }

    /// An opening is of one token: another token's queue has no such entry.
    function test_processExits_ofAnotherToken() public {
        Coin memory coin = deposit(alice, 1 ether);
        exit(coin);
        mature();
        assertEq(rootChain.processExits(address(token), 1, opening(coin), noInFlight()), 0);
    }

    /// R25: dead entries need no opening and no time, and count.
    function test_processExits_dropsDeadEntries() public {
        Coin[] memory coins = _queue(3);
        challenge(pay(coins[0], bob), carol);
        challenge(pay(coins[1], bob), carol);
        assertEq(rootChain.processExits(ETH, 1, "", noInFlight()), 1);
        assertEq(stateOf(coins[0]), 0);
        assertEq(stateOf(coins[1]), 3);
        assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 1);
        assertEq(stateOf(coins[2]), 1);
    }

    // ---------------------------------------------------------------- R23: shortfall

    /// I1: never more than is there; the last is paid what is left, and the token takes no deposits any more.
    function test_processExits_ofMoreThanThePot() public {
        Coin memory honest = deposit(alice, 1 ether);
        Coin memory minted = included(claim(FeeClaim(1, ETH, operator, 5 ether)), 0);
        exit(minted);
        exit(honest);
        mature();
        process(honest);
        deposit(bob, 2 ether);
        vm.expectEmit(address(rootChain));
        emit IRootChain.Shortfall(ETH, minted.id, 3 ether);
        uint256 before = operator.balance;
        process(minted);
        assertEq(operator.balance, before + 2 ether + bond);
        assertEq(stateOf(minted), 4);
        (uint128 balance, bool closed) = rootChain.pot(ETH);
        assertEq(balance, 0);
        assertEq(closed, true);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.TokenClosed.selector, ETH));
        rootChain.deposit{value: 1}(alice, ANY_BLOCK);
        depositToken(alice, 5);
    }

    /// R21, I9: an empty pot pays nothing, and the bonds of others stay theirs.
    function test_processExits_ofAnEmptyPotReturnsTheBond() public {
        Coin memory other = depositToken(alice, 5);
        Coin memory minted = included(claim(FeeClaim(1, ETH, operator, 5 ether)), 0);
        exit(other);
        exit(minted);
        mature();
        uint256 before = operator.balance;
        process(minted);
        assertEq(operator.balance, before + bond);
        assertEq(address(rootChain).balance, bond);
        process(other);
        assertEq(address(rootChain).balance, 0);
    }

    /// Nothing is paid by not calling the token at all.
    function test_processExits_ofAnEmptyPotCallsNoToken() public {
        OddToken odd = new OddToken();
        Coin memory minted = included(claim(FeeClaim(1, address(odd), operator, 5)), 0);
        exit(minted);
        mature();
        odd.prepare(rootChain, "");
        process(minted);
        assertEq(stateOf(minted), 4);
        assertEq(odd.called(), false);
    }

    /// A closed token stays closed, and other tokens are not touched.
    function test_depositERC20_ofAClosedToken() public {
        Coin memory minted = included(claim(FeeClaim(1, address(token), operator, 5)), 0);
        exit(minted);
        mature();
        process(minted);
        token.mint(alice, 5);
        vm.prank(alice);
        token.approve(address(rootChain), 5);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.TokenClosed.selector, address(token)));
        vm.prank(alice);
        rootChain.depositERC20(address(token), 5, alice, ANY_BLOCK);
        deposit(alice, 1 ether);
    }

    // ---------------------------------------------------------------- I8: no receiver delays another

    /// @dev An exit by a contract that owns a deposit, between two of alice's.
    function _exitBetween(ContractOwner owner) private returns (Coin[] memory coins) {
        vm.deal(address(owner), 1 ether + bond);
        coins = new Coin[](3);
        coins[0] = deposit(alice, 1 ether);
        coins[1] = deposit(address(owner), 1 ether);
        coins[2] = deposit(alice, 1 ether);
        vm.deal(address(owner), bond);
        for (uint256 i = 0; i < 3; ++i) exit(coins[i]);
        mature();
    }

    function test_processExits_ofReceiversThatFail() public {
        ContractOwner[3] memory owners = [
            ContractOwner(new RejectingReceiver()),
            new GasBurner(),
            new ReturndataBomb()
        ];
        for (uint256 i = 0; i < owners.length; ++i) {
            uint256 id = vm.snapshotState();
            Coin[] memory coins = _exitBetween(owners[i]);
            uint256 before = alice.balance;
            uint256 gasAtStart = gasleft();
            assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 3);
            assertTrue(gasAtStart - gasleft() < 250_000, "a failing receiver costs its fixed gas");
            assertEq(alice.balance, before + 2 ether + 2 * bond);
            assertEq(rootChain.credit(address(owners[i]), ETH), 1 ether + bond);
            assertEq(address(rootChain).balance, 1 ether + bond);
            assertEq(stateOf(coins[1]), 4);
            vm.revertToState(id);
        }
    }

    /// R22: whatever gas the caller gives, a good receiver is paid or nothing has happened; never is it a creditor.
    function test_processExits_withEveryGasLimit() public {
        ThirstyReceiver owner = new ThirstyReceiver();
        Coin[] memory coins = _exitBetween(owner);
        bytes memory call = abi.encodeCall(IExitProcessor.processExits, (ETH, 9, openings(coins), noInFlight()));
        uint256[4] memory outcomes;
        for (uint256 gasLimit = 20_000; gasLimit < 900_000; gasLimit += 2_500) {
            uint256 id = vm.snapshotState();
            (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit}(call);
            uint256 processed = success ? abi.decode(result, (uint256)) : 0;
            ++outcomes[processed];
            assertEq(rootChain.credit(address(owner), ETH), 0);
            assertEq(owner.received(), processed > 1 ? 1 ether + bond : 0);
            vm.revertToState(id);
        }
        for (uint256 i = 0; i < 4; ++i) assertTrue(outcomes[i] > 0, "every outcome is met");
    }

    /// R22: the same of tokens, whose transfers get ten times as much.
    function testFuzz_processExits_ofTokensWithAnyGasLimit(uint256 gasLimit) public {
        (OddToken odd, Coin[] memory coins) = _exitOdd();
        odd.behave(OddToken.Manner.NeedsGas);
        bytes memory call = abi.encodeCall(IExitProcessor.processExits, (address(odd), 9, openings(coins), noInFlight()));
        (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit % 2_000_000}(call);
        uint256 processed = success ? abi.decode(result, (uint256)) : 0;
        assertEq(rootChain.credit(alice, address(odd)), 0);
        assertEq(rootChain.credit(bob, address(odd)), 0);
        assertEq(odd.balanceOf(alice), processed > 0 ? 100 : 0);
        assertEq(odd.balanceOf(bob), processed > 1 ? 100 : 0);
    }

    /// R22: a revert only where nothing could be done.
    function test_processExits_withTooLittleGas() public {
        Coin[] memory coins = _queue(2);
        mature();
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InsufficientGas.selector));
        rootChain.processExits{gas: 300_000}(ETH, 2, openings(coins), noInFlight());
        assertEq(rootChain.processExits{gas: 365_000}(ETH, 2, openings(coins), noInFlight()), 1);
    }

    /// R26: no number of superfluous openings fails a call that has processed something.
    function test_processExits_withMoreOpeningsThanGas() public {
        Coin[] memory coins = _queue(2);
        mature();
        bytes memory superfluous = new bytes(69 * 3_000);
        bytes memory packed = bytes.concat(opening(coins[0]), superfluous, opening(coins[1]));
        assertEq(rootChain.processExits{gas: 1_000_000}(ETH, 2, packed, noInFlight()), 1);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InsufficientGas.selector));
        rootChain.processExits{gas: 1_000_000}(ETH, 2, packed, noInFlight());
        assertEq(rootChain.processExits(ETH, 2, packed, noInFlight()), 1);
    }

    /// A backlog of dead entries ends the loop as well, not the transaction.
    function test_processExits_dropsAsManyAsGasAllows() public {
        Coin[] memory coins = _queue(8);
        for (uint256 i = 0; i < 8; ++i) challenge(pay(coins[i], bob), carol);
        bytes memory call = abi.encodeCall(IExitProcessor.processExits, (ETH, 9, "", noInFlight()));
        (bool success, bytes memory result) = (false, "");
        for (uint256 gasLimit = 120_000; !success; gasLimit += 500) {
            (success, result) = address(rootChain).call{gas: gasLimit}(call);
        }
        uint256 processed = abi.decode(result, (uint256));
        assertTrue(processed > 0 && processed < 8, "some");
        assertEq(rootChain.processExits(ETH, 9, "", noInFlight()), 8 - processed);
    }

    // ---------------------------------------------------------------- R20: re-entrancy

    function test_processExits_ofAReceiverThatReenters() public {
        ReentrantReceiver owner = newReenterer();
        Coin[] memory coins = _exitBetween(owner);
        bytes[] memory attacks = attacksWith(coins[0]);
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            owner.prepare(attacks[i]);
            // The largest attacks need more gas than a payout brings: then the receiver fails and gets a credit.
            assertEq(rootChain.processExits(ETH, 9, openings(coins), noInFlight()), 3);
            if (owner.called()) {
                assertEq(owner.succeeded(), false);
                assertEq(owner.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
                assertEq(address(owner).balance, 1 ether + bond);
            } else {
                assertEq(rootChain.credit(address(owner), ETH), 1 ether + bond);
            }
            vm.revertToState(id);
        }
    }

    /// A withdrawal brings all the gas there is: every attack is made, and refused.
    function test_withdraw_ofAReceiverThatReenters() public {
        ReentrantReceiver owner = newReenterer();
        RejectingReceiver rejecting = new RejectingReceiver();
        Coin[] memory coins = _exitBetween(rejecting);
        rootChain.processExits(ETH, 9, openings(coins), noInFlight());
        bytes[] memory attacks = attacksWith(coins[0]);
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            owner.prepare(attacks[i]);
            rejecting.call(
                address(rootChain),
                0,
                abi.encodeCall(IExitProcessor.withdraw, (address(rejecting), ETH, address(owner)))
            );
            assertEq(owner.called(), true);
            assertEq(owner.succeeded(), false);
            assertEq(owner.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            assertEq(address(owner).balance, 1 ether + bond);
            assertEq(address(rootChain).balance, 0);
            vm.revertToState(id);
        }
    }

    // ---------------------------------------------------------------- tokens

    /// @dev Two exits of a token that behaves itself until they are paid.
    function _exitOdd() private returns (OddToken odd, Coin[] memory coins) {
        odd = new OddToken();
        coins = new Coin[](2);
        for (uint256 i = 0; i < 2; ++i) {
            address owner = i == 0 ? alice : bob;
            odd.mint(owner, 100);
            coins[i] = nextDeposit(owner, address(odd), 100);
            vm.prank(owner);
            rootChain.depositERC20(address(odd), 100, owner, ANY_BLOCK);
        }
        for (uint256 i = 0; i < 2; ++i) exit(coins[i]);
        mature();
    }

    /// I8: a token that fails makes credits, and never stops its queue.
    function test_processExits_ofTokensThatFail() public {
        OddToken.Manner[6] memory manners = [
            OddToken.Manner.ReturnsFalse,
            OddToken.Manner.Reverts,
            OddToken.Manner.ReturnsGarbage,
            OddToken.Manner.ReturnsOneByte,
            OddToken.Manner.BurnsGas,
            OddToken.Manner.Bombs
        ];
        for (uint256 i = 0; i < manners.length; ++i) {
            uint256 id = vm.snapshotState();
            (OddToken odd, Coin[] memory coins) = _exitOdd();
            odd.behave(manners[i]);
            uint256 before = alice.balance;
            assertEq(rootChain.processExits(address(odd), 9, openings(coins), noInFlight()), 2);
            assertEq(alice.balance, before + bond);
            assertEq(rootChain.credit(alice, address(odd)), 100);
            assertEq(rootChain.credit(bob, address(odd)), 100);
            assertEq(potOf(address(odd)), 0);
            odd.behave(OddToken.Manner.Honest);
            rootChain.withdraw(alice, address(odd), alice);
            assertEq(odd.balanceOf(alice), 100);
            vm.revertToState(id);
        }
    }

    function test_processExits_ofTokensWithOddAnswers() public {
        (OddToken odd, Coin[] memory coins) = _exitOdd();
        odd.behave(OddToken.Manner.NoReturnValue);
        process(coins[0]);
        assertEq(odd.balanceOf(alice), 100);
        odd.behave(OddToken.Manner.TakesFee);
        process(coins[1]);
        assertEq(odd.balanceOf(bob), 97);
        assertEq(potOf(address(odd)), 0);
        assertEq(rootChain.credit(bob, address(odd)), 0);
    }

    function test_processExits_ofATokenThatBlacklists() public {
        (OddToken odd, Coin[] memory coins) = _exitOdd();
        odd.blacklist(alice);
        assertEq(rootChain.processExits(address(odd), 9, openings(coins), noInFlight()), 2);
        assertEq(odd.balanceOf(bob), 100);
        vm.prank(alice);
        rootChain.withdraw(alice, address(odd), carol);
        assertEq(odd.balanceOf(carol), 100);
    }

    /// A token whose code is gone answers every call with nothing.
    function test_processExits_ofATokenWithoutCode() public {
        (OddToken odd, Coin[] memory coins) = _exitOdd();
        vm.etch(address(odd), "");
        assertEq(rootChain.processExits(address(odd), 9, openings(coins), noInFlight()), 2);
        assertEq(rootChain.credit(alice, address(odd)), 100);
    }

    function test_processExits_ofATokenThatReenters() public {
        (OddToken odd, Coin[] memory coins) = _exitOdd();
        bytes[] memory attacks = attacksWith(coins[0]);
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            odd.prepare(rootChain, attacks[i]);
            rootChain.processExits(address(odd), 1, openings(coins), noInFlight());
            assertEq(odd.called(), true);
            assertEq(odd.succeeded(), false);
            if (i != 4) assertEq(odd.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            assertEq(odd.balanceOf(alice), 100);
            assertEq(potOf(address(odd)), 100);
            vm.revertToState(id);
        }
    }
}
