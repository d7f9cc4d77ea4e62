import { ProtocolError } from "./errors.ts";
import { ALLOWED_OPCODES } from "./generated/constants.ts";
import { LIMITS } from "./limits.ts";

const PUSH0 = 0x5f;
const PUSH32 = 0x7f;

const ALLOWED = Uint8Array.from({ length: 256 }, (_, opcode) => Number((ALLOWED_OPCODES >> BigInt(opcode)) & 1n));

/** Whether an instruction may stand in a condition (R15); docs/protocol.md says why. */
export const isAllowedOpcode = (opcode: number): boolean => ALLOWED[opcode] === 1;

/**
 * Requires that code is pure (R15), as the registry does: every instruction, reachable or not, is one that sees and changes nothing beside
 * its own call. What a PUSH carries is a number and skipped, as the EVM skips it when it looks for jump destinations.
 * @throws CONDITION_CODE_SIZE, CONDITION_OPCODE_FORBIDDEN
 */
export function assertPureCode(code: Uint8Array): void {
  if (code.length === 0 || code.length > LIMITS.maxConditionBytes) {
    throw new ProtocolError("CONDITION_CODE_SIZE", `code of ${code.length} bytes cannot be a condition`, {
      size: code.length,
    });
  }
  for (let offset = 0; offset < code.length; offset++) {
    const opcode = code[offset] as number;
    if (!isAllowedOpcode(opcode)) {
      throw new ProtocolError(
        "CONDITION_OPCODE_FORBIDDEN",
        `opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${offset} is not allowed in a condition`,
        { offset, opcode },
      );
    }
    if (opcode > PUSH0 && opcode <= PUSH32) offset += opcode - PUSH0;
  }
}
