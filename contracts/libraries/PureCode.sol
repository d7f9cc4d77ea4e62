// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What code may decide about money (R15): code that can see and change nothing beside its own call, so that the same calldata gets
/// the same answer on any chain, at any time, from any caller, with any amount of gas that is enough.
/// docs/protocol.md, "Spending conditions", has the table of opcodes with the reason for each.
///
/// The scan goes over the code as the EVM's own search for jump destinations does: byte after byte, skipping what a PUSH carries. Execution
/// starts at the first byte, goes on to the next instruction, and jumps only to a JUMPDEST that this search finds, so every
/// instruction that can ever run is one that the scan has seen. It may see more (unreachable code, tables of constants, metadata) and
/// refuses those too; a forbidden byte inside a PUSH is a number and stays one. Where a PUSH reaches beyond the end, so does the EVM, which
/// reads zeros there and stops.
library PureCode {
    /// @notice Thrown when code is empty or longer than 24,576 bytes.
    error CodeSizeInvalid(uint256 size);
    /// @notice Thrown when the instruction at `offset` is not among the allowed ones.
    error OpcodeForbidden(uint256 offset, uint256 opcode);

    /// Most bytes of a condition: what any L1 deploys (EIP-170).
    uint256 internal constant MAX_CODE_BYTES = 24_576;

    /// Bit n is set where opcode n is allowed; sixteen opcodes a group, 0xf0 to 0xff first. What no fork has defined yet is not allowed,
    /// since it could come to mean anything, and neither is 0xef, with which no code of this kind begins (EIP-3541, EIP-7702).
    ///
    ///   f  RETURN, REVERT, INVALID          5  POP to MSTORE8, JUMP to MSIZE, JUMPDEST, MCOPY, PUSH0
    ///   a  to e, none                       4  none
    ///   9  SWAP1 to SWAP16                  3  CALLVALUE to CODECOPY, RETURNDATASIZE, RETURNDATACOPY
    ///   8  DUP1 to DUP16                    2  KECCAK256
    ///   7  PUSH17 to PUSH32                 1  LT to CLZ
    ///   6  PUSH1 to PUSH16                  0  STOP to SIGNEXTEND
    uint256 internal constant ALLOWED_OPCODES =
        0x6008_0000_0000_0000_0000_0000_ffff_ffff_ffff_ffff_cbcf_0000_63f0_0001_7fff_0fff;

    /// @notice Requires that code is pure. Costs about 100 gas an instruction: 2.4 million for 24,576 bytes of them.
    function requirePure(bytes calldata code) internal pure {
        require(code.length != 0 && code.length <= MAX_CODE_BYTES, CodeSizeInvalid(code.length));
        uint256 allowed = ALLOWED_OPCODES;
        uint256 offset;
        uint256 opcode;
        assembly ("memory-safe") {
            let start := mload(0x40)
            let end := add(start, code.length)
            calldatacopy(start, code.offset, code.length)
            // Behind the code stand as many forbidden bytes as a PUSH can skip, so that one comparison is enough for each instruction.
            mstore(end, not(0))
            mstore(add(end, 0x20), not(0))
            let cursor := start
            for {} 1 {} {
                opcode := byte(0, mload(cursor))
                if iszero(and(shr(opcode, allowed), 1)) { break }
                // PUSH0 (0x5f) carries nothing, PUSH32 (0x7f) carries 32 bytes.
                let carried := sub(opcode, 0x5f)
                cursor := add(add(cursor, 1), mul(lt(carried, 33), carried))
            }
            offset := sub(cursor, start)
        }
        require(offset >= code.length, OpcodeForbidden(offset, opcode));
    }
}
