// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Who signed a transaction, as a condition is told.
library Signers {
    /// @notice Whether `account` is one of the signers. The zero address never is.
    function include(address[] calldata signers, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] == account) return true;
        }
        return false;
    }
}
