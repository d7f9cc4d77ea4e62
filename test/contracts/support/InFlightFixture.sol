// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {IInFlightExits} from "../../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";
import {InFlightTerms} from "../../../contracts/types/InFlightExit.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Output} from "../../../contracts/types/Transaction.sol";
import {Encoding, Inclusion, OutputPreimage, Payment, Source, Spend} from "./Encoding.sol";
import {Coin, Entry, RootChainFixture} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice What never changes of an in-flight exit, field by field.
struct Terms {
    uint40 startedAt;
    uint40 exitableAt;
    Position position;
    uint96 bond;
    address starter;
    uint32 deposits;
    uint40 validAfter;
    uint40 validBefore;
    /// The block behind which the last of the conditions was registered.
    uint64 registered;
}

/// @notice A payment with what every move about its in-flight exit shows.
struct Flight {
    Entry entry;
    Coin[] coins;
    Terms terms;
}

/// @notice A call that somebody makes.
struct Move {
    address sender;
    uint256 value;
    bytes data;
}

/// @notice The moves of the game of in-flight exits. Every one is encoded here and nowhere else, and a move that is made or
/// refused is exactly one call.
abstract contract InFlightFixture is RootChainFixture {
    uint256 internal constant PHASE = PERIOD / 2;
    error WrongAnswer(bytes found, bytes expected);

    // ---------------------------------------------------------------- pieces

    function inputPiece(uint256 index) internal pure returns (uint16) {
        return uint16(1 << index);
    }

    function outputPiece(uint256 index) internal pure returns (uint16) {
        return uint16(1 << (8 + index));
    }

    function countOf(uint16 pieces) internal pure returns (uint256 count) {
        for (uint256 i = 0; i < 16; ++i) if (pieces & (1 << i) != 0) ++count;
    }

    // ---------------------------------------------------------------- flights

    /// @dev What the terms are if `starter` starts the exit of `entry` now, with the least bond.
    function flightOf(
        Entry memory entry,
        Coin[] memory coins,
        address starter
    ) internal view returns (Flight memory flight) {
        (Position youngest, uint256 blockTime) = _youngest(coins);
        uint256 time = block.timestamp + PERIOD;
        if (time < blockTime + 2 * PERIOD) time = blockTime + 2 * PERIOD;
        time = ((time + STEP - 1) / STEP) * STEP;
        flight.entry = entry;
        flight.coins = abi.decode(abi.encode(coins), (Coin[])); // so that a test may change what it shows
        (uint40 validAfter, uint40 validBefore) = _windowOf(entry.body);
        flight.terms = Terms(
            uint40(block.timestamp),
            uint40(time),
            youngest,
            uint96(bond),
            starter,
            _depositsOf(coins),
            validAfter,
            validBefore,
            0
        );
    }

    /// @dev How many deposits a block must have seen to include what spends these coins.
    function _depositsOf(Coin[] memory coins) private pure returns (uint32 count) {
        for (uint256 i = 0; i < coins.length; ++i) {
            uint32 index = coins[i].position.txIndex();
            if (index >= 2 ** 31 && index - 2 ** 31 >= count) count = index - 2 ** 31 + 1;
        }
    }

    /// @dev The window stands at the end of a body, as its flags tell.
    function _windowOf(bytes memory body) private pure returns (uint40 validAfter, uint40 validBefore) {
        uint256 end = body.length;
        if (uint8(body[3]) & 4 != 0) (validBefore, end) = (_timeAt(body, end - 5), end - 5);
        if (uint8(body[3]) & 2 != 0) validAfter = _timeAt(body, end - 5);
    }

    function _timeAt(bytes memory data, uint256 place) private pure returns (uint40 time) {
        for (uint256 i = 0; i < 5; ++i) time = (time << 8) | uint8(data[place + i]);
    }

    function shown(Terms memory terms) internal pure returns (InFlightTerms memory) {
        return
            InFlightTerms(
                (uint256(uint160(terms.starter)) << 96) | terms.bond,
                (uint256(terms.startedAt) << 216) |
                    (uint256(Position.unwrap(terms.position)) << 112) |
                    (uint256(terms.deposits) << 80) |
                    (uint256(terms.validAfter) << 40) |
                    terms.validBefore,
                (uint256(terms.registered) << 40) | terms.exitableAt
            );
    }

    function _youngest(Coin[] memory coins) private pure returns (Position youngest, uint256 blockTime) {
        for (uint256 i = 0; i < coins.length; ++i) {
            if (Position.unwrap(coins[i].position) <= Position.unwrap(youngest)) continue;
            (youngest, blockTime) = (coins[i].position, coins[i].inclusion.header.timestamp);
        }
    }

    /// @dev Starts the exit of a payment of one coin, with these pieces of the starter.
    function open(
        Entry memory entry,
        Coin memory coin,
        address starter,
        uint16 pieces
    ) internal returns (Flight memory) {
        return open(entry, one(coin), starter, pieces);
    }

    function open(
        Entry memory entry,
        Coin[] memory coins,
        address starter,
        uint16 pieces
    ) internal returns (Flight memory flight) {
        flight = flightOf(entry, coins, starter);
        make(starting(flight, pieces));
    }

    function copyOf(Flight memory flight) internal pure returns (Flight memory) {
        return abi.decode(abi.encode(flight), (Flight));
    }

    /// @dev Alice's `ether_` for bob's `tokens`, with everybody's pieces of everything; the exit's bond is carol's.
    function openSwap(Coin memory ether_, Coin memory tokens) internal returns (Flight memory flight) {
        Coin[] memory coins = two(ether_, tokens);
        Output[] memory outputs = new Output[](2);
        outputs[0] = plain(bob, ether_.preimage.output.token, ether_.preimage.output.amount);
        outputs[1] = plain(alice, tokens.preimage.output.token, tokens.preimage.output.amount);
        flight = open(sign(draft(coins, outputs), coins), coins, carol, 0);
        piggyback(flight, alice, inputPiece(0) | outputPiece(1));
        piggyback(flight, bob, inputPiece(1) | outputPiece(0));
    }

    // ---------------------------------------------------------------- moves, encoded

    /// @dev What created each coin; behind them the header of the youngest one's block, if that is a deposit made behind a block.
    function proofsOf(Coin[] memory coins) internal pure returns (bytes memory proofs) {
        uint256 youngest;
        for (uint256 i = 0; i < coins.length; ++i) {
            Coin memory coin = coins[i];
            proofs = bytes.concat(
                proofs,
                coin.body.length != 0
                    ? Encoding.source(Source(coin.body, coin.inclusion))
                    : abi.encodePacked(Encoding.output(coin.preimage.output), coin.previousDepositHash)
            );
            if (Position.unwrap(coin.position) > Position.unwrap(coins[youngest].position)) youngest = i;
        }
        Position position = coins[youngest].position;
        if (position.txIndex() >= 2 ** 31 && position.blockNumber() != 0)
            proofs = bytes.concat(proofs, Encoding.header(coins[youngest].inclusion.header));
    }

    function starting(Flight memory flight, uint16 pieces) internal pure returns (Move memory) {
        return starting(flight, pieces, atFront());
    }

    function starting(
        Flight memory flight,
        uint16 pieces,
        IRootChain.Hint memory hint
    ) internal pure returns (Move memory) {
        return
            Move(
                flight.terms.starter,
                flight.terms.bond * (1 + countOf(pieces)),
                abi.encodeCall(
                    IInFlightExits.startInFlightExit,
                    (bytes.concat(flight.entry.body, flight.entry.witness), proofsOf(flight.coins), pieces, hint)
                )
            );
    }

    /// @dev Shows what all inputs were.
    function piggybacking(
        Flight memory flight,
        address owner,
        uint16 pieces
    ) internal pure returns (Move memory) {
        return piggybacking(flight, owner, pieces, atFront());
    }

    function piggybacking(
        Flight memory flight,
        address owner,
        uint16 pieces,
        IRootChain.Hint memory hint
    ) internal pure returns (Move memory) {
        return
            Move(
                owner,
                flight.terms.bond * countOf(pieces),
                abi.encodeCall(
                    IInFlightExits.piggyback,
                    (flight.entry.body, shown(flight.terms), pieces, Encoding.preimages(flight.entry.spent), hint)
                )
            );
    }

    function contesting(
        Flight memory flight,
        uint8 inputIndex,
        Spend memory competitor,
        address beneficiary
    ) internal view returns (Move memory) {
        return
            Move(
                stranger,
                0,
                abi.encodeCall(
                    IInFlightExits.challengeNonCanonical,
                    (flight.entry.body, shown(flight.terms), inputIndex, Encoding.spend(competitor), beneficiary)
                )
            );
    }

    function responding(
        Flight memory flight,
        Inclusion memory inclusion,
        address beneficiary
    ) internal view returns (Move memory) {
        return
            Move(
                stranger,
                0,
                abi.encodeCall(
                    IInFlightExits.respondNonCanonical,
                    (flight.entry.txId, shown(flight.terms), Encoding.inclusion(inclusion), beneficiary)
                )
            );
    }

    /// @dev `piece` by its number: inputs from 0, outputs from 8.
    function challenging(
        Flight memory flight,
        uint8 piece,
        Spend memory spend,
        address beneficiary
    ) internal view returns (Move memory) {
        return
            Move(
                stranger,
                0,
                abi.encodeCall(
                    IInFlightExits.challengePiggyback,
                    (flight.entry.body, shown(flight.terms), piece, Encoding.spend(spend), beneficiary)
                )
            );
    }

    function deleting(Flight memory flight) internal view returns (Move memory) {
        return
            Move(stranger, 0, abi.encodeCall(IExitProcessor.deleteInFlightExit, (flight.entry.txId, shown(flight.terms))));
    }

    /// @dev At most `most` entries of `asset`, with openings of these exits.
    function processing(
        address asset,
        uint256 most,
        bytes memory packed,
        Flight[] memory flights
    ) internal view returns (Move memory) {
        IExitProcessor.InFlightOpening[] memory inFlight = new IExitProcessor.InFlightOpening[](flights.length);
        for (uint256 i = 0; i < flights.length; ++i) {
            Entry memory entry = flights[i].entry;
            inFlight[i] = IExitProcessor.InFlightOpening(
                entry.body,
                shown(flights[i].terms),
                Encoding.preimages(entry.spent)
            );
        }
        return
            Move(stranger, 0, abi.encodeCall(IExitProcessor.processExits, (asset, most, packed, inFlight)));
    }

    /// @dev T shown as what created its output, for a spend of that output: its body is in the call already.
    function withSourceOf(Spend memory spend, Inclusion memory inclusion) internal pure returns (Spend memory) {
        Coin memory coin;
        coin.inclusion = inclusion;
        return withSource(spend, coin);
    }

    // ---------------------------------------------------------------- moves, made

    function make(Move memory move) internal returns (bytes memory result) {
        bool success;
        vm.prank(move.sender);
        (success, result) = address(rootChain).call{value: move.value}(move.data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @dev The contract refuses the move, for this reason.
    function refuse(Move memory move, bytes memory reason) internal {
        vm.prank(move.sender);
        (bool success, bytes memory result) = address(rootChain).call{value: move.value}(move.data);
        require(!success && keccak256(result) == keccak256(reason), WrongAnswer(result, reason));
    }

    function refuse(Move memory move, bytes4 selector) internal {
        refuse(move, abi.encodeWithSelector(selector));
    }

    function refuse(Move memory move, bytes4 selector, uint256 value) internal {
        refuse(move, abi.encodeWithSelector(selector, value));
    }

    /// @dev Whether the contract takes the move.
    function takes(Move memory move) internal returns (bool success) {
        vm.prank(move.sender);
        (success, ) = address(rootChain).call{value: move.value}(move.data);
    }

    function piggyback(Flight memory flight, address owner, uint16 pieces) internal {
        make(piggybacking(flight, owner, pieces));
    }

    function contest(Flight memory flight, Spend memory competitor, address beneficiary) internal {
        make(contesting(flight, 0, competitor, beneficiary));
    }

    function respond(Flight memory flight, Inclusion memory inclusion, address beneficiary) internal {
        make(responding(flight, inclusion, beneficiary));
    }

    /// @dev Processes the next entry of `asset`, if it is this exit's.
    function land(Flight memory flight, address asset) internal returns (uint256) {
        return processAll(asset, 1, "", list(flight));
    }

    function processAll(
        address asset,
        uint256 most,
        bytes memory packed,
        Flight[] memory flights
    ) internal returns (uint256) {
        return abi.decode(make(processing(asset, most, packed, flights)), (uint256));
    }

    function list(Flight memory flight) internal pure returns (Flight[] memory flights) {
        flights = new Flight[](1);
        flights[0] = flight;
    }

    function list(Flight memory first, Flight memory second) internal pure returns (Flight[] memory flights) {
        flights = new Flight[](2);
        (flights[0], flights[1]) = (first, second);
    }

    /// @dev To the first moment at which the exit may be processed.
    function ripen(Flight memory flight) internal {
        vm.warp(flight.terms.exitableAt + 1);
    }

    /// @dev Shows the input and the output with this index to be spent; commits a block.
    function challengeBoth(Flight memory flight, uint8 index) internal {
        make(challenging(flight, index, loose(anotherPayment(flight.coins[index], 1), 0), stranger));
        Coin memory made = included(flight.entry, index);
        make(challenging(flight, 8 + index, withSourceOf(loose(pay(made, carol), 0), made.inclusion), stranger));
    }

    // ---------------------------------------------------------------- what is to be seen

    /// @dev The word of an open exit without its terms: marks and live pieces.
    function stateOf(Flight memory flight) internal view returns (uint256) {
        (uint256 word, , ) = rootChain.inFlightExitOf(flight.entry.txId);
        return word & type(uint24).max;
    }

    function assertOpen(Flight memory flight, uint256 state) internal view {
        (uint256 word, , ) = rootChain.inFlightExitOf(flight.entry.txId);
        assertEq(word, ((uint256(keccak256(abi.encode(shown(flight.terms)))) >> 24) << 24) | state);
    }

    function assertClosed(Flight memory flight) internal view {
        (uint256 word, uint96 oldest, address bondOwner) = rootChain.inFlightExitOf(flight.entry.txId);
        assertEq(word, 0);
        assertEq(oldest, 0);
        assertEq(bondOwner, address(0));
    }

    function assertAhead(Flight memory flight, uint96 place, address owner) internal view {
        (, uint96 oldest, address bondOwner) = rootChain.inFlightExitOf(flight.entry.txId);
        assertEq(oldest, place);
        assertEq(bondOwner, owner);
    }

    function entryOf(Flight memory flight) internal pure returns (bytes32) {
        return keccak256(abi.encode("plasma.ife", flight.entry.txId, flight.terms.startedAt));
    }

    /// @dev State of the exit's entry and the number of queues that it is linked in.
    function assertLinks(Flight memory flight, uint8 state, uint256 links) internal view {
        IExitProcessor.Exit memory entry = rootChain.exitOf(entryOf(flight));
        assertEq(entry.state, links == 0 ? 0 : state);
        assertEq(entry.bond, links);
    }

    function placeOf(Inclusion memory inclusion) internal pure returns (uint96) {
        return (uint96(inclusion.header.number) << 32) | inclusion.txIndex;
    }

    function spentBy(Entry memory entry) internal pure returns (bytes32) {
        return (entry.txId << 16) >> 16;
    }

    function potOf(address asset) internal view returns (uint256 balance) {
        (balance, ) = rootChain.pot(asset);
    }

    /// @dev The output with this index of a payment that is in no block: it can be neither exited nor spent.
    function outputOf(Entry memory entry, uint8 index) internal pure returns (Coin memory coin) {
        coin.preimage = OutputPreimage(entry.txId, index, entry.outputs[index]);
        coin.id = Encoding.outputId(coin.preimage);
    }

    // ---------------------------------------------------------------- other payments

    /// @dev A payment of `coin` that no other payment is like.
    function anotherPayment(Coin memory coin, uint256 memo) internal view returns (Entry memory) {
        return windowed(coin, memo, 0, 0);
    }

    function windowed(
        Coin memory coin,
        uint256 memo,
        uint40 validAfter,
        uint40 validBefore
    ) internal view returns (Entry memory) {
        Output memory output = coin.preimage.output;
        Payment memory payment = draft(coin, to(stranger, output.token, output.amount));
        (payment.memo, payment.validAfter, payment.validBefore) = (bytes32(memo), validAfter, validBefore);
        return sign(payment, one(coin));
    }
}
