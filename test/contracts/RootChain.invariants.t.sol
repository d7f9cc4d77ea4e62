// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assertions} from "./support/Assertions.sol";
import {GameLedger} from "./support/GameLedger.sol";
import {InFlightGame} from "./support/InFlightGame.sol";
import {PlasmaGame} from "./support/PlasmaGame.sol";

/// @notice Many games of random moves; what must hold is checked after every move, and at the end of each game all is settled.
contract RootChainInvariantsTest is Assertions {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    InFlightGame private _game;

    function setUp() public {
        _game = new InFlightGame();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_game);
    }

    /// @dev A move that is named twice is made twice as often.
    function _moves() private pure returns (bytes4[26] memory) {
        return [
            PlasmaGame.makeDeposit.selector,
            PlasmaGame.makeDeposit.selector,
            PlasmaGame.makePayment.selector,
            PlasmaGame.makePayment.selector,
            PlasmaGame.makePayment.selector,
            PlasmaGame.publishPayment.selector,
            PlasmaGame.mint.selector,
            PlasmaGame.startExit.selector,
            PlasmaGame.startExit.selector,
            PlasmaGame.challengeExit.selector,
            PlasmaGame.challengeWrongly.selector,
            PlasmaGame.processExits.selector,
            PlasmaGame.processExits.selector,
            PlasmaGame.wait.selector,
            PlasmaGame.withdraw.selector,
            PlasmaGame.replaceBlock.selector,
            InFlightGame.startInFlightExit.selector,
            InFlightGame.startInFlightExit.selector,
            InFlightGame.piggyback.selector,
            InFlightGame.piggyback.selector,
            InFlightGame.contest.selector,
            InFlightGame.contest.selector,
            InFlightGame.respond.selector,
            InFlightGame.respond.selector,
            InFlightGame.challengePiece.selector,
            InFlightGame.deleteInFlightExit.selector
        ];
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[26] memory moves = _moves();
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_game), new bytes4[](moves.length));
        for (uint256 i = 0; i < moves.length; ++i) targets[0].selectors[i] = moves[i];
    }

    function invariant_everyWeiIsAccountedFor() public view {
        _game.checkMoney();
        _game.checkPeople();
    }

    function invariant_inFlightExitsStandAsPlayed() public view {
        _game.checkInFlight();
    }

    function invariant_oneRootPerNumber() public view {
        _game.checkBlocks();
    }

    function invariant_queuesAreSortedAndComplete() public view {
        _game.checkQueues();
    }

    function afterInvariant() public {
        PlasmaGame.Counts memory counts = _game.counts();
        assertTrue(counts.deposits > 0, "the moves are made");
        _settle();
    }

    /// @dev I9: at the end every bond is somebody's, and the contract holds the pots and the credits.
    function _settle() private {
        _game.settleInFlight();
        _game.settle();
        _game.checkMoney();
        _game.checkPeople();
        _game.checkQueues();
        _game.checkInFlight();
    }

    /// The game is worth playing: in a long one everything happens that can.
    function test_longGame_meetsEverything() public {
        bytes4[26] memory moves = _moves();
        for (uint256 i = 0; i < 1500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            (bool success, ) = address(_game).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
            assertTrue(success, "no move fails");
            _game.checkMoney();
            if (i % 50 != 0) continue;
            _game.checkPeople();
            _game.checkQueues();
            _game.checkInFlight();
        }
        _settle();
        PlasmaGame.Counts memory counts = _game.counts();
        assertTrue(counts.deposits > 0, "deposits");
        assertTrue(counts.blocks > 0, "blocks");
        assertTrue(counts.exits > 20, "exits");
        assertTrue(counts.challenges > 0, "challenges");
        assertTrue(counts.dropped > 0, "dropped entries");
        assertTrue(counts.refusals > 0, "refusals");
        GameLedger.Money memory money = _game.money();
        assertTrue(money.paid > 0, "payouts");
        assertTrue(money.withdrawals > 0, "withdrawals");
        assertTrue(money.shortfalls > 0, "shortfalls");
        InFlightGame.InFlightCounts memory inFlight = _game.inFlightCounts();
        assertTrue(inFlight.starts > 20, "in-flight exits");
        assertTrue(inFlight.settledStarts > 0, "settled starts");
        assertTrue(inFlight.piggybacks > 5, "piggybacks");
        assertTrue(inFlight.contests > 5, "contests");
        assertTrue(inFlight.responses > 0, "responses");
        assertTrue(inFlight.inputChallenges > 0, "challenged inputs");
        assertTrue(inFlight.outputChallenges > 0, "challenged outputs");
        assertTrue(inFlight.deletions > 5, "deletions");
        assertTrue(inFlight.canonical > 5, "canonical verdicts");
        assertTrue(inFlight.notCanonical > 5, "other verdicts");
        assertTrue(inFlight.unpaid > 0, "pieces that were finalised before");
        assertTrue(inFlight.refusals > 20, "refused moves");
    }
}
