// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ETH} from "../types/Transaction.sol";

/// @notice Transfers that cannot stop the loop they are made in: fixed gas, at most 32 bytes of returndata, failure is a
/// return value (R22).
library Payout {
    /// Gas a receiver of ETH gets. Enough for a multisig or proxy wallet that records what it received.
    uint256 internal constant ETH_GAS = 50_000;
    /// Gas a token's transfer gets.
    uint256 internal constant TOKEN_GAS = 500_000;
    /// What a caller needs beside a transfer's own gas: 36,600 for a value call to a new account, 44,200 for a credit and
    /// the shortfall flag, 20,000 for events and the end of the loop; rounded up.
    uint256 internal constant RESERVE = 120_000;

    /// @notice Gas that must be left before `send`, so that nobody can starve a transfer into a failure (EIP-150 keeps 1/64).
    function gasNeeded(address token) internal pure returns (uint256) {
        return ((token == ETH ? ETH_GAS : TOKEN_GAS) * 64) / 63 + RESERVE;
    }

    /// @notice Sends `amount` of `token` to `to`; false where the receiver or the token refused.
    function send(address token, address to, uint256 amount) internal returns (bool success) {
        return token == ETH ? _sendEth(to, amount) : _sendToken(token, to, amount);
    }

    function _sendEth(address to, uint256 amount) private returns (bool success) {
        assembly ("memory-safe") {
            success := call(ETH_GAS, to, amount, 0, 0, 0, 0)
        }
    }

    /// @dev Success is what SafeERC20 takes for success: the call returned true, or nothing and there is code.
    function _sendToken(address token, address to, uint256 amount) private returns (bool success) {
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        assembly ("memory-safe") {
            success := call(TOKEN_GAS, token, 0, add(data, 0x20), mload(data), 0, 0x20)
            if success {
                switch returndatasize()
                case 0 {
                    success := gt(extcodesize(token), 0)
                }
                default {
                    success := and(gt(returndatasize(), 31), eq(mload(0), 1))
                }
            }
        }
    }
}
