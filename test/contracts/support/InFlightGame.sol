// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {EXIT_IN_FLIGHT, EXIT_IN_FLIGHT_DEAD} from "../../../contracts/types/ExitRecord.sol";
import {CANONICAL, CONTESTED, DECIDED, IN_NO_BLOCK, SETTLED, SHOWN} from "../../../contracts/types/InFlightExit.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Output} from "../../../contracts/types/Transaction.sol";
import {Encoding, Inclusion, Spend} from "./Encoding.sol";
import {Flight, Move} from "./InFlightFixture.sol";
import {PlasmaGame} from "./PlasmaGame.sol";
import {Coin, Entry} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice The game with payments in flight: anybody starts, takes part, contests, answers, challenges and deletes, with
/// whatever was signed or committed. The model knows of every move whether it is taken, and gives the verdicts itself.
contract InFlightGame is PlasmaGame {
    struct InFlightCounts {
        uint256 starts;
        uint256 settledStarts;
        uint256 piggybacks;
        uint256 contests;
        uint256 responses;
        uint256 inputChallenges;
        uint256 outputChallenges;
        uint256 deletions;
        uint256 canonical;
        uint256 notCanonical;
        uint256 unpaid;
        uint256 refusals;
    }

    /// @dev An in-flight exit as it must stand.
    struct Play {
        bytes flight;
        bytes32 entry;
        uint256 state;
        uint96 oldest;
        address bondOwner;
    }

    InFlightCounts private _inFlightCounts;
    /// Ids of the payments whose exit is open.
    bytes32[] private _open;
    mapping(bytes32 txId => Play) private _plays;
    mapping(bytes32 entry => bytes32 txId) private _txOf;
    mapping(bytes32 entry => mapping(address asset => bool)) private _isLinked;

    // ---------------------------------------------------------------- moves

    function startInFlightExit(uint256 seed) external {
        seed = _mix(seed);
        if (_payments.length == 0) return;
        Entry memory entry = _payment(seed);
        Flight memory flight = flightOf(entry, abi.decode(_coinsOf[entry.txId], (Coin[])), _anybody(seed >> 16));
        if (seed & (3 << 24) != 0) flight.terms.starter = _someOwner(flight, seed >> 16);
        uint16 pieces = _ownPieces(flight, flight.terms.starter, seed >> 32);
        Move memory move = starting(flight, pieces, _hintFor(_assets[seed % 3], seed >> 64));
        if (!_try(move, _plays[entry.txId].entry == 0 && _areFree(flight, pieces))) return;
        bool settled = _areSpentBy(flight);
        Play storage play = _plays[entry.txId];
        (play.flight, play.entry, play.bondOwner) = (abi.encode(flight), entryOf(flight), flight.terms.starter);
        play.state = settled ? SETTLED : 0;
        _txOf[play.entry] = entry.txId;
        _open.push(entry.txId);
        _enter(flight, pieces);
        ++_inFlightCounts.starts;
        if (settled) ++_inFlightCounts.settledStarts;
    }

    function piggyback(uint256 seed) external {
        seed = _mix(seed);
        if (_open.length == 0) return;
        (Flight memory flight, Play storage play) = _somePlay(seed);
        address owner = seed & (7 << 24) == 0 ? _anybody(seed >> 16) : _someOwner(flight, seed >> 16);
        uint16 pieces = _ownPieces(flight, owner, seed >> 32);
        Move memory move = piggybacking(flight, owner, pieces, _hintFor(_assets[seed % 3], seed >> 64));
        bool taken = _try(
            move,
            _isPhaseOne(flight) && pieces != 0 && play.state & pieces == 0 && _areFree(flight, pieces)
        );
        if (!taken) return;
        _enter(flight, pieces);
        ++_inFlightCounts.piggybacks;
    }

    function contest(uint256 seed) external {
        seed = _mix(seed);
        if (_open.length == 0) return;
        (Flight memory flight, Play storage play) = _somePlay(seed);
        uint8 index = uint8((seed >> 16) % flight.coins.length);
        (Spend memory spend, bytes32 spendId, bool found) = _someSpendOf(flight.coins[index].id, seed >> 24);
        if (!found) return;
        uint96 place = IN_NO_BLOCK;
        if (seed & (1 << 200) != 0 && _inclusionsOf[spendId].length != 0) {
            Inclusion memory inclusion = _inclusion(spendId, seed >> 208);
            (spend, place) = (withInclusion(spend, inclusion), placeOf(inclusion));
        }
        address winner = _anybody(seed >> 40);
        bool taken = _try(
            contesting(flight, index, spend, winner),
            _isPhaseOne(flight) &&
                spendId != flight.entry.txId &&
                play.state & SETTLED == 0 &&
                (play.state & (CONTESTED | SHOWN) == 0 || place < _oldest(play))
        );
        if (!taken) return;
        play.state |= CONTESTED | SHOWN;
        (play.oldest, play.bondOwner) = (place, winner);
        ++_inFlightCounts.contests;
    }

    /// @dev Sometimes with the place of another payment.
    function respond(uint256 seed) external {
        seed = _mix(seed);
        if (_open.length == 0) return;
        (Flight memory flight, Play storage play) = _somePlay(seed);
        bytes32 txId = seed & (7 << 200) == 0 ? _payment(seed >> 16).txId : flight.entry.txId;
        if (_inclusionsOf[txId].length == 0) return;
        Inclusion memory inclusion = _inclusion(txId, seed >> 208);
        address winner = _anybody(seed >> 40);
        bool taken = _try(
            responding(flight, inclusion, winner),
            txId == flight.entry.txId &&
                play.state & DECIDED == 0 &&
                play.state & CONTESTED != 0 &&
                placeOf(inclusion) < _oldest(play)
        );
        if (!taken) return;
        play.state = (play.state & ~CONTESTED) | SHOWN;
        (play.oldest, play.bondOwner) = (placeOf(inclusion), winner);
        ++_inFlightCounts.responses;
    }

    function challengePiece(uint256 seed) external {
        seed = _mix(seed);
        if (_open.length == 0) return;
        (Flight memory flight, Play storage play) = _somePlay(seed);
        (uint8 piece, bytes32 id) = _somePiece(flight, play, seed >> 16);
        (Spend memory spend, bytes32 spendId, bool found) = _someSpendOf(id, seed >> 24);
        if (!found) return;
        if (piece >= 8) spend = withSourceOf(spend, _coins[_placeOf[id] - 1].inclusion);
        address winner = _anybody(seed >> 40);
        bool taken = _try(
            challenging(flight, piece, spend, winner),
            play.state & (1 << piece) != 0 && play.state & DECIDED == 0 && spendId != flight.entry.txId
        );
        if (!taken) return;
        play.state &= ~(1 << piece);
        _earn(winner, flight.terms.bond);
        if (piece < 8) ++_inFlightCounts.inputChallenges;
        else ++_inFlightCounts.outputChallenges;
    }

    function deleteInFlightExit(uint256 seed) external {
        seed = _mix(seed);
        if (_open.length == 0) return;
        (Flight memory flight, Play storage play) = _somePlay(seed);
        bool expected = !_isPhaseOne(flight) && play.state & (DECIDED | 0xffff) == 0;
        if (!_try(deleting(flight), expected)) return;
        _delete(flight, play);
    }

    function inFlightCounts() external view returns (InFlightCounts memory) {
        return _inFlightCounts;
    }

    // ---------------------------------------------------------------- the end

    /// @notice What nobody takes part in is deleted; the rest is processed with the queues.
    function settleInFlight() external {
        vm.warp(block.timestamp + 3 * PERIOD);
        for (uint256 i = _open.length; i > 0; --i) {
            Play storage play = _plays[_open[i - 1]];
            Flight memory flight = abi.decode(play.flight, (Flight));
            if (_try(deleting(flight), play.state & (DECIDED | 0xffff) == 0)) _delete(flight, play);
        }
    }

    // ---------------------------------------------------------------- what must hold

    /// @notice Every exit stands as the model says; of payments that have none there is nothing.
    function checkInFlight() external view {
        for (uint256 i = 0; i < _payments.length; ++i) {
            Entry memory entry = _payment(i);
            Play storage play = _plays[entry.txId];
            if (play.entry == 0) {
                Flight memory none;
                none.entry = entry;
                assertClosed(none);
                continue;
            }
            Flight memory flight = abi.decode(play.flight, (Flight));
            assertOpen(flight, play.state);
            bool shown = play.state & SHOWN != 0;
            assertAhead(flight, shown ? play.oldest : 0, shown ? play.bondOwner : address(0));
            uint256 links = 0;
            for (uint256 j = 0; j < 3; ++j) if (_isLinked[play.entry][_assets[j]]) ++links;
            assertLinks(flight, EXIT_IN_FLIGHT, links);
        }
    }

    // ---------------------------------------------------------------- inside

    function _checkEntry(bytes32 entry, address asset, IExitProcessor.Exit memory exit_) internal view override {
        assertTrue(_isLinked[entry][asset], "linked by somebody's piece");
        bool current = _plays[_txOf[entry]].entry == entry;
        assertEq(exit_.state, current ? EXIT_IN_FLIGHT : EXIT_IN_FLIGHT_DEAD);
        if (!current) return;
        Flight memory flight = abi.decode(_plays[_txOf[entry]].flight, (Flight));
        assertEq(exit_.exitableAt, flight.terms.exitableAt);
        assertEq(Position.unwrap(exit_.position), Position.unwrap(flight.terms.position));
    }

    function _dropEntry(bytes32 entry, address asset) internal override {
        assertTrue(_plays[_txOf[entry]].entry != entry, "dead");
        _isLinked[entry][asset] = false;
    }

    /// @dev R14: the verdict where there is none yet, then the pieces of this token.
    function _land(bytes32 entry, address asset) internal override returns (Flight memory flight) {
        Play storage play = _plays[_txOf[entry]];
        assertEq(play.entry, entry);
        flight = abi.decode(play.flight, (Flight));
        _isLinked[entry][asset] = false;
        if (play.state & (DECIDED | 0xffff) == 0) {
            _delete(flight, play);
            return flight;
        }
        if (play.state & DECIDED == 0) _decide(flight, play);
        for (uint8 piece = 0; piece < 16; ++piece) {
            if (play.state & (1 << piece) == 0) continue;
            (Output memory output, bytes32 id) = _pieceOf(flight, piece);
            if (output.token != asset) continue;
            play.state &= ~(1 << piece);
            _return(output.owner, flight.terms.bond);
            if ((play.state & CANONICAL != 0) != (piece >= 8)) continue;
            if (_flagOf[id] == 0) _payInModel(id, output);
            else ++_inFlightCounts.unpaid;
        }
        for (uint256 i = 0; i < 3; ++i) if (_isLinked[entry][_assets[i]]) return flight;
        _forget(play, flight.entry.txId);
    }

    /// @dev R13
    function _decide(Flight memory flight, Play storage play) private {
        bytes32 mark = spentBy(flight.entry);
        bool canonical = play.state & CONTESTED == 0;
        for (uint256 i = 0; i < flight.coins.length; ++i) {
            bytes32 flag = _flagOf[flight.coins[i].id];
            if (flag != 0 && flag != mark) canonical = false;
        }
        for (uint256 i = 0; canonical && i < flight.coins.length; ++i) _flagOf[flight.coins[i].id] = mark;
        play.state |= canonical ? DECIDED | CANONICAL : DECIDED;
        _return(play.bondOwner, flight.terms.bond);
        if (canonical) ++_inFlightCounts.canonical;
        else ++_inFlightCounts.notCanonical;
    }

    function _delete(Flight memory flight, Play storage play) private {
        _return(play.bondOwner, flight.terms.bond);
        _forget(play, flight.entry.txId);
        ++_inFlightCounts.deletions;
    }

    function _forget(Play storage play, bytes32 txId) private {
        (play.entry, play.state, play.oldest, play.bondOwner) = (0, 0, 0, address(0));
        uint256 place = 0;
        while (_open[place] != txId) ++place;
        _open[place] = _open[_open.length - 1];
        _open.pop();
    }

    /// @dev Makes a move, which must be taken or not as expected. The sender brings the bonds.
    function _try(Move memory move, bool expected) private returns (bool taken) {
        vm.deal(move.sender, move.sender.balance + move.value);
        taken = takes(move);
        assertEq(taken, expected);
        if (taken) {
            _post(move.value);
        } else {
            vm.deal(move.sender, move.sender.balance - move.value);
            ++_inFlightCounts.refusals;
        }
    }

    function _enter(Flight memory flight, uint16 pieces) private {
        Play storage play = _plays[flight.entry.txId];
        play.state |= pieces;
        for (uint8 piece = 0; piece < 16; ++piece) {
            if (pieces & (1 << piece) == 0) continue;
            (Output memory output, ) = _pieceOf(flight, piece);
            _isLinked[play.entry][output.token] = true;
        }
    }

    function _isPhaseOne(Flight memory flight) private view returns (bool) {
        return block.timestamp < flight.terms.startedAt + PHASE;
    }

    function _oldest(Play storage play) private view returns (uint96) {
        return play.state & SHOWN != 0 ? play.oldest : IN_NO_BLOCK;
    }

    function _areSpentBy(Flight memory flight) private view returns (bool) {
        for (uint256 i = 0; i < flight.coins.length; ++i) {
            if (_flagOf[flight.coins[i].id] != spentBy(flight.entry)) return false;
        }
        return true;
    }

    /// @dev R11: nothing has finalised them.
    function _areFree(Flight memory flight, uint16 pieces) private view returns (bool) {
        for (uint8 piece = 0; piece < 16; ++piece) {
            if (pieces & (1 << piece) == 0) continue;
            (, bytes32 id) = _pieceOf(flight, piece);
            if (_flagOf[id] != 0) return false;
        }
        return true;
    }

    function _hasPiece(Flight memory flight, uint8 piece) private pure returns (bool) {
        return piece < 8 ? piece < flight.coins.length : piece - 8 < flight.entry.outputs.length;
    }

    function _pieceOf(Flight memory flight, uint8 piece) private pure returns (Output memory output, bytes32 id) {
        Coin memory coin = piece < 8 ? flight.coins[piece] : outputOf(flight.entry, piece - 8);
        return (coin.preimage.output, coin.id);
    }

    function _someOwner(Flight memory flight, uint256 seed) private pure returns (address) {
        uint8 piece = uint8(seed % 16);
        while (!_hasPiece(flight, piece)) piece = (piece + 1) % 16;
        (Output memory output, ) = _pieceOf(flight, piece);
        return output.owner;
    }

    /// @dev Some of the pieces that are `owner`'s.
    function _ownPieces(Flight memory flight, address owner, uint256 seed) private pure returns (uint16 pieces) {
        for (uint8 piece = 0; piece < 16; ++piece) {
            if (!_hasPiece(flight, piece) || seed & (3 << (2 * piece)) == 0) continue;
            (Output memory output, ) = _pieceOf(flight, piece);
            if (output.owner == owner) pieces |= uint16(1 << piece);
        }
    }

    /// @dev A piece from a random one on that somebody's payment spends, live if there is one and mostly so.
    function _somePiece(
        Flight memory flight,
        Play storage play,
        uint256 seed
    ) private view returns (uint8 piece, bytes32 id) {
        for (uint256 i = 0; i < 32; ++i) {
            piece = uint8((seed + i) % 16);
            if (!_hasPiece(flight, piece)) continue;
            if (i < 16 && seed & (7 << 8) != 0 && play.state & (1 << piece) == 0) continue;
            (, id) = _pieceOf(flight, piece);
            if (_firstSpendOf[id].length != 0) return (piece, id);
        }
    }

    function _somePlay(uint256 seed) private view returns (Flight memory flight, Play storage play) {
        play = _plays[_open[seed % _open.length]];
        flight = abi.decode(play.flight, (Flight));
    }

    function _inclusion(bytes32 txId, uint256 seed) private view returns (Inclusion memory) {
        return _inclusionsOf[txId][seed % _inclusionsOf[txId].length];
    }

    /// @dev A payment from a random one on that spends this output.
    function _someSpendOf(
        bytes32 id,
        uint256 seed
    ) private view returns (Spend memory spend, bytes32 spendId, bool found) {
        if (_firstSpendOf[id].length == 0) return (spend, spendId, false);
        for (uint256 i = 0; ; ++i) {
            Entry memory entry = _payment(seed % _payments.length + i);
            for (uint256 j = 0; j < entry.spent.length; ++j) {
                if (Encoding.outputId(entry.spent[j]) == id) return (_spendOf(id, entry), entry.txId, true);
            }
        }
    }
}
