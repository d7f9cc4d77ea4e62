// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExitRecord} from "../types/ExitRecord.sol";

/// @notice One sorted linked list of exits per token. Callers name the entry to insert behind, so the cost of an insertion
/// depends on how stale their hints are and never on the length of the queue.
library ExitQueue {
    /// Stands before the first and after the last entry. An output id is a hash and never equals it.
    bytes32 internal constant SENTINEL = bytes32(uint256(1));

    /// @notice Thrown when the place of a new entry is more than `walkLimit` entries behind the best hint.
    error HintsTooStale(uint256 walkLimit);

    struct State {
        mapping(bytes32 id => ExitRecord) records;
        /// The entry behind this one; zero where it is not linked. Keyed by token, so an entry proves which queue it is in.
        mapping(address token => mapping(bytes32 id => bytes32)) next;
        /// Flag of an output that was finalised while its standard exit was linked (EXIT_FINAL); moves into the record after.
        mapping(bytes32 outputId => bytes32) flags;
    }

    /// @notice Links `id` in order, after every entry with the same key (first come, first served). Hints that are not in this
    /// queue or stand too late are skipped.
    function insert(
        State storage self,
        address token,
        bytes32 id,
        ExitRecord record,
        bytes32[] calldata hints,
        uint256 walkLimit
    ) internal {
        mapping(bytes32 => bytes32) storage next = self.next[token];
        uint144 key = record.orderKey();
        (bytes32 previous, bytes32 following) = _firstValid(self, next, key, hints);
        for (uint256 steps = 0; following > SENTINEL && self.records[following].orderKey() <= key; ++steps) {
            require(steps < walkLimit, HintsTooStale(walkLimit));
            previous = following;
            following = next[previous];
        }
        self.records[id] = record;
        next[id] = following == 0 ? SENTINEL : following;
        next[previous] = id;
    }

    /// @dev The first hint that is in the queue and not behind `key`, and the entry after it; the front where there is none.
    function _firstValid(
        State storage self,
        mapping(bytes32 => bytes32) storage next,
        uint144 key,
        bytes32[] calldata hints
    ) private view returns (bytes32 hint, bytes32 following) {
        for (uint256 i = 0; i < hints.length; ++i) {
            hint = hints[i];
            following = next[hint];
            if (following != 0 && self.records[hint].orderKey() <= key) return (hint, following);
        }
        return (SENTINEL, next[SENTINEL]);
    }

    /// @notice The entry to insert behind for `key`, walking at most `steps` entries from `from`, or from the front where
    /// `from` is gone or stands too late. `found` is false where the walk ended early: call again from `hint`. For clients.
    function findHint(
        State storage self,
        address token,
        uint144 key,
        bytes32 from,
        uint256 steps
    ) internal view returns (bytes32 hint, bool found) {
        mapping(bytes32 => bytes32) storage next = self.next[token];
        hint = next[from] == 0 || self.records[from].orderKey() > key ? SENTINEL : from;
        for (uint256 i = 0; i < steps; ++i) {
            bytes32 following = next[hint];
            if (following <= SENTINEL || self.records[following].orderKey() > key) return (hint, true);
            hint = following;
        }
    }
}
