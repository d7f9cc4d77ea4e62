// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Conditions} from "../../contracts/conditions/Conditions.sol";
import {PureCode} from "../../contracts/libraries/PureCode.sol";
import {ConditionsHost} from "./harness/ConditionsHost.sol";
import {Assertions} from "./support/Assertions.sol";
import {VectorFile} from "./support/VectorFile.sol";
import {vm} from "./support/Vm.sol";

contract PureCodeTest is Assertions, VectorFile {
    ConditionsHost private _host = new ConditionsHost();

    function requirePure(bytes calldata code) external pure {
        PureCode.requirePure(code);
    }

    /// R15: everything in the corpus becomes what is written beside it, and what is taken is deployed as it is.
    function test_register_ofTheCorpus() public {
        Conditions conditions = _host.conditions();
        _open("conditions");
        uint256 rows = 0;
        for (; _next("allowed", rows); ++rows) {
            bytes memory code = _bytes("code");
            address condition = conditions.register(code);
            _same(keccak256(condition.code), keccak256(code));
            bool yes = _host.asks(ConditionsHost.Spend(condition, hex"0101", new address[](0), "", ""));
            _same(yes ? 1 : 0, _bool("yes") ? uint256(1) : 0);
        }
        require(rows >= 150, "too little is allowed");
        for (rows = 0; _next("refused", rows); ++rows) {
            bytes memory code = _bytes("code");
            uint256 offset = _uint("at");
            vm.expectRevert(
                offset == code.length
                    ? abi.encodeWithSelector(PureCode.CodeSizeInvalid.selector, offset)
                    : abi.encodeWithSelector(PureCode.OpcodeForbidden.selector, offset, uint8(code[offset]))
            );
            conditions.register(code);
        }
        require(rows >= 150, "too little is refused");
    }

    /// The scan in assembly is this loop.
    function testFuzz_requirePure_isThePlainLoop(bytes memory code, uint256 seed) public view {
        // Random bytes are hardly ever pure: three in four become one of the allowed opcodes, many of them a PUSH.
        for (uint256 i = 0; i < code.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 4 != 0) code[i] = bytes1(uint8(0x5f + ((seed >> 8) % 0x41)));
        }
        bytes memory expected;
        if (code.length == 0) expected = abi.encodeWithSelector(PureCode.CodeSizeInvalid.selector, 0);
        for (uint256 i = 0; i < code.length && expected.length == 0; ++i) {
            uint256 opcode = uint8(code[i]);
            if ((PureCode.ALLOWED_OPCODES >> opcode) % 2 == 0) {
                expected = abi.encodeWithSelector(PureCode.OpcodeForbidden.selector, i, opcode);
            }
            if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f;
        }
        bytes memory found;
        try this.requirePure(code) {} catch (bytes memory reason) {
            found = reason;
        }
        assertEq(keccak256(found), keccak256(expected));
    }

    /// The longest code, of instructions of one byte, is scanned within a fraction of an L1 transaction (EIP-7825: 16.7M).
    function test_requirePure_costs() public view {
        bytes memory code = new bytes(PureCode.MAX_CODE_BYTES);
        for (uint256 i = 0; i < code.length; ++i) code[i] = 0x5b;
        uint256 before = gasleft();
        this.requirePure(code);
        uint256 used = before - gasleft();
        assertTrue(used < 100 * code.length, "100 gas a byte");
    }
}
