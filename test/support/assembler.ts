const range = (prefix: string, first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`).join(" ");

/** Names of the EVM's opcodes as of Osaka, in rows of consecutive numbers. */
const ROWS: readonly [first: number, names: string][] = [
  [0x00, "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND"],
  [0x10, "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ"],
  [0x20, "KECCAK256"],
  [0x30, "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE"],
  [0x3b, "EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH"],
  [0x40, "BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE"],
  [0x50, "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0"],
  [0x60, range("PUSH", 1, 32)],
  [0x80, range("DUP", 1, 16)],
  [0x90, range("SWAP", 1, 16)],
  [0xa0, range("LOG", 0, 4)],
  [0xf0, "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2"],
  [0xfa, "STATICCALL"],
  [0xfd, "REVERT INVALID SELFDESTRUCT"],
];

const OPCODES: ReadonlyMap<string, number> = new Map(
  ROWS.flatMap(([first, names]) => names.split(" ").map((name, index): [string, number] => [name, first + index])),
);

/**
 * Bytecode of a text: opcodes by name; behind a PUSH its number, or `@label`; `label:` names the place where it stands (and makes no JUMPDEST);
 * `0x…` stands for itself.
 */
export function assemble(source: string): Uint8Array {
  const labels = new Map<string, number>();
  const bytes: number[] = [];
  const references: { readonly at: number; readonly width: number; readonly label: string }[] = [];
  const tokens = source.split(/\s+/).filter((token) => token !== "");
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as string;
    if (token.endsWith(":")) {
      labels.set(token.slice(0, -1), bytes.length);
    } else if (token.startsWith("0x")) {
      bytes.push(...Buffer.from(token.slice(2), "hex"));
    } else {
      const opcode = OPCODES.get(token);
      if (opcode === undefined) throw new RangeError(`${token} is no opcode`);
      bytes.push(opcode);
      const width = opcode > 0x5f && opcode < 0x80 ? opcode - 0x5f : 0;
      if (width === 0) continue;
      const operand = tokens[++index] ?? "";
      if (operand.startsWith("@")) references.push({ at: bytes.length, width, label: operand.slice(1) });
      bytes.push(...bigEndian(operand.startsWith("@") ? 0n : BigInt(operand), width));
    }
  }
  for (const { at, width, label } of references) {
    const target = labels.get(label);
    if (target === undefined) throw new RangeError(`${label} stands nowhere`);
    bytes.splice(at, width, ...bigEndian(BigInt(target), width));
  }
  return Uint8Array.from(bytes);
}

const bigEndian = (value: bigint, width: number): Uint8Array =>
  Buffer.from(value.toString(16).padStart(2 * width, "0"), "hex");
