// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PlasmaGame} from "./support/PlasmaGame.sol";
import {Assertions} from "./support/Assertions.sol";

/// @notice Many games of random moves; what must hold is checked after every move, and at the end of each game all is settled.
contract RootChainInvariantsTest is Assertions {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    PlasmaGame private _game;

    function setUp() public {
        _game = new PlasmaGame();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_game);
    }

    /// @dev A move that is named twice is made twice as often.
    function _moves() private pure returns (bytes4[12] memory) {
        return [
            PlasmaGame.makeDeposit.selector,
            PlasmaGame.makePayment.selector,
            PlasmaGame.makePayment.selector,
            PlasmaGame.mint.selector,
            PlasmaGame.startExit.selector,
            PlasmaGame.startExit.selector,
            PlasmaGame.challengeExit.selector,
            PlasmaGame.challengeWrongly.selector,
            PlasmaGame.processExits.selector,
            PlasmaGame.wait.selector,
            PlasmaGame.withdraw.selector,
            PlasmaGame.replaceBlock.selector
        ];
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[12] memory moves = _moves();
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_game), new bytes4[](moves.length));
        for (uint256 i = 0; i < moves.length; ++i) targets[0].selectors[i] = moves[i];
    }

    function invariant_everyWeiIsAccountedFor() public view {
        _game.checkMoney();
    }

    function invariant_oneRootPerNumber() public view {
        _game.checkBlocks();
    }

    function invariant_queuesAreSortedAndComplete() public view {
        _game.checkQueues();
    }

    function afterInvariant() public {
        PlasmaGame.Counts memory counts = _game.counts();
        assertTrue(counts.deposits > 0 && counts.exits > 0 && counts.refusals > 0, "the moves are made");
        _game.settle();
        _game.checkMoney();
        _game.checkQueues();
    }

    /// The game is worth playing: in a long one everything happens that can.
    function test_longGame_meetsEverything() public {
        bytes4[12] memory moves = _moves();
        for (uint256 i = 0; i < 600; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            (bool success, ) = address(_game).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
            assertTrue(success, "no move fails");
            if (i % 20 == 0) _game.checkQueues();
            _game.checkMoney();
        }
        _game.settle();
        _game.checkMoney();
        PlasmaGame.Counts memory counts = _game.counts();
        assertTrue(counts.deposits > 0, "deposits");
        assertTrue(counts.blocks > 0, "blocks");
        assertTrue(counts.exits > 20, "exits");
        assertTrue(counts.challenges > 0, "challenges");
        assertTrue(counts.paid > 0, "payouts");
        assertTrue(counts.dropped > 0, "dropped entries");
        assertTrue(counts.withdrawals > 0, "withdrawals");
        assertTrue(counts.refusals > 0, "refusals");
        assertTrue(counts.shortfalls > 0, "shortfalls");
    }
}
