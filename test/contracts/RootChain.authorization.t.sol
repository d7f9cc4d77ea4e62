// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {depositPosition} from "../../contracts/types/Position.sol";
import {ETH} from "../../contracts/types/Transaction.sol";
import {RejectingReceiver} from "./attackers/Receivers.sol";
import {Coin, RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice R30: exits that somebody else starts for the owner.
contract RootChainAuthorizationTest is RootChainFixture {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _expectRefusal(address sender, bytes memory authorization) private {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotAuthorized.selector, _coin.id, sender));
        exitAs(sender, _coin, bond, atFront(), authorization);
    }

    /// I9: the money goes to the owner, the bond to who paid it.
    function test_startExit_byAnAuthorisedHelper() public {
        exitAs(bob, _coin, bond, atFront(), authorize(_coin, bob, START, alice));
        assertEq(stateOf(_coin), 2);
        (address bondOwner, uint40 deadline) = rootChain.authorizedStart(_coin.id);
        assertEq(bondOwner, bob);
        assertEq(deadline, START);
        mature();
        (uint256 owners, uint256 helpers) = (alice.balance, bob.balance);
        process(_coin);
        assertEq(alice.balance, owners + 1 ether);
        assertEq(bob.balance, helpers + bond);
        assertEq(address(rootChain).balance, 0);
    }

    function test_startExit_byAHelperOfATokenOutput() public {
        Coin memory coin = included(pay(depositToken(alice, 50), alice), 0);
        exitAs(bob, coin, bond, atFront(), authorize(coin, bob, START, alice));
        mature();
        uint256 helpers = bob.balance;
        process(coin);
        assertEq(token.balanceOf(alice), 50);
        assertEq(bob.balance, helpers + bond);
    }

    function test_startExit_byAnyoneWhereTheOwnerNamesNobody() public {
        exitAs(stranger, _coin, bond, atFront(), authorize(_coin, address(0), START, alice));
        (address bondOwner, ) = rootChain.authorizedStart(_coin.id);
        assertEq(bondOwner, stranger);
    }

    function test_startExit_byAnotherHelper() public {
        _expectRefusal(stranger, authorize(_coin, bob, START, alice));
    }

    function test_startExit_afterTheDeadline() public {
        _expectRefusal(bob, authorize(_coin, bob, START - 1, alice));
    }

    function test_startExit_signedBySomebodyElse() public {
        _expectRefusal(bob, authorize(_coin, bob, START, bob));
    }

    /// Everything that is signed counts: position, output, starter, deadline, and the signature itself.
    function testFuzz_startExit_withAChangedAuthorisation(uint256 bit) public {
        bytes memory authorization = authorize(_coin, bob, START, alice);
        bit %= authorization.length * 8;
        authorization[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _expectRefusal(bob, authorization);
    }

    function test_startExit_withAnAuthorisationForAnotherOutput() public {
        Coin memory other = deposit(alice, 1 ether);
        _expectRefusal(bob, authorize(other, bob, START, alice));
        other = _coin;
        other.position = depositPosition(0, 1);
        _expectRefusal(bob, authorize(other, bob, START, alice));
    }

    function test_startExit_withAnAuthorisationOfAnotherLength() public {
        bytes memory authorization = authorize(_coin, bob, START, alice);
        _expectRefusal(bob, abi.encodePacked(authorization, uint8(0)));
        _expectRefusal(bob, hex"00");
        _expectRefusal(alice, hex"00");
    }

    /// ecrecover's zero address is nobody's.
    function test_startExit_withAnInvalidSignature() public {
        _expectRefusal(bob, abi.encodePacked(bob, START, bytes32(0), bytes32(0)));
    }

    function test_startExit_onAForkWithAnAuthorisationForThisChain() public {
        bytes memory authorization = authorize(_coin, bob, START, alice);
        vm.chainId(1337);
        _expectRefusal(bob, authorization);
    }

    /// An authorisation is used once: a later one needs a later deadline.
    function test_startExit_again() public {
        bytes memory authorization = authorize(_coin, bob, START + 1 days, alice);
        exitAs(bob, _coin, bond, atFront(), authorization);
        challenge(pay(_coin, carol), carol);
        rootChain.processExits(ETH, 1, "", noInFlight());
        _expectRefusal(bob, authorization);
        _expectRefusal(bob, authorize(_coin, bob, START + 1 days - 1, alice));
        exitAs(carol, _coin, bond, atFront(), authorize(_coin, carol, START + 1 days + 1, alice));
        (address bondOwner, ) = rootChain.authorizedStart(_coin.id);
        assertEq(bondOwner, carol);
    }

    /// I9: a helper's old start has no say in an exit that the owner starts later.
    function test_startExit_byTheOwnerAfterAHelper() public {
        exitAs(bob, _coin, bond, atFront(), authorize(_coin, bob, START, alice));
        challenge(pay(_coin, carol), carol);
        rootChain.processExits(ETH, 1, "", noInFlight());
        exit(_coin);
        mature();
        uint256 before = alice.balance;
        process(_coin);
        assertEq(alice.balance, before + 1 ether + bond);
    }

    /// I8, I9: a helper that refuses its bond gets a credit, and the owner is paid.
    function test_processExits_ofAHelperThatRefuses() public {
        RejectingReceiver helper = new RejectingReceiver();
        vm.deal(address(helper), bond);
        bytes memory authorization = authorize(_coin, address(helper), START, alice);
        exitAs(address(helper), _coin, bond, atFront(), authorization);
        mature();
        uint256 before = alice.balance;
        process(_coin);
        assertEq(alice.balance, before + 1 ether);
        assertEq(rootChain.credit(address(helper), ETH), bond);
    }
}
