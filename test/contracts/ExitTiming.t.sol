// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExitTiming} from "../../contracts/libraries/ExitTiming.sol";
import {Assertions} from "./support/Assertions.sol";

/// @notice R12
contract ExitTimingTest is Assertions {
    function _period(uint32 seed) private pure returns (uint256) {
        return (uint256(seed) % 365 days) + 1;
    }

    function _assertRounded(uint256 time, uint256 exact, uint256 period) private pure {
        uint256 step = period < 168 ? 1 : period / 168;
        assertTrue(time >= exact && time < exact + step, "less than a step later");
        assertEq(time % step, 0);
    }

    function testFuzz_exitableAt(uint40 blockTime, uint40 age, uint32 seed) public pure {
        uint256 period = _period(seed);
        uint256 committed = blockTime >> 1;
        uint256 started = committed + (age >> 2);
        uint256 young = committed + 2 * period;
        uint256 exact = young > started + period ? young : started + period;
        _assertRounded(ExitTiming.exitableAt(committed, started, period), exact, period);
    }

    function testFuzz_depositExitableAt(uint40 started, uint32 seed) public pure {
        uint256 period = _period(seed);
        uint256 now_ = started >> 1;
        _assertRounded(ExitTiming.depositExitableAt(now_, period), now_ + period, period);
    }

    /// An exit never waits for nothing: there is a whole period to challenge it.
    function testFuzz_exitableAt_leavesAPeriodToChallenge(uint40 blockTime, uint40 age, uint32 seed) public pure {
        uint256 period = _period(seed);
        uint256 committed = blockTime >> 1;
        uint256 started = committed + (age >> 2);
        assertTrue(ExitTiming.exitableAt(committed, started, period) >= started + period, "a period");
        assertTrue(ExitTiming.depositExitableAt(started, period) >= started + period, "a period");
    }

    /// I5: of two outputs whose exits start together, the one of the older block never comes later.
    function testFuzz_exitableAt_olderNeverLater(uint40 older, uint40 younger, uint40 age, uint32 seed) public pure {
        (uint256 first, uint256 second) = (older >> 2, younger >> 2);
        if (first > second) (first, second) = (second, first);
        uint256 started = second + (age >> 2);
        uint256 period = _period(seed);
        assertTrue(
            ExitTiming.exitableAt(first, started, period) <= ExitTiming.exitableAt(second, started, period),
            "in order"
        );
    }
}
