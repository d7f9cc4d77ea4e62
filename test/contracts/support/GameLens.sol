// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Reads many views in one call, for tests that compare a contract's whole state after every step.
contract GameLens {
    struct Query {
        address target;
        bytes data;
    }

    /// @notice The words that all queries return, one behind the other.
    function read(Query[] calldata queries) external view returns (bytes memory words) {
        for (uint256 i = 0; i < queries.length; ++i) {
            (bool success, bytes memory returned) = queries[i].target.staticcall(queries[i].data);
            require(success);
            words = bytes.concat(words, returned);
        }
    }

    function balanceOf(address account) external view returns (uint256) {
        return account.balance;
    }
}
