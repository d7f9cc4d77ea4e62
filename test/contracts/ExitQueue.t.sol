// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExitQueue} from "../../contracts/libraries/ExitQueue.sol";
import {ExitRecord, packExit} from "../../contracts/types/ExitRecord.sol";
import {Position} from "../../contracts/types/Position.sol";
import {Assertions} from "./support/Assertions.sol";
import {vm} from "./support/Vm.sol";

contract ExitQueueTest is Assertions {
    using ExitQueue for ExitQueue.State;

    bytes32 private constant SENTINEL = bytes32(uint256(1));
    address private constant TOKEN = address(0x70);
    address private constant OTHER = address(0x71);

    ExitQueue.State private _queue;

    function insert(
        address asset,
        bytes32 id,
        uint144 key,
        bytes32[] calldata hints,
        uint256 walkLimit
    ) external returns (uint256 gasUsed) {
        uint256 gasAtStart = gasleft();
        _queue.insert(asset, id, _record(key), hints, walkLimit);
        gasUsed = gasAtStart - gasleft();
    }

    function _record(uint144 key) private pure returns (ExitRecord) {
        return packExit(1, 7, uint40(key >> 104), Position.wrap(uint104(key)));
    }

    function _id(uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode(index));
    }

    function _hints(bytes32 hint) private pure returns (bytes32[] memory hints) {
        hints = new bytes32[](1);
        hints[0] = hint;
    }

    function _insert(uint256 index, uint144 key) private {
        this.insert(TOKEN, _id(index), key, new bytes32[](0), type(uint256).max);
    }

    function _next(bytes32 id) private view returns (bytes32) {
        return _queue.next[TOKEN][id];
    }

    /// @dev Walks the queue: sorted, and as long as expected.
    function _assertSorted(uint256 length) private view {
        uint144 before = 0;
        bytes32 id = _next(SENTINEL);
        uint256 count = 0;
        for (; id != SENTINEL && id != 0; id = _next(id)) {
            uint144 key = _queue.records[id].orderKey();
            assertTrue(before <= key, "sorted");
            before = key;
            ++count;
        }
        assertEq(count, length);
    }

    function testFuzz_insert_keepsTheOrder(uint144[] calldata keys, uint256 salt) public {
        for (uint256 i = 0; i < keys.length && i < 40; ++i) {
            // Any entry may be named: what stands too late, and what is not there, is skipped.
            bytes32 hint = _id(uint256(keccak256(abi.encode(salt, i))) % (i + 2));
            this.insert(TOKEN, _id(i), keys[i], _hints(hint), type(uint256).max);
            _assertSorted(i + 1);
        }
    }

    /// First come, first served among equals.
    function test_insert_behindEntriesWithTheSameKey() public {
        for (uint256 i = 0; i < 4; ++i) _insert(i, 5);
        bytes32 id = SENTINEL;
        for (uint256 i = 0; i < 4; ++i) {
            id = _next(id);
            assertEq(id, _id(i));
        }
        assertEq(_next(id), SENTINEL);
        this.insert(TOKEN, _id(4), 5, _hints(_id(3)), 0);
        assertEq(_next(_id(3)), _id(4));
        (bytes32 hint, bool found) = _queue.findHint(TOKEN, 5, _id(3), 2);
        assertEq(hint, _id(4));
        assertEq(found, true);
    }

    function test_insert_skipsHintsThatAreLateOrGone() public {
        _insert(0, 10);
        _insert(1, 20);
        bytes32[] memory hints = new bytes32[](3);
        (hints[0], hints[1], hints[2]) = (_id(9), _id(1), _id(0));
        this.insert(TOKEN, _id(2), 15, hints, 0);
        assertEq(_next(_id(0)), _id(2));
        assertEq(_next(_id(2)), _id(1));
    }

    function test_insert_startsFromTheFrontWithoutAHint() public {
        _insert(0, 10);
        this.insert(TOKEN, _id(1), 5, new bytes32[](0), 0);
        assertEq(_next(SENTINEL), _id(1));
    }

    /// An entry of another token's queue is no hint in this one.
    function test_insert_skipsEntriesOfOtherQueues() public {
        this.insert(OTHER, _id(0), 10, new bytes32[](0), 0);
        this.insert(TOKEN, _id(1), 20, _hints(_id(0)), 0);
        assertEq(_next(SENTINEL), _id(1));
        assertEq(_queue.next[OTHER][_id(0)], SENTINEL);
    }

    function testFuzz_insert_walksNoFurtherThanTold(uint8 length, uint8 walkLimit) public {
        uint256 count = length % 20;
        for (uint256 i = 0; i < count; ++i) this.insert(TOKEN, _id(i), uint144(i), new bytes32[](0), i);
        if (walkLimit < count) {
            vm.expectRevert(abi.encodeWithSelector(ExitQueue.HintsTooStale.selector, walkLimit));
        }
        this.insert(TOKEN, _id(count), 1000, new bytes32[](0), walkLimit);
    }

    /// The cost of an insertion does not grow with the queue (R25).
    function test_insert_costsTheSameInAnyQueue() public {
        uint256 first = 0;
        for (uint256 i = 0; i < 300; ++i) {
            bytes32[] memory hints = _hints(i == 0 ? SENTINEL : _id(i - 1));
            uint256 used = this.insert(TOKEN, _id(i), uint144(i), hints, 0);
            if (i == 10) first = used;
            if (i > 10) assertEq(used, first);
        }
    }

    function testFuzz_findHint_namesAPlaceThatNeedsNoWalk(uint144[] calldata keys, uint144 key, uint8 from) public {
        uint256 count = keys.length < 30 ? keys.length : 30;
        for (uint256 i = 0; i < count; ++i) _insert(i, keys[i]);
        (bytes32 hint, bool found) = _queue.findHint(TOKEN, key, _id(from % (count + 2)), count + 1);
        assertEq(found, true);
        this.insert(TOKEN, _id(1000), key, _hints(hint), 0);
        _assertSorted(count + 1);
    }

    function test_findHint_inSteps() public {
        for (uint256 i = 0; i < 10; ++i) _insert(i, uint144(i));
        (bytes32 hint, bool found) = _queue.findHint(TOKEN, 100, SENTINEL, 4);
        assertEq(found, false);
        assertEq(hint, _id(3));
        (hint, found) = _queue.findHint(TOKEN, 100, hint, 7);
        assertEq(found, true);
        assertEq(hint, _id(9));
    }

    function test_findHint_inAnEmptyQueue() public view {
        (bytes32 hint, bool found) = _queue.findHint(TOKEN, 100, _id(0), 1);
        assertEq(found, true);
        assertEq(hint, SENTINEL);
    }

    function testFuzz_packExit_keepsEveryField(
        uint8 state,
        uint96 bond,
        uint40 exitableAt,
        uint104 position
    ) public pure {
        ExitRecord record = packExit(state, bond, exitableAt, Position.wrap(position));
        assertEq(record.state(), state);
        assertEq(record.bond(), bond);
        assertEq(record.exitableAt(), exitableAt);
        assertEq(Position.unwrap(record.position()), position);
        assertEq(record.orderKey(), (uint256(exitableAt) << 104) | position);
        assertEq(record.isLive(), state & 0x7f == 1 || state & 0x7f == 2);
        assertEq(record.isFinal(), state >= 0x80);
    }
}
