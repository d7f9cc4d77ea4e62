// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The tree of a block, built plainly from all its leaves.
library MerkleTree {
    function leaf(bytes32 txId, bytes32 witnessHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), txId, witnessHash));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(1), left, right));
    }

    /// @notice The root, which is zero without leaves, and the path of the leaf at `index` from bottom to top.
    function prove(
        bytes32[] memory leaves,
        uint256 index
    ) internal pure returns (bytes32 root, bytes32[] memory path) {
        if (leaves.length == 0) return (0, path);
        uint256 depth = 0;
        while (1 << depth < leaves.length) ++depth;
        bytes32[] memory level = new bytes32[](1 << depth);
        for (uint256 i = 0; i < leaves.length; ++i) level[i] = leaves[i];
        path = new bytes32[](depth);
        for (uint256 d = 0; d < depth; ++d) {
            path[d] = level[index ^ 1];
            index >>= 1;
            bytes32[] memory above = new bytes32[](level.length / 2);
            for (uint256 i = 0; i < above.length; ++i) above[i] = node(level[2 * i], level[2 * i + 1]);
            level = above;
        }
        root = level[0];
    }
}
