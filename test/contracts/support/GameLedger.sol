// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {OutputFlags} from "../../../contracts/libraries/OutputFlags.sol";
import {ETH, Output} from "../../../contracts/types/Transaction.sol";
import {OddToken} from "../attackers/OddToken.sol";
import {GasBurner, ReentrantReceiver, RejectingReceiver} from "../attackers/Receivers.sol";
import {InFlightFixture} from "./InFlightFixture.sol";
import {RootChainFixture} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice The people of a game, honest and not, with receivers and a token that attack; and what must have become of the
/// money: pots, flags, bonds, and what everybody was given.
abstract contract GameLedger is InFlightFixture {
    /// Where withdrawals go.
    address private constant SINK = address(0x51);

    struct Money {
        uint256 paid;
        uint256 shortfalls;
        uint256 withdrawals;
    }

    Money private _money;
    OddToken internal _odd;
    address[] internal _people;
    address[] internal _assets;

    /// R13
    mapping(bytes32 id => bytes32) internal _flagOf;
    mapping(address asset => uint256) internal _pot;
    uint256 internal _bondsHeld;
    uint256 internal _bondsPosted;
    uint256 internal _bondsReturned;
    uint256 internal _bondsEarned;
    /// What everybody had before, was given since, and has withdrawn.
    mapping(address account => uint256) private _capital;
    mapping(address account => mapping(address asset => uint256)) private _given;
    mapping(address account => mapping(address asset => uint256)) private _withdrawn;

    constructor() {
        RootChainFixture.setUp();
        _odd = new OddToken();
        ReentrantReceiver reentrant = new ReentrantReceiver(rootChain);
        reentrant.prepare(abi.encodeCall(IExitProcessor.withdraw, (address(reentrant), ETH, address(reentrant))));
        address[3] memory attackers = [address(new RejectingReceiver()), address(new GasBurner()), address(reentrant)];
        _people = [alice, bob, carol, attackers[0], attackers[1], attackers[2], operator, stranger];
        _assets = [ETH, address(token), address(_odd)];
        for (uint256 i = 0; i < _people.length; ++i) _capital[_people[i]] = _people[i].balance;
    }

    function money() external view returns (Money memory) {
        return _money;
    }

    // ---------------------------------------------------------------- what must hold

    /// @notice I1, I9: the pots are what the model says; the contract holds pots, bonds and credits, to the wei.
    function checkMoney() external view {
        for (uint256 i = 0; i < 3; ++i) {
            address asset = _assets[i];
            (uint128 balance, ) = rootChain.pot(asset);
            assertEq(balance, _pot[asset]);
            uint256 owed = balance;
            for (uint256 j = 0; j < _people.length; ++j) owed += rootChain.credit(_people[j], asset);
            assertEq(_balanceOf(asset, address(rootChain)), owed + (asset == ETH ? _bondsHeld : 0));
        }
    }

    /// @notice Everybody was given what the model says, in money or in credit, and nothing else.
    function checkPeople() external view {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < _people.length; ++j) {
                (address asset, address account) = (_assets[i], _people[j]);
                assertEq(
                    _balanceOf(asset, account) + rootChain.credit(account, asset) + _withdrawn[account][asset],
                    _given[account][asset] + (asset == ETH ? _capital[account] : 0)
                );
            }
        }
    }

    // ---------------------------------------------------------------- inside

    function _anybody(uint256 seed) internal view returns (address) {
        return _people[seed % _people.length];
    }

    /// @dev Bonds that somebody put up.
    function _post(uint256 amount) internal {
        _bondsHeld += amount;
        _bondsPosted += amount;
    }

    /// @dev A bond that somebody earned or gets back.
    function _earn(address account, uint256 amount) internal {
        _bondsHeld -= amount;
        _bondsEarned += amount;
        _given[account][ETH] += amount;
    }

    function _return(address account, uint256 amount) internal {
        _bondsHeld -= amount;
        _bondsReturned += amount;
        _given[account][ETH] += amount;
    }

    /// @dev Pays an output that nothing has finalised, as far as the pot goes.
    function _payInModel(bytes32 id, Output memory output) internal {
        assertEq(_flagOf[id], 0);
        _flagOf[id] = OutputFlags.PAID;
        uint256 amount = output.amount;
        if (amount > _pot[output.token]) {
            amount = _pot[output.token];
            ++_money.shortfalls;
        }
        _pot[output.token] -= amount;
        _given[output.owner][output.token] += amount;
        ++_money.paid;
    }

    /// @dev Withdraws the credit of `account`.
    function _collect(address account, address asset) internal {
        uint256 amount = rootChain.credit(account, asset);
        if (amount == 0) return;
        if (asset == address(_odd)) _odd.behave(OddToken.Manner.Honest);
        vm.prank(account);
        rootChain.withdraw(account, asset, SINK);
        assertEq(rootChain.credit(account, asset), 0);
        _withdrawn[account][asset] += amount;
        ++_money.withdrawals;
    }

    function _balanceOf(address asset, address account) private view returns (uint256) {
        if (asset == ETH) return account.balance;
        return asset == address(token) ? token.balanceOf(account) : _odd.balanceOf(account);
    }
}
