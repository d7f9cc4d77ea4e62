// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {ETH} from "../../contracts/types/Transaction.sol";
import {OddToken} from "./attackers/OddToken.sol";
import {Coin, RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainDepositTest is RootChainFixture {
    OddToken private _odd;

    function setUp() public override {
        super.setUp();
        _odd = new OddToken();
        _odd.mint(alice, 1_000);
    }

    function _pot(address asset) private view returns (uint256 balance) {
        (balance, ) = rootChain.pot(asset);
    }

    /// @dev What the contract keeps of the `count` deposits so far is the chain over `last`.
    function _assertRecorded(Coin memory last, uint32 count) private view {
        assertEq(rootChain.depositCount(), count);
        assertEq(
            rootChain.depositHashes(count - 1),
            keccak256(abi.encode(last.previousDepositHash, last.id))
        );
    }

    function test_deposit_recordsTheChainOfDeposits() public {
        Coin memory first = deposit(alice, 3 ether);
        _assertRecorded(first, 1);
        commitLeaves(new bytes32[](0));
        Coin memory second = depositToken(bob, 7);
        assertEq(second.position.blockNumber(), 1);
        _assertRecorded(second, 2);
        assertEq(_pot(ETH), 3 ether);
        assertEq(_pot(address(token)), 7);
        assertEq(address(rootChain).balance, 3 ether);
        assertEq(token.balanceOf(address(rootChain)), 7);
    }

    function test_deposit_tellsWhatItRecorded() public {
        vm.expectEmit(address(rootChain));
        emit IRootChain.Deposited(0, bob, ETH, 5, 0);
        vm.prank(alice);
        rootChain.deposit{value: 5}(bob, 0);
    }

    function testFuzz_deposit_creditsWhatWasSent(uint128 amount, uint64 newestSeen) public {
        vm.assume(amount != 0);
        vm.deal(alice, amount);
        vm.prank(alice);
        rootChain.deposit{value: amount}(alice, newestSeen);
        assertEq(_pot(ETH), amount);
    }

    function test_deposit_ofNothing() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidDeposit.selector, 0));
        rootChain.deposit(alice, ANY_BLOCK);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidDeposit.selector, 0));
        rootChain.depositERC20(address(token), 0, alice, ANY_BLOCK);
    }

    function test_deposit_aboveUint128() public {
        uint256 amount = 1 << 128;
        vm.deal(alice, amount);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidDeposit.selector, amount));
        vm.prank(alice);
        rootChain.deposit{value: amount}(alice, ANY_BLOCK);
    }

    function test_deposit_beyondThePot() public {
        vm.deal(alice, 1 << 129);
        vm.prank(alice);
        rootChain.deposit{value: type(uint128).max}(alice, ANY_BLOCK);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        vm.prank(alice);
        rootChain.deposit{value: 1}(alice, ANY_BLOCK);
    }

    function test_deposit_forNobody() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        rootChain.deposit{value: 1}(address(0), ANY_BLOCK);
    }

    function test_deposit_behindAnUnseenBlock() public {
        commitLeaves(new bytes32[](0));
        commitLeaves(new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NewerBlock.selector, 2));
        rootChain.deposit{value: 1}(alice, 1);
        rootChain.deposit{value: 1}(alice, 2);
    }

    function test_deposit_afterTheLastOfTheLane() public {
        // The count stands above the balance of ETH's pot.
        bytes32 slot = keccak256(abi.encode(ETH, _potsSlot()));
        deposit(alice, 1);
        vm.store(address(rootChain), slot, bytes32((uint256(1 << 31) << 128) | 1));
        assertEq(rootChain.depositCount(), 1 << 31);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.DepositLaneFull.selector));
        rootChain.deposit{value: 1}(alice, ANY_BLOCK);
    }

    /// @dev The slot of the mapping of pots: the one under which a deposit of 7 wei shows.
    function _potsSlot() private returns (uint256 slot) {
        uint256 id = vm.snapshotState();
        deposit(alice, 7);
        while (vm.load(address(rootChain), keccak256(abi.encode(ETH, slot))) != bytes32(uint256((1 << 128) | 7))) ++slot;
        vm.revertToState(id);
    }

    function test_depositERC20_ofTheZeroToken() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        rootChain.depositERC20(ETH, 1, alice, ANY_BLOCK);
    }

    function test_depositERC20_withoutAllowance() public {
        token.mint(alice, 5);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rootChain), 0, 5)
        );
        vm.prank(alice);
        rootChain.depositERC20(address(token), 5, alice, ANY_BLOCK);
    }

    /// R20: an allowance of somebody else is never used.
    function test_depositERC20_pullsFromTheCallerOnly() public {
        token.mint(alice, 5);
        vm.prank(alice);
        token.approve(address(rootChain), 5);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rootChain), 0, 5)
        );
        vm.prank(stranger);
        rootChain.depositERC20(address(token), 5, stranger, ANY_BLOCK);
    }

    function _depositOdd(OddToken.Manner manner, uint256 amount) private {
        _odd.behave(manner);
        vm.prank(alice);
        rootChain.depositERC20(address(_odd), amount, alice, ANY_BLOCK);
    }

    function test_depositERC20_creditsWhatArrives() public {
        _depositOdd(OddToken.Manner.TakesFee, 100);
        assertEq(_pot(address(_odd)), 97);
        assertEq(_odd.balanceOf(address(rootChain)), 97);
        _depositOdd(OddToken.Manner.NoReturnValue, 100);
        assertEq(_pot(address(_odd)), 197);
    }

    function test_depositERC20_ofATokenThatSaysNo() public {
        OddToken.Manner[3] memory refusals = [
            OddToken.Manner.ReturnsFalse,
            OddToken.Manner.ReturnsGarbage,
            OddToken.Manner.ReturnsOneByte
        ];
        for (uint256 i = 0; i < refusals.length; ++i) {
            _odd.behave(refusals[i]);
            vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(_odd)));
            vm.prank(alice);
            rootChain.depositERC20(address(_odd), 100, alice, ANY_BLOCK);
        }
        _odd.behave(OddToken.Manner.Reverts);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "no"));
        vm.prank(alice);
        rootChain.depositERC20(address(_odd), 100, alice, ANY_BLOCK);
        assertEq(rootChain.depositCount(), 0);
    }

    function test_depositERC20_ofATokenThatLiesAboutItsBalances() public {
        _odd.behave(OddToken.Manner.ClaimsToHoldMore);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidDeposit.selector, (1 << 129) + 100));
        vm.prank(alice);
        rootChain.depositERC20(address(_odd), 100, alice, ANY_BLOCK);
    }

    /// R20: what arrives during the call of another deposit is not counted twice.
    function test_depositERC20_ofATokenThatReenters() public {
        _odd.prepare(rootChain, abi.encodeCall(IRootChain.deposit, (alice, ANY_BLOCK)));
        vm.prank(alice);
        rootChain.depositERC20(address(_odd), 100, alice, ANY_BLOCK);
        assertTrue(_odd.called() && !_odd.succeeded(), "the second deposit is refused");
        assertEq(_odd.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        assertEq(_pot(address(_odd)), 100);
        assertEq(rootChain.depositCount(), 1);
    }

    struct Permit {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function _permit(uint256 amount) private view returns (Permit memory permit) {
        bytes32 typeHash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 hashed = keccak256(
            abi.encode(typeHash, alice, address(rootChain), amount, token.nonces(alice), type(uint256).max)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hashed));
        (permit.v, permit.r, permit.s) = vm.sign(keyOf(alice), digest);
    }

    function _depositWithPermit(uint256 amount, Permit memory permit) private {
        vm.prank(alice);
        rootChain.depositERC20WithPermit(
            address(token),
            amount,
            alice,
            ANY_BLOCK,
            type(uint256).max,
            permit.v,
            permit.r,
            permit.s
        );
    }

    function test_depositERC20WithPermit_needsNoAllowance() public {
        token.mint(alice, 9);
        _depositWithPermit(9, _permit(9));
        assertEq(_pot(address(token)), 9);
    }

    /// R20: whoever uses the permit first cannot stop the deposit.
    function test_depositERC20WithPermit_frontRun() public {
        token.mint(alice, 9);
        Permit memory permit = _permit(9);
        vm.prank(stranger);
        token.permit(alice, address(rootChain), 9, type(uint256).max, permit.v, permit.r, permit.s);
        _depositWithPermit(9, permit);
        assertEq(_pot(address(token)), 9);
    }

    function test_depositERC20WithPermit_withABadPermit() public {
        token.mint(alice, 9);
        Permit memory permit = _permit(8);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rootChain), 0, 9)
        );
        _depositWithPermit(9, permit);
    }

    function test_constructor_refusesAPeriodOfNothingOrOverAYear() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidExitPeriod.selector, 0));
        deployRootChain(operator, 0, address(this));
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidExitPeriod.selector, 365 days + 1));
        deployRootChain(operator, 365 days + 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        deployRootChain(address(0), 2, address(this));
        assertEq(deployRootChain(operator, 365 days, address(this)).minExitPeriod(), 365 days);
    }

    /// Funds come in through deposits alone: there is no other way to send ETH here by mistake.
    function test_receive_isRefused() public {
        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotADeposit.selector));
        Address.sendValue(payable(address(rootChain)), 1);
    }
}
