// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";
import {OutputFlags} from "../../../contracts/libraries/OutputFlags.sol";
import {SealedBlock} from "../../../contracts/types/Block.sol";
import {
    EXIT_CHALLENGED,
    EXIT_FINAL,
    EXIT_IN_FLIGHT,
    EXIT_IN_FLIGHT_DEAD,
    EXIT_LIVE,
    EXIT_LIVE_AUTHORIZED,
    EXIT_NONE,
    EXIT_PAID,
    EXIT_SPENT
} from "../../../contracts/types/ExitRecord.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output} from "../../../contracts/types/Transaction.sol";
import {OddToken} from "../attackers/OddToken.sol";
import {Encoding, Inclusion, Spend} from "./Encoding.sol";
import {GameLedger} from "./GameLedger.sol";
import {Flight} from "./InFlightFixture.sol";
import {Coin, Entry} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice A chain on which everybody does anything at any time, with a ledger of what must have become of the money. A move that
/// the contract answers otherwise than expected reverts, which fails the test. Here are deposits, blocks, standard exits and
/// payouts; what is in flight is in the contract that inherits this one.
abstract contract PlasmaGame is GameLedger {
    bytes32 internal constant SENTINEL = bytes32(uint256(1));
    uint256 private constant MOST_COINS = 40;
    uint256 private constant MOST_PAYMENTS = 60;

    struct Counts {
        uint256 deposits;
        uint256 blocks;
        uint256 exits;
        uint256 challenges;
        uint256 dropped;
        uint256 refusals;
    }

    Counts private _counts;
    Coin[] internal _coins;
    mapping(bytes32 id => uint256 placeFromOne) internal _placeOf;
    /// Payments that were signed, as bytes of entries; what each spends, as bytes of coins; and where it is included.
    bytes[] internal _payments;
    mapping(bytes32 txId => bytes) internal _coinsOf;
    mapping(bytes32 txId => Inclusion[]) internal _inclusionsOf;
    /// The first payment that spends this output.
    mapping(bytes32 id => bytes) internal _firstSpendOf;
    mapping(uint256 number => bytes32) private _blockHashes;
    uint256 private _blocks;
    /// @dev Fuzzers prefer small numbers and repeat them; a move wants all its bits at random.
    uint256 private _moves;

    function _mix(uint256 seed) internal returns (uint256) {
        return uint256(keccak256(abi.encode(seed, ++_moves)));
    }

    // ---------------------------------------------------------------- moves

    function makeDeposit(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length >= MOST_COINS) return;
        address owner = _anybody(seed);
        address asset = _assets[(seed >> 8) % 3];
        uint128 amount = uint128((seed >> 16) % 1000) + 1;
        if (_isClosed(asset)) {
            _mustFail(alice, amount, abi.encodeCall(IRootChain.deposit, (owner, ANY_BLOCK)), asset == ETH);
            return;
        }
        Coin memory coin;
        if (asset == address(_odd)) {
            bool takesFee = seed & (1 << 32) != 0;
            _odd.behave(takesFee ? OddToken.Manner.TakesFee : OddToken.Manner.Honest);
            _odd.mint(alice, amount);
            coin = nextDeposit(owner, asset, takesFee ? amount - (amount * 3) / 100 : amount);
            vm.prank(alice);
            rootChain.depositERC20(asset, amount, owner, ANY_BLOCK);
        } else {
            if (asset == ETH) vm.deal(owner, owner.balance + amount);
            coin = asset == ETH ? deposit(owner, amount) : depositToken(owner, amount);
        }
        _pot[asset] += coin.preimage.output.amount;
        _add(coin);
        ++_counts.deposits;
    }

    /// @dev Of any outputs, spent or not: an operator that commits double spends is part of the game.
    function makePayment(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length == 0 || _payments.length >= MOST_PAYMENTS) return;
        Coin memory coin = _coins[seed % _coins.length];
        if (keyOf(coin.preimage.output.owner) == 0) return;
        Entry memory entry;
        uint128 amount = coin.preimage.output.amount;
        Coin memory other = _coins[(seed >> 8) % _coins.length];
        if (seed & (1 << 32) != 0 && other.id != coin.id && keyOf(other.preimage.output.owner) != 0) {
            entry = _payTwo(two(coin, other), _receiver(seed >> 16), _receiver(seed >> 24));
        } else if (amount > 1 && seed & (1 << 33) != 0) {
            entry = split(coin, _receiver(seed >> 16), amount / 2);
        } else {
            entry = pay(coin, _receiver(seed >> 16));
        }
        if (_coinsOf[entry.txId].length == 0) _remember(entry, coin, other);
        if (seed & (1 << 34) != 0) _include(entry);
    }

    /// @dev The first receives all that the first coin is worth, the second all of the other.
    function _payTwo(Coin[] memory coins, address first, address second) private view returns (Entry memory) {
        Output[] memory outputs = new Output[](2);
        for (uint256 i = 0; i < 2; ++i) {
            Output memory input = coins[i].preimage.output;
            outputs[i] = plain(i == 0 ? first : second, input.token, input.amount);
        }
        return sign(draft(coins, outputs), coins);
    }

    function _remember(Entry memory entry, Coin memory coin, Coin memory other) private {
        _payments.push(abi.encode(entry));
        _coinsOf[entry.txId] = abi.encode(entry.spent.length == 1 ? one(coin) : two(coin, other));
        for (uint256 i = 0; i < entry.spent.length; ++i) {
            bytes32 id = Encoding.outputId(entry.spent[i]);
            if (_firstSpendOf[id].length == 0) _firstSpendOf[id] = abi.encode(entry);
        }
    }

    /// @dev A payment that was signed before, in a block or not: kept back, and published when it suits.
    function publishPayment(uint256 seed) external {
        seed = _mix(seed);
        if (_payments.length != 0) _include(_payment(seed));
    }

    function _include(Entry memory entry) private {
        _commit(list(entry), uint8(entry.outputs.length));
        _inclusionsOf[entry.txId].push(inclusionOf(list(entry), 0, newest));
    }

    function mint(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length >= MOST_COINS || seed % 4 != 0) return;
        FeeClaim memory claimed = FeeClaim(
            newest.number + 1,
            _assets[(seed >> 8) % 3],
            _people[(seed >> 16) % 3],
            uint128((seed >> 24) % 3000) + 1
        );
        _commit(list(claim(claimed)), 1);
    }

    function startExit(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length == 0) return;
        Coin memory coin = _coins[seed % _coins.length];
        address owner = coin.preimage.output.owner;
        uint256 value = bond * (((seed >> 16) % 4) + 1);
        bool byHelper = keyOf(owner) != 0 && (seed >> 24) % 4 == 0;
        address starter = byHelper ? stranger : owner;
        uint40 deadline = uint40(block.timestamp);
        bytes memory authorization = byHelper ? authorize(coin, stranger, deadline, owner) : bytes("");
        (, uint40 lastDeadline) = rootChain.authorizedStart(coin.id);
        vm.deal(starter, starter.balance + value);
        if (stateOf(coin) != 0 || (byHelper && deadline <= lastDeadline)) {
            uint8 before = stateOf(coin);
            try this.exitAsOther(starter, coin, value, authorization) {
                revert IsFalse("an exit twice");
            } catch {
                ++_counts.refusals;
            }
            assertEq(stateOf(coin), before);
            vm.deal(starter, starter.balance - value);
            return;
        }
        exitAs(starter, coin, value, _hintFor(coin.preimage.output.token, seed), authorization);
        assertEq(stateOf(coin), byHelper ? 2 : 1);
        _post(value);
        ++_counts.exits;
    }

    /// @dev For this contract, which must see the call fail.
    function exitAsOther(address starter, Coin memory coin, uint256 value, bytes memory authorization) external {
        require(msg.sender == address(this), "not a move");
        exitAs(starter, coin, value, atFront(), authorization);
    }

    function challengeExit(uint256 seed) external {
        seed = _mix(seed);
        (Coin memory coin, bool found) = _somewhere(seed, true);
        if (!found) return;
        uint256 reward = rootChain.exitOf(coin.id).bond;
        address winner = _anybody(seed >> 8);
        challenge(_spendOf(coin.id, abi.decode(_firstSpendOf[coin.id], (Entry))), winner);
        assertEq(stateOf(coin) & ~EXIT_FINAL, EXIT_CHALLENGED);
        _earn(winner, reward);
        ++_counts.challenges;
    }

    /// @dev What shows `entry` to spend this output.
    function _spendOf(bytes32 id, Entry memory entry) internal pure returns (Spend memory) {
        uint8 index = 0;
        while (Encoding.outputId(entry.spent[index]) != id) ++index;
        return loose(entry, index);
    }

    /// @dev With the spend of another output.
    function challengeWrongly(uint256 seed) external {
        seed = _mix(seed);
        (Coin memory coin, bool found) = _somewhere(seed, false);
        if (!found) return;
        for (uint256 i = 0; i < _coins.length; ++i) {
            bytes32 other = _coins[i].id;
            if (other == coin.id || _firstSpendOf[other].length == 0) continue;
            Entry memory entry = abi.decode(_firstSpendOf[other], (Entry));
            if (Encoding.outputId(entry.spent[0]) == coin.id) continue;
            entry.spent[0] = coin.preimage;
            _mustFail(stranger, 0, abi.encodeCall(IRootChain.challengeExit, (Encoding.spend(loose(entry, 0)), stranger)), true);
            assertTrue(_isLive(coin.id), "still live");
            return;
        }
    }

    function processExits(uint256 seed) external {
        seed = _mix(seed);
        address asset = _assets[seed % 3];
        _odd.behave(seed & (1 << 16) == 0 ? OddToken.Manner.Honest : OddToken.Manner.Reverts);
        _process(asset, ((seed >> 8) % 4) + 1);
    }

    function wait(uint256 seed) external {
        seed = _mix(seed);
        vm.warp(block.timestamp + (seed % 4 days));
    }

    function withdraw(uint256 seed) external {
        seed = _mix(seed);
        address account = _anybody(seed);
        _collect(account, _assets[(seed >> 8) % 3]);
    }

    /// @dev I6
    function replaceBlock(uint256 seed) external {
        seed = _mix(seed);
        SealedBlock[] memory blocks = new SealedBlock[](1);
        blocks[0] = seal(new bytes32[](0));
        uint64 number = uint64(seed % (newest.number + 4));
        if (number == newest.number + 1) return;
        blocks[0].number = number;
        _mustFail(operator, 0, abi.encodeCall(IRootChain.submitBlocks, (newest, blocks, depositHash())), true);
    }

    // ---------------------------------------------------------------- the end

    /// @notice Everything matures, is processed and withdrawn.
    function settle() external {
        vm.warp(block.timestamp + 3 * PERIOD);
        _odd.behave(OddToken.Manner.Honest);
        for (uint256 i = 0; i < 3; ++i) {
            _process(_assets[i], type(uint256).max);
            assertEq(_linked(_assets[i]).length, 0);
            for (uint256 j = 0; j < _people.length; ++j) _collect(_people[j], _assets[i]);
        }
        assertEq(_bondsHeld, 0);
        assertEq(_bondsPosted, _bondsReturned + _bondsEarned);
    }

    function counts() external view returns (Counts memory) {
        return _counts;
    }

    // ---------------------------------------------------------------- what must hold

    /// @notice I6: one root per number, without gaps.
    function checkBlocks() external view {
        assertEq(rootChain.newestBlock(), _blocks);
        for (uint256 number = 1; number <= _blocks; ++number) {
            assertEq(rootChain.blockHashes(number), _blockHashes[number]);
        }
        assertEq(rootChain.blockHashes(_blocks + 1), 0);
    }

    /// @notice R25: every queue is sorted, holds whatever is queued once, and nothing else. I2: each output is finalised as the
    /// model says, and what is in no queue has no other state.
    function checkQueues() external view {
        uint256 linked = 0;
        for (uint256 i = 0; i < 3; ++i) {
            bytes32[] memory ids = _linked(_assets[i]);
            uint256 before = 0;
            for (uint256 j = 0; j < ids.length; ++j) {
                IExitProcessor.Exit memory exit_ = rootChain.exitOf(ids[j]);
                if (_placeOf[ids[j]] == 0) {
                    _checkEntry(ids[j], _assets[i], exit_);
                } else {
                    assertEq(_coins[_placeOf[ids[j]] - 1].preimage.output.token, _assets[i]);
                    ++linked;
                }
                uint256 key = (uint256(exit_.exitableAt) << 104) | Position.unwrap(exit_.position);
                assertTrue(before <= key, "sorted");
                before = key;
            }
        }
        uint256 queued = 0;
        for (uint256 i = 0; i < _coins.length; ++i) {
            bytes32 id = _coins[i].id;
            uint8 state = rootChain.exitOf(id).state;
            assertEq(rootChain.flagOf(id), _flagOf[id]);
            if (_isQueued(state)) ++queued;
            else assertEq(state, _flagOf[id] == 0 ? EXIT_NONE : _flagOf[id] == OutputFlags.PAID ? EXIT_PAID : EXIT_SPENT);
        }
        assertEq(linked, queued);
    }

    // ---------------------------------------------------------------- inside

    /// @dev What stands in a queue and is no output: the entry of an in-flight exit.
    function _checkEntry(bytes32 entry, address asset, IExitProcessor.Exit memory exit_) internal view virtual;

    /// @dev What becomes of the exit whose entry is processed in this queue.
    function _land(bytes32 entry, address asset) internal virtual returns (Flight memory);

    /// @dev A dead entry leaves this queue.
    function _dropEntry(bytes32 entry, address asset) internal virtual;

    function _isQueued(uint8 state) private pure returns (bool) {
        state &= ~EXIT_FINAL;
        return state >= EXIT_LIVE && state <= EXIT_CHALLENGED;
    }

    function _isLive(bytes32 id) private view returns (bool) {
        uint8 state = rootChain.exitOf(id).state & ~EXIT_FINAL;
        return state == EXIT_LIVE || state == EXIT_LIVE_AUTHORIZED;
    }

    /// @dev Mostly somebody who can spend it again.
    function _receiver(uint256 seed) private view returns (address) {
        return seed & 3 == 0 ? _anybody(seed >> 2) : _people[(seed >> 2) % 3];
    }

    function _payment(uint256 seed) internal view returns (Entry memory) {
        return abi.decode(_payments[seed % _payments.length], (Entry));
    }

    function _add(Coin memory coin) private {
        if (_placeOf[coin.id] != 0 || _coins.length >= MOST_COINS) return;
        _coins.push(coin);
        _placeOf[coin.id] = _coins.length;
    }

    function _commit(Entry[] memory entries, uint8 outputs) private {
        commit(entries);
        _blockHashes[++_blocks] = headerHash(newest);
        for (uint8 i = 0; i < outputs; ++i) _add(coinOf(entries, 0, i, newest));
        ++_counts.blocks;
    }

    /// @dev I8: processes what has matured, whoever the receivers are. I2, I3: each once, and nothing that was challenged.
    function _process(address asset, uint256 most) private {
        bytes32[] memory ids = _linked(asset);
        Flight[] memory flights = new Flight[](ids.length);
        bytes memory packed;
        uint256 due = 0;
        for (; due < ids.length && due < most; ++due) {
            IExitProcessor.Exit memory exit_ = rootChain.exitOf(ids[due]);
            uint8 state = exit_.state & ~EXIT_FINAL;
            if (state == EXIT_CHALLENGED || state == EXIT_IN_FLIGHT_DEAD) {
                if (state == EXIT_IN_FLIGHT_DEAD) _dropEntry(ids[due], asset);
                ++_counts.dropped;
                continue;
            }
            if (exit_.exitableAt >= block.timestamp) break;
            if (state == EXIT_IN_FLIGHT) {
                flights[due] = _land(ids[due], asset);
            } else {
                packed = bytes.concat(packed, opening(_coins[_placeOf[ids[due]] - 1]));
                _settleInModel(ids[due], exit_);
            }
        }
        assertEq(processAll(asset, most, packed, _withoutGaps(flights)), due);
    }

    function _withoutGaps(Flight[] memory flights) private pure returns (Flight[] memory dense) {
        dense = flights;
        uint256 count = 0;
        for (uint256 i = 0; i < flights.length; ++i) {
            if (flights[i].entry.body.length != 0) dense[count++] = flights[i];
        }
        assembly ("memory-safe") {
            mstore(dense, count)
        }
    }

    /// @dev A standard exit at the head: paid, or not where another exit has finalised the output; the bond returns.
    function _settleInModel(bytes32 id, IExitProcessor.Exit memory exit_) private {
        Output memory output = _coins[_placeOf[id] - 1].preimage.output;
        if (_flagOf[id] == 0) _payInModel(id, output);
        (address helper, ) = rootChain.authorizedStart(id);
        _return(exit_.state & ~EXIT_FINAL == EXIT_LIVE ? output.owner : helper, exit_.bond);
    }

    function _mustFail(address sender, uint256 value, bytes memory call, bool certain) private {
        if (!certain) return;
        vm.prank(sender);
        (bool success, ) = address(rootChain).call{value: value}(call);
        assertEq(success, false);
        ++_counts.refusals;
    }

    /// @dev The first live exit from a random one on, of an output that is spent if so wanted.
    function _somewhere(uint256 seed, bool spent) private view returns (Coin memory coin, bool found) {
        for (uint256 i = 0; i < _coins.length; ++i) {
            uint256 place = (seed % _coins.length + i) % _coins.length;
            bytes32 id = _coins[place].id;
            if (!_isLive(id) || (spent && _firstSpendOf[id].length == 0)) continue;
            return (_coins[place], true);
        }
    }

    /// @dev Any queued entry of any token, and a walk as long as any queue.
    function _hintFor(address asset, uint256 seed) internal view returns (IRootChain.Hint memory hint) {
        bytes32[] memory ids = _linked(asset);
        if (ids.length == 0) return atFront();
        hint = behind(ids[(seed >> 40) % ids.length]);
        hint.walkLimit = WALK;
    }

    function _linked(address asset) private view returns (bytes32[] memory ids) {
        ids = new bytes32[](4 * MOST_COINS);
        uint256 count = 0;
        bytes32 id = rootChain.nextExit(asset, SENTINEL);
        for (; id != SENTINEL && id != 0; id = rootChain.nextExit(asset, id)) ids[count++] = id;
        assembly ("memory-safe") {
            mstore(ids, count)
        }
    }

    function _isClosed(address asset) private view returns (bool closed) {
        (, closed) = rootChain.pot(asset);
    }
}
