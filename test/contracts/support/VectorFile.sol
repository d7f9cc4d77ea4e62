// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev The cheat codes that read files and JSON.
interface VmJson {
    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonAddressArray(string calldata json, string calldata key) external pure returns (address[] memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key) external pure returns (bytes32[] memory);
    function toString(uint256 value) external pure returns (string memory);
    function expectRevert(bytes4 selector) external;
}

VmJson constant vmJson = VmJson(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice Reads the files of test/vectors row by row.
abstract contract VectorFile {
    string internal _json;
    string internal _row;

    function _open(string memory name) internal {
        _json = vmJson.readFile(string.concat("test/vectors/", name, ".json"));
    }

    /// @dev Turns to row `index` of a list, if there is one.
    function _next(string memory list, uint256 index) internal returns (bool) {
        string memory row = string.concat(".", list, "[", vmJson.toString(index), "]");
        _row = string.concat(row, ".");
        return vmJson.keyExistsJson(_json, row);
    }

    function _uint(string memory field) internal view returns (uint256) {
        return vmJson.parseJsonUint(_json, string.concat(_row, field));
    }

    function _bool(string memory field) internal view returns (bool) {
        return vmJson.parseJsonBool(_json, string.concat(_row, field));
    }

    function _address(string memory field) internal view returns (address) {
        return vmJson.parseJsonAddress(_json, string.concat(_row, field));
    }

    function _bytes(string memory field) internal view returns (bytes memory) {
        return vmJson.parseJsonBytes(_json, string.concat(_row, field));
    }

    function _bytes32(string memory field) internal view returns (bytes32) {
        return vmJson.parseJsonBytes32(_json, string.concat(_row, field));
    }

    function _same(uint256 actual, uint256 expected) internal view {
        require(actual == expected, _row);
    }

    function _same(bytes32 actual, bytes32 expected) internal view {
        require(actual == expected, _row);
    }
}
