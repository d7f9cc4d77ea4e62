// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A difference fails the test with both values in the error.
abstract contract Assertions {
    error NotEqual(bytes32 found, bytes32 expected);
    error IsFalse(string expectation);

    function assertEq(bytes32 found, bytes32 expected) internal pure {
        require(found == expected, NotEqual(found, expected));
    }

    function assertEq(uint256 found, uint256 expected) internal pure {
        assertEq(bytes32(found), bytes32(expected));
    }

    function assertEq(address found, address expected) internal pure {
        assertEq(uint160(found), uint160(expected));
    }

    function assertEq(bool found, bool expected) internal pure {
        assertEq(found ? 1 : 0, expected ? uint256(1) : 0);
    }

    function assertTrue(bool condition, string memory expectation) internal pure {
        require(condition, IsFalse(expectation));
    }
}
