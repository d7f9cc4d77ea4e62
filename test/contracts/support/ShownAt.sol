// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Inclusion} from "../../../contracts/types/Block.sol";

/// @notice An inclusion as the contracts read it, of a full block of the depth of `path`.
function shownAt(
    uint256 txIndex,
    bytes32 witnessHash,
    bytes32[] calldata path
) pure returns (Inclusion memory inclusion) {
    inclusion.txIndex = uint32(txIndex);
    inclusion.witnessHash = witnessHash;
    inclusion.header.txCount = uint32(1 << path.length);
    uint256 cursor;
    assembly ("memory-safe") {
        cursor := path.offset
    }
    inclusion.path = cursor;
}
