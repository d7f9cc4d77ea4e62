// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IExitProcessor} from "../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ETH, FeeClaim} from "../../contracts/types/Transaction.sol";
import {OddToken} from "./attackers/OddToken.sol";
import {RejectingReceiver} from "./attackers/Receivers.sol";
import {Coin, RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice R21, R22: money that was refused waits for its owner.
contract RootChainCreditTest is RootChainFixture {
    RejectingReceiver private _owner;

    function setUp() public override {
        super.setUp();
        _owner = new RejectingReceiver();
        vm.deal(address(_owner), 1 ether + bond);
        Coin memory coin = deposit(address(_owner), 1 ether);
        vm.deal(address(_owner), bond);
        exit(coin);
        mature();
        vm.expectEmit(address(rootChain));
        emit IRootChain.Credited(address(_owner), ETH, 1 ether + bond);
        process(coin);
    }

    function _withdrawAsOwner(address to) private {
        _owner.call(address(rootChain), 0, abi.encodeCall(IExitProcessor.withdraw, (address(_owner), ETH, to)));
    }

    function test_withdraw_toAnyAddressByTheAccountItself() public {
        uint256 before = carol.balance;
        vm.expectEmit(address(rootChain));
        emit IExitProcessor.Withdrawn(address(_owner), ETH, carol, 1 ether + bond);
        _withdrawAsOwner(carol);
        assertEq(carol.balance, before + 1 ether + bond);
        assertEq(rootChain.credit(address(_owner), ETH), 0);
        assertEq(address(rootChain).balance, 0);
    }

    function test_withdraw_toTheAccountByAnyone() public {
        _owner.accept();
        vm.prank(stranger);
        rootChain.withdraw(address(_owner), ETH, address(_owner));
        assertEq(address(_owner).balance, 1 ether + bond);
    }

    function test_withdraw_elsewhereByAStranger() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotAuthorized.selector, bytes32(0), stranger));
        vm.prank(stranger);
        rootChain.withdraw(address(_owner), ETH, stranger);
    }

    function test_withdraw_twiceOrOfNothing() public {
        _withdrawAsOwner(carol);
        bytes memory nothing = abi.encodeWithSelector(
            IExitProcessor.NothingToWithdraw.selector,
            address(_owner),
            ETH
        );
        vm.expectRevert(nothing);
        _withdrawAsOwner(carol);
        vm.expectRevert(
            abi.encodeWithSelector(IExitProcessor.NothingToWithdraw.selector, alice, address(token))
        );
        vm.prank(alice);
        rootChain.withdraw(alice, address(token), alice);
    }

    function test_withdraw_toNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        _withdrawAsOwner(address(0));
    }

    /// A receiver that still refuses keeps its credit.
    function test_withdraw_toAReceiverThatRefuses() public {
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "no"));
        rootChain.withdraw(address(_owner), ETH, address(_owner));
        assertEq(rootChain.credit(address(_owner), ETH), 1 ether + bond);
    }

    function test_withdraw_ofATokenThatStillFails() public {
        OddToken odd = new OddToken();
        odd.mint(alice, 10);
        Coin memory coin = nextDeposit(alice, address(odd), 10);
        vm.prank(alice);
        rootChain.depositERC20(address(odd), 10, alice, ANY_BLOCK);
        exit(coin);
        mature();
        odd.behave(OddToken.Manner.ReturnsFalse);
        process(coin);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd)));
        rootChain.withdraw(alice, address(odd), alice);
        assertEq(rootChain.credit(alice, address(odd)), 10);
    }

    /// R21: payouts never touch credits, however much is minted.
    function test_withdraw_afterAShortfall() public {
        Coin memory minted = included(claim(FeeClaim(1, ETH, operator, type(uint128).max)), 0);
        exit(minted);
        mature();
        process(minted);
        assertEq(rootChain.credit(operator, ETH), 0);
        assertEq(address(rootChain).balance, 1 ether + bond);
        _withdrawAsOwner(carol);
        assertEq(address(rootChain).balance, 0);
    }

    /// Credits add up.
    function test_withdraw_ofSeveralPayments() public {
        for (uint256 i = 0; i < 2; ++i) {
            Coin memory coin = deposit(alice, 1 ether);
            exit(coin);
            challenge(pay(coin, bob), address(_owner));
        }
        assertEq(rootChain.credit(address(_owner), ETH), 1 ether + 3 * bond);
        _withdrawAsOwner(carol);
        assertEq(rootChain.credit(address(_owner), ETH), 0);
    }
}
