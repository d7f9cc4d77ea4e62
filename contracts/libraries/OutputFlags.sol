// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EXIT_FINAL, EXIT_NONE, EXIT_PAID, EXIT_SPENT, ExitRecord} from "../types/ExitRecord.sol";
import {ExitQueue} from "./ExitQueue.sol";

/// @notice R13: an output has one flag for ever, none, PAID or SPENT_BY a transaction. It lives in the output's exit record;
/// while a standard exit of the output is linked, beside it.
library OutputFlags {
    bytes32 internal constant PAID = bytes32(uint256(1));

    /// @notice The flag SPENT_BY(txId): its low 240 bits, which fit below a record's state.
    function spentBy(bytes32 txId) internal pure returns (bytes32) {
        return bytes32(uint256(uint240(uint256(txId))));
    }

    /// @notice Zero where nothing has finalised the output.
    function flagOf(ExitQueue.State storage self, bytes32 outputId) internal view returns (bytes32) {
        ExitRecord record = self.records[outputId];
        uint8 state = record.state();
        if (state == EXIT_PAID) return PAID;
        if (state == EXIT_SPENT) return spentBy(bytes32(ExitRecord.unwrap(record)));
        return record.isFinal() ? self.flags[outputId] : bytes32(0);
    }

    /// @notice Finalises an output; false where something has finalised it before.
    function finalise(ExitQueue.State storage self, bytes32 outputId, bytes32 flag) internal returns (bool) {
        ExitRecord record = self.records[outputId];
        uint8 state = record.state();
        if (state == EXIT_PAID || state == EXIT_SPENT || record.isFinal()) return false;
        if (state == EXIT_NONE) {
            self.records[outputId] = recordOf(flag);
        } else {
            self.records[outputId] = record.withState(state | EXIT_FINAL, record.bond());
            self.flags[outputId] = flag;
        }
        return true;
    }

    /// @notice Moves the flag of a finalised output into its record, when its standard exit leaves the queue.
    function settle(ExitQueue.State storage self, bytes32 outputId) internal {
        self.records[outputId] = recordOf(self.flags[outputId]);
        delete self.flags[outputId];
    }

    /// @notice The record of a finalised output that is in no queue.
    function recordOf(bytes32 flag) internal pure returns (ExitRecord) {
        return
            flag == PAID
                ? ExitRecord.wrap(uint256(EXIT_PAID) << 240)
                : ExitRecord.wrap((uint256(EXIT_SPENT) << 240) | uint256(flag));
    }
}
