// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ETH, Output} from "../../contracts/types/Transaction.sol";
import {OddToken} from "./attackers/OddToken.sol";
import {
    GasBurner,
    ReentrantReceiver,
    RejectingReceiver,
    ReturndataBomb,
    ThirstyReceiver
} from "./attackers/Receivers.sol";
import {InFlightAttacks} from "./support/InFlightAttacks.sol";
import {Flight, Move} from "./support/InFlightFixture.sol";
import {Coin} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What is paid in a verdict reaches its owner or waits for it, and stops nobody (I8).
contract RootChainInFlightPayoutTest is InFlightAttacks {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 3 ether);
    }

    /// @dev A payment to four receivers, all of whose outputs take part; alice owns the input and carol the exit.
    function _payAll(address[4] memory receivers) private returns (Flight memory flight) {
        Output[] memory outputs = new Output[](4);
        for (uint256 i = 0; i < 4; ++i) outputs[i] = plain(receivers[i], ETH, 0.5 ether);
        vm.deal(receivers[3], bond);
        flight = open(sign(draft(_coin, outputs), one(_coin)), _coin, receivers[3], 0);
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal(receivers[i], bond);
            piggyback(flight, receivers[i], outputPiece(i));
        }
        ripen(flight);
    }

    /// I8: receivers that fail get credits, and stop nobody.
    function test_processExits_ofPiecesWhoseOwnersFail() public {
        address[4] memory receivers = [
            address(new RejectingReceiver()),
            address(new GasBurner()),
            bob,
            address(new ReturndataBomb())
        ];
        Flight memory flight = _payAll(receivers);
        uint256 before = bob.balance;
        assertEq(land(flight, ETH), 1);
        assertEq(rootChain.credit(receivers[0], ETH), 0.5 ether + bond);
        assertEq(rootChain.credit(receivers[1], ETH), 0.5 ether + bond);
        assertEq(rootChain.credit(receivers[3], ETH), 0.5 ether + 2 * bond);
        assertEq(bob.balance, before + 0.5 ether + bond);
        assertEq(address(rootChain).balance, potOf(ETH) + 1.5 ether + 4 * bond);
        assertClosed(flight);
    }

    /// The exit's bond, at the verdict and where nobody takes part.
    function test_processExits_ofABondOwnerThatFails() public {
        address[3] memory owners = [
            address(new RejectingReceiver()),
            address(new GasBurner()),
            address(new ReturndataBomb())
        ];
        for (uint256 i = 0; i < 6; ++i) {
            uint256 id = vm.snapshotState();
            address owner = owners[i % 3];
            Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
            contest(flight, loose(anotherPayment(_coin, 1), 0), owner);
            if (i < 3) make(challenging(flight, 0, loose(anotherPayment(_coin, 1), 0), carol));
            ripen(flight);
            uint256 before = alice.balance;
            assertEq(land(flight, ETH), 1);
            assertEq(alice.balance, before + (i < 3 ? 0 : 3 ether + bond));
            assertEq(rootChain.credit(owner, ETH), bond);
            assertClosed(flight);
            vm.revertToState(id);
        }
    }

    /// R20: the same, by a bond owner that calls back.
    function test_processExits_ofABondOwnerThatReenters() public {
        ReentrantReceiver owner = newReenterer();
        Flight memory flight = open(pay(_coin, bob), _coin, alice, inputPiece(0));
        contest(flight, loose(anotherPayment(_coin, 1), 0), address(owner));
        make(challenging(flight, 0, loose(anotherPayment(_coin, 1), 0), carol));
        ripen(flight);
        bytes[] memory attacks = attacksWith(_coin);
        attacks[14] = processing(ETH, 1, "", list(flight)).data;
        attacks[15] = deleting(flight).data;
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            owner.prepare(attacks[i]);
            assertEq(land(flight, ETH), 1);
            assertLocked(owner);
            assertEq(address(owner).balance + rootChain.credit(address(owner), ETH), bond);
            assertEq(address(rootChain).balance, 3 ether + rootChain.credit(address(owner), ETH));
            vm.revertToState(id);
        }
    }

    /// R22: whatever gas the caller gives, all are paid or nothing has happened.
    function test_processExits_ofPiecesWithEveryGasLimit() public {
        ThirstyReceiver[4] memory thirsty;
        address[4] memory receivers;
        for (uint256 i = 0; i < 4; ++i) receivers[i] = address(thirsty[i] = new ThirstyReceiver());
        Flight memory flight = _payAll(receivers);
        bytes memory call = processing(ETH, 1, "", list(flight)).data;
        uint256[2] memory outcomes;
        for (uint256 gasLimit = 50_000; gasLimit < 1_600_000; gasLimit += 10_000) {
            uint256 id = vm.snapshotState();
            (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit}(call);
            uint256 processed = success ? abi.decode(result, (uint256)) : 0;
            ++outcomes[processed];
            for (uint256 i = 0; i < 4; ++i) {
                assertEq(rootChain.credit(receivers[i], ETH), 0);
                assertEq(thirsty[i].received() > 0, processed == 1);
            }
            vm.revertToState(id);
        }
        assertTrue(outcomes[0] > 20 && outcomes[1] > 10, "both outcomes are met");
    }

    /// R22: a revert only where nothing was processed; an entry that gas does not suffice for waits.
    function test_processExits_ofPiecesWithTooLittleGas() public {
        Coin memory older = deposit(alice, 1 ether);
        Coin memory coin = deposit(alice, 1 ether);
        exit(older);
        Flight memory flight = open(pay(coin, bob), coin, alice, inputPiece(0));
        mature();
        bytes memory call = processing(ETH, 9, opening(older), list(flight)).data;
        uint256[3] memory outcomes;
        for (uint256 gasLimit = 300_000; gasLimit < 800_000; gasLimit += 5_000) {
            uint256 id = vm.snapshotState();
            (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit}(call);
            if (!success) assertEq(bytes32(result), bytes32(IRootChain.InsufficientGas.selector));
            ++outcomes[success ? abi.decode(result, (uint256)) : 0];
            vm.revertToState(id);
        }
        for (uint256 i = 0; i < 3; ++i) assertTrue(outcomes[i] > 4, "every outcome is met");
    }

    /// R22: an entry is begun only with the gas for all of it. However large it is, and however much its receivers use, no call that
    /// could do what stands before it fails.
    function test_processExits_ofTheLargestExitWithEveryGasLimit() public {
        OddToken odd = new OddToken();
        Coin memory first = _depositOdd(odd, alice, 1);
        exit(first);
        Flight memory flight = _openLargest(odd);
        mature();
        odd.behave(OddToken.Manner.NeedsGas);
        bytes memory call = processing(address(odd), 9, opening(first), list(flight)).data;
        uint256[3] memory outcomes;
        for (uint256 gasLimit = 600_000; gasLimit < 11_000_000; gasLimit += 100_000) {
            uint256 id = vm.snapshotState();
            (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit}(call);
            if (!success) assertEq(bytes32(result), bytes32(IRootChain.InsufficientGas.selector));
            uint256 processed = success ? abi.decode(result, (uint256)) : 0;
            ++outcomes[processed];
            for (uint256 i = 0; i < 8; ++i) {
                address receiver = flight.entry.outputs[i].owner;
                assertEq(odd.balanceOf(receiver), processed == 2 ? 10 : 0);
                assertEq(ThirstyReceiver(payable(receiver)).received(), processed == 2 ? bond : 0);
            }
            vm.revertToState(id);
        }
        for (uint256 i = 0; i < 3; ++i) assertTrue(outcomes[i] > 0, "every outcome is met");
    }

    /// @dev 8 inputs of 8 owners, 8 outputs to 8 thirsty receivers, with all pieces.
    function _openLargest(OddToken odd) private returns (Flight memory flight) {
        Coin[] memory coins = new Coin[](8);
        Output[] memory outputs = new Output[](8);
        for (uint256 i = 0; i < 8; ++i) {
            coins[i] = _depositOdd(odd, person(string(abi.encodePacked("owner", i))), 10);
            outputs[i] = plain(address(new ThirstyReceiver()), address(odd), 10);
        }
        flight = open(sign(draft(coins, outputs), coins), coins, carol, 0);
        for (uint256 i = 0; i < 8; ++i) {
            vm.deal(outputs[i].owner, bond);
            piggyback(flight, coins[i].preimage.output.owner, inputPiece(i));
            piggyback(flight, outputs[i].owner, outputPiece(i));
        }
    }

    /// R22: the same where the verdict is what costs: 8 inputs whose standard exits are queued, and one piece.
    function test_processExits_ofTheDearestVerdictWithEveryGasLimit() public {
        Coin memory first = deposit(alice, 1);
        exit(first);
        Coin[] memory coins = new Coin[](8);
        for (uint256 i = 0; i < 8; ++i) coins[i] = deposit(alice, 1 ether);
        (ThirstyReceiver receiver, ThirstyReceiver starter) = (new ThirstyReceiver(), new ThirstyReceiver());
        vm.deal(address(starter), bond);
        vm.deal(address(receiver), bond);
        Flight memory flight = open(
            sign(draft(coins, to(address(receiver), ETH, 8 ether)), coins),
            coins,
            address(starter),
            0
        );
        piggyback(flight, address(receiver), outputPiece(0));
        vm.warp(block.timestamp + STEP);
        for (uint256 i = 0; i < 8; ++i) exit(coins[i]);
        ripen(flight);
        bytes memory call = processing(ETH, 2, opening(first), list(flight)).data;
        uint256[3] memory outcomes;
        for (uint256 gasLimit = 300_000; gasLimit < 1_300_000; gasLimit += 10_000) {
            uint256 id = vm.snapshotState();
            (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit}(call);
            if (!success) assertEq(bytes32(result), bytes32(IRootChain.InsufficientGas.selector));
            uint256 processed = success ? abi.decode(result, (uint256)) : 0;
            ++outcomes[processed];
            assertEq(receiver.received(), processed == 2 ? 8 ether + bond : 0);
            assertEq(starter.received(), processed == 2 ? bond : 0);
            vm.revertToState(id);
        }
        for (uint256 i = 0; i < 3; ++i) assertTrue(outcomes[i] > 0, "every outcome is met");
    }

    function _depositOdd(OddToken odd, address owner, uint128 amount) private returns (Coin memory coin) {
        odd.mint(owner, amount);
        coin = nextDeposit(owner, address(odd), amount);
        vm.prank(owner);
        rootChain.depositERC20(address(odd), amount, owner, ANY_BLOCK);
    }

    /// R22: tokens, whose transfers get ten times as much.
    function testFuzz_processExits_ofPiecesOfATokenWithAnyGasLimit(uint256 gasLimit) public {
        OddToken odd = new OddToken();
        Flight memory flight = _exitOdd(odd);
        odd.behave(OddToken.Manner.NeedsGas);
        Move memory move = processing(address(odd), 1, "", list(flight));
        (bool success, bytes memory result) = address(rootChain).call{gas: gasLimit % 3_000_000}(move.data);
        uint256 processed = success ? abi.decode(result, (uint256)) : 0;
        assertEq(rootChain.credit(alice, address(odd)), 0);
        assertEq(rootChain.credit(bob, address(odd)), 0);
        assertEq(odd.balanceOf(alice) + odd.balanceOf(bob), processed == 0 ? 0 : 100);
    }

    /// @dev Alice's hundred, of which bob gets sixty; both outputs take part.
    function _exitOdd(OddToken odd) private returns (Flight memory flight) {
        Coin memory coin = _depositOdd(odd, alice, 100);
        flight = open(split(coin, bob, 60), coin, alice, outputPiece(1));
        piggyback(flight, bob, outputPiece(0));
        ripen(flight);
    }

    /// I8: a token that fails makes credits, and its bonds return all the same.
    function test_processExits_ofPiecesOfTokensThatFail() public {
        OddToken.Manner[4] memory manners = [
            OddToken.Manner.Reverts,
            OddToken.Manner.ReturnsFalse,
            OddToken.Manner.BurnsGas,
            OddToken.Manner.Bombs
        ];
        for (uint256 i = 0; i < manners.length; ++i) {
            OddToken odd = new OddToken();
            Flight memory flight = _exitOdd(odd);
            odd.behave(manners[i]);
            uint256 before = alice.balance;
            assertEq(land(flight, address(odd)), 1);
            assertEq(rootChain.credit(alice, address(odd)), 40);
            assertEq(rootChain.credit(bob, address(odd)), 60);
            assertEq(alice.balance, before + 2 * bond);
            assertEq(potOf(address(odd)), 0);
            assertClosed(flight);
        }
    }

    /// R20: in the payment of the exit's bond, of a piece with money, and of a token.
    function test_processExits_ofPiecesWhoseOwnersReenter() public {
        ReentrantReceiver receiver = newReenterer();
        Flight memory flight = _payAll([address(receiver), alice, bob, address(receiver)]);
        bytes[] memory attacks = attacksWith(_coin);
        attacks[15] = processing(ETH, 1, "", list(flight)).data;
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            receiver.prepare(attacks[i]);
            assertEq(land(flight, ETH), 1);
            assertLocked(receiver);
            assertEq(
                address(receiver).balance + rootChain.credit(address(receiver), ETH),
                1 ether + 3 * bond
            );
            assertClosed(flight);
            vm.revertToState(id);
        }
    }

    function test_processExits_ofPiecesOfATokenThatReenters() public {
        OddToken odd = new OddToken();
        Flight memory flight = _exitOdd(odd);
        bytes[] memory attacks = attacksWith(flight.coins[0]);
        attacks[15] = processing(address(odd), 1, "", list(flight)).data;
        for (uint256 i = 0; i < attacks.length; ++i) {
            uint256 id = vm.snapshotState();
            odd.prepare(rootChain, attacks[i]);
            assertEq(land(flight, address(odd)), 1);
            assertEq(odd.called(), true);
            assertEq(odd.succeeded(), false);
            if (i != 4) assertEq(odd.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            assertEq(odd.balanceOf(alice), 40);
            assertEq(odd.balanceOf(bob), 60);
            vm.revertToState(id);
        }
    }
}
