// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";
import {SealedBlock} from "../../../contracts/types/Block.sol";
import {ETH, FeeClaim} from "../../../contracts/types/Transaction.sol";
import {OddToken} from "../attackers/OddToken.sol";
import {GasBurner, ReentrantReceiver, RejectingReceiver} from "../attackers/Receivers.sol";
import {Encoding} from "./Encoding.sol";
import {Coin, Entry, RootChainFixture} from "./RootChainFixture.sol";
import {vm} from "./Vm.sol";

/// @notice A chain on which everybody does anything at any time: honest people, an operator that mints and commits double
/// spends, receivers and a token that attack. Beside it runs a model of what must have become of the money. A move
/// that the contract answers otherwise than the model expects reverts, which fails the test.
contract PlasmaGame is RootChainFixture {
    bytes32 internal constant SENTINEL = bytes32(uint256(1));
    uint256 private constant MOST_COINS = 40;

    struct Counts {
        uint256 deposits;
        uint256 blocks;
        uint256 exits;
        uint256 challenges;
        uint256 paid;
        uint256 dropped;
        uint256 withdrawals;
        uint256 refusals;
        uint256 shortfalls;
    }

    Counts private _counts;
    OddToken private _odd;
    address[] private _people;
    address[] private _assets;

    Coin[] private _coins;
    mapping(bytes32 id => uint256 placeFromOne) private _placeOf;
    /// A spend of this output, as bytes of an Entry.
    mapping(bytes32 id => bytes) private _spendOf;
    mapping(bytes32 id => bool) private _isPaid;
    mapping(address asset => uint256) private _pot;
    mapping(uint256 number => bytes32) private _blockHashes;
    uint256 private _blocks;
    uint256 private _bondsHeld;
    uint256 private _bondsPosted;
    uint256 private _bondsReturned;
    uint256 private _bondsEarned;

    constructor() {
        RootChainFixture.setUp();
        _odd = new OddToken();
        ReentrantReceiver reentrant = new ReentrantReceiver(rootChain);
        reentrant.prepare(abi.encodeCall(IExitProcessor.withdraw, (address(reentrant), ETH, address(reentrant))));
        _people = [alice, bob, carol, address(new RejectingReceiver()), address(new GasBurner()), address(reentrant)];
        _assets = [ETH, address(token), address(_odd)];
    }

    /// @dev Fuzzers prefer small numbers and repeat them; a move wants all its bits at random.
    uint256 private _moves;

    function _mix(uint256 seed) private returns (uint256) {
        return uint256(keccak256(abi.encode(seed, ++_moves)));
    }

    // ---------------------------------------------------------------- moves

    function makeDeposit(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length >= MOST_COINS) return;
        address owner = _people[seed % _people.length];
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
            vm.deal(owner, owner.balance + amount);
            coin = asset == ETH ? deposit(owner, amount) : depositToken(owner, amount);
        }
        _pot[asset] += coin.preimage.output.amount;
        _add(coin);
        ++_counts.deposits;
    }

    /// @dev Of any output, spent or not: an operator that commits double spends is part of the game.
    function makePayment(uint256 seed) external {
        seed = _mix(seed);
        if (_coins.length == 0 || _coins.length >= MOST_COINS) return;
        Coin memory coin = _coins[seed % _coins.length];
        if (keyOf(coin.preimage.output.owner) == 0) return;
        address receiver = _people[(seed >> 16) % 3];
        uint128 amount = coin.preimage.output.amount;
        Entry memory entry = amount > 1 && seed & (1 << 32) != 0
            ? split(coin, receiver, amount / 2)
            : pay(coin, receiver);
        if (_spendOf[coin.id].length == 0) _spendOf[coin.id] = abi.encode(entry);
        if (seed & (1 << 33) != 0) return; // signed, and in no block
        _commit(list(entry), uint8(entry.outputs.length));
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
            return;
        }
        exitAs(starter, coin, value, _hintFor(coin, seed), authorization);
        assertEq(stateOf(coin), byHelper ? 2 : 1);
        _bondsHeld += value;
        _bondsPosted += value;
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
        uint256 before = operator.balance;
        challenge(abi.decode(_spendOf[coin.id], (Entry)), operator);
        assertEq(operator.balance, before + reward);
        assertEq(stateOf(coin), 3);
        _bondsHeld -= reward;
        _bondsEarned += reward;
        ++_counts.challenges;
    }

    /// @dev With the spend of another output.
    function challengeWrongly(uint256 seed) external {
        seed = _mix(seed);
        (Coin memory coin, bool found) = _somewhere(seed, false);
        if (!found) return;
        for (uint256 i = 0; i < _coins.length; ++i) {
            bytes32 other = _coins[i].id;
            if (other == coin.id || _spendOf[other].length == 0) continue;
            Entry memory entry = abi.decode(_spendOf[other], (Entry));
            entry.spent[0] = coin.preimage;
            _mustFail(stranger, 0, abi.encodeCall(IRootChain.challengeExit, (Encoding.spend(loose(entry, 0)), stranger)), true);
            assertTrue(stateOf(coin) == 1 || stateOf(coin) == 2, "still live");
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
        address account = _people[seed % _people.length];
        _withdrawAll(account, _assets[(seed >> 8) % 3]);
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
            for (uint256 j = 0; j < _people.length; ++j) _withdrawAll(_people[j], _assets[i]);
            _withdrawAll(stranger, _assets[i]);
        }
        assertEq(_bondsHeld, 0);
        assertEq(_bondsPosted, _bondsReturned + _bondsEarned);
    }

    function counts() external view returns (Counts memory) {
        return _counts;
    }

    // ---------------------------------------------------------------- what must hold

    /// @notice I1, I9: the pots are what the model says; the contract holds pots, bonds and credits, to the wei.
    function checkMoney() external view {
        for (uint256 i = 0; i < 3; ++i) {
            address asset = _assets[i];
            (uint128 balance, ) = rootChain.pot(asset);
            assertEq(balance, _pot[asset]);
            uint256 owed = balance + rootChain.credit(stranger, asset);
            for (uint256 j = 0; j < _people.length; ++j) owed += rootChain.credit(_people[j], asset);
            if (asset == ETH) assertEq(address(rootChain).balance, owed + _bondsHeld);
            else assertEq(_balanceOf(asset), owed);
        }
    }

    /// @notice I6: one root per number, without gaps.
    function checkBlocks() external view {
        assertEq(rootChain.newestBlock(), _blocks);
        for (uint256 number = 1; number <= _blocks; ++number) {
            assertEq(rootChain.blockHashes(number), _blockHashes[number]);
        }
        assertEq(rootChain.blockHashes(_blocks + 1), 0);
    }

    /// @notice R25: every queue is sorted, holds whatever is queued once, and nothing else. I2: what is paid is not queued.
    function checkQueues() external view {
        uint256 linked = 0;
        for (uint256 i = 0; i < 3; ++i) {
            bytes32[] memory ids = _linked(_assets[i]);
            linked += ids.length;
            uint256 before = 0;
            for (uint256 j = 0; j < ids.length; ++j) {
                Coin storage coin = _coins[_placeOf[ids[j]] - 1];
                assertEq(coin.preimage.output.token, _assets[i]);
                IExitProcessor.Exit memory exit_ = rootChain.exitOf(ids[j]);
                assertTrue(exit_.state >= 1 && exit_.state <= 3, "queued");
                uint256 key = (uint256(exit_.exitableAt) << 104) | _positionOf(exit_);
                assertTrue(before < key, "sorted");
                before = key;
            }
        }
        uint256 queued = 0;
        for (uint256 i = 0; i < _coins.length; ++i) {
            uint8 state = rootChain.exitOf(_coins[i].id).state;
            if (state >= 1 && state <= 3) ++queued;
            assertEq(state == 4, _isPaid[_coins[i].id]);
        }
        assertEq(linked, queued);
    }

    // ---------------------------------------------------------------- inside

    function _add(Coin memory coin) private {
        if (_placeOf[coin.id] != 0) return;
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
        bytes memory packed;
        uint256 due = 0;
        for (; due < ids.length && due < most; ++due) {
            IExitProcessor.Exit memory exit_ = rootChain.exitOf(ids[due]);
            if (exit_.state != 3 && exit_.exitableAt >= block.timestamp) break;
            if (exit_.state != 3) packed = bytes.concat(packed, opening(_coins[_placeOf[ids[due]] - 1]));
            _settleInModel(asset, ids[due], exit_);
        }
        assertEq(rootChain.processExits(asset, most, packed, noInFlight()), due);
    }

    function _settleInModel(address asset, bytes32 id, IExitProcessor.Exit memory exit_) private {
        if (exit_.state == 3) {
            ++_counts.dropped;
            return;
        }
        assertEq(_isPaid[id], false);
        _isPaid[id] = true;
        uint256 amount = _coins[_placeOf[id] - 1].preimage.output.amount;
        if (amount > _pot[asset]) {
            amount = _pot[asset];
            ++_counts.shortfalls;
        }
        _pot[asset] -= amount;
        _bondsHeld -= exit_.bond;
        _bondsReturned += exit_.bond;
        ++_counts.paid;
    }

    function _withdrawAll(address account, address asset) private {
        uint256 amount = rootChain.credit(account, asset);
        if (amount == 0) return;
        if (asset == address(_odd)) _odd.behave(OddToken.Manner.Honest);
        vm.prank(account);
        rootChain.withdraw(account, asset, operator);
        assertEq(rootChain.credit(account, asset), 0);
        ++_counts.withdrawals;
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
            uint8 state = rootChain.exitOf(id).state;
            if ((state != 1 && state != 2) || (spent && _spendOf[id].length == 0)) continue;
            return (_coins[place], true);
        }
    }

    /// @dev Any queued entry of any token, and a walk as long as any queue.
    function _hintFor(Coin memory coin, uint256 seed) private view returns (IRootChain.Hint memory hint) {
        bytes32[] memory ids = _linked(coin.preimage.output.token);
        if (ids.length == 0) return atFront();
        hint = behind(ids[(seed >> 40) % ids.length]);
        hint.walkLimit = WALK;
    }

    function _linked(address asset) private view returns (bytes32[] memory ids) {
        ids = new bytes32[](MOST_COINS + 10);
        uint256 count = 0;
        bytes32 id = rootChain.nextExit(asset, SENTINEL);
        for (; id != SENTINEL && id != 0; id = rootChain.nextExit(asset, id)) ids[count++] = id;
        assembly ("memory-safe") {
            mstore(ids, count)
        }
    }

    function _positionOf(IExitProcessor.Exit memory exit_) private pure returns (uint256 position) {
        (, , , position) = abi.decode(abi.encode(exit_), (uint256, uint256, uint256, uint256));
    }

    function _isClosed(address asset) private view returns (bool closed) {
        (, closed) = rootChain.pot(asset);
    }

    function _balanceOf(address asset) private view returns (uint256) {
        return asset == address(token) ? token.balanceOf(address(rootChain)) : _odd.balanceOf(address(rootChain));
    }
}
