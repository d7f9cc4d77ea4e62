// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice When an exit may be processed (R12). `period` is the minimum exit period; all in seconds.
library ExitTiming {
    /// Exits share this many time steps per period, so that age decides among exits started close together.
    uint256 private constant STEPS_PER_PERIOD = 168;

    /// @notice Exit of a transaction's output in a block committed at `blockTime`. A young output waits longer, so that older
    /// money can always leave before it.
    function exitableAt(uint256 blockTime, uint256 now_, uint256 period) internal pure returns (uint40) {
        // An L1 timestamp and two periods of a year at most: nothing overflows.
        unchecked {
            return _roundUp(Math.max(blockTime + 2 * period, now_ + period), period);
        }
    }

    /// @notice Exit of a deposit: the root chain itself saw it.
    function depositExitableAt(uint256 now_, uint256 period) internal pure returns (uint40) {
        unchecked {
            return _roundUp(now_ + period, period);
        }
    }

    function _roundUp(uint256 time, uint256 period) private pure returns (uint40) {
        unchecked {
            uint256 step = Math.max(1, period / STEPS_PER_PERIOD);
            return uint40((time + step - 1) / step * step);
        }
    }
}
