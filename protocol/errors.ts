/**
 * Every way in which the protocol says no: the stable code, the integer that stands for it in a JSON-RPC answer, and
 * what it means. Codes and integers are never renamed or reused after a release.
 */
export const PROTOCOL_ERRORS = {
  // Values that no encoding can hold.
  HEX_INVALID: [1001, "A hex field is not lowercase hex of exactly the length that its type has."],
  UINT_OUT_OF_RANGE: [1002, "A number is negative, not whole, or does not fit into the width of its field."],
  POSITION_INVALID: [1003, "A text is not a position such as 12:5:0, or a part of a position is out of range."],

  // Transaction bytes (R6, Encodings).
  TX_TOO_LARGE: [2001, "The transaction with its witness exceeds 16 KiB."],
  TX_TYPE_UNKNOWN: [2002, "The first byte names no known type of entry."],
  TX_TRUNCATED: [2003, "The bytes end in the middle of the body."],
  TX_TRAILING_BYTES: [2004, "Bytes follow the end of the body."],
  TX_INPUT_COUNT: [2005, "A transaction has 1 to 8 inputs."],
  TX_OUTPUT_COUNT: [2006, "A transaction has 1 to 8 outputs."],
  TX_UNKNOWN_FLAGS: [2007, "A flag bit without a meaning is set."],
  TX_ZERO_FIELD: [2008, "A field that a flag announces is zero; zero is encoded by leaving the field out."],
  TX_AMOUNT_ZERO: [2009, "An output has the amount zero."],
  TX_OWNER_ZERO: [2010, "A plain output has no owner."],
  TX_DUPLICATE_INPUT: [2011, "Two inputs name the same output id."],

  // Witness bytes and signatures (R6).
  WITNESS_TRUNCATED: [2101, "The bytes end in the middle of the witness."],
  WITNESS_TRAILING_BYTES: [2102, "Bytes follow the end of the witness."],
  WITNESS_SIGNATURE_COUNT: [2103, "A witness has at most 16 signatures."],
  WITNESS_SIGNATURE_INVALID: [2105, "A signature recovers no signer: malformed, high s, or not a point."],
  WITNESS_SIGNER_ORDER: [2106, "Signatures are not strictly ascending by recovered signer."],
  WITNESS_REVEAL_ORDER: [2107, "Conditions are not revealed in the order of their inputs, each once."],
  WITNESS_REVEAL_TOO_LONG: [2108, "The params or the args of a condition exceed 1,024 bytes."],

  // Transaction against the ledger (R1, R2, R3, R6).
  TX_KNOWN: [2201, "A transaction with this id is already in the chain."],
  TX_NOT_YET_VALID: [2202, "The block was sealed before the transaction's validAfter."],
  TX_EXPIRED: [2203, "The block was sealed at or after the transaction's validBefore."],
  TX_INPUT_NOT_LOWER: [2204, "An input's position is not below the position of the transaction."],
  TX_DEPOSIT_NOT_IN_BLOCK: [2205, "A deposit input is not among the deposits that the block has seen."],
  TX_INPUT_UNKNOWN: [2206, "No output was ever created at an input's position."],
  TX_INPUT_ID_MISMATCH: [2207, "The output at an input's position has another id than the one signed."],
  TX_INPUT_SPENT: [2208, "An input was spent before."],
  TX_INPUT_FINALISED: [2209, "An input was paid on L1, or is spent there for ever by a canonical in-flight exit."],
  TX_INPUT_EXITING: [
    2210,
    "An input takes part in an open exit, standard or in flight, that this spend is too late for.",
  ],
  TX_SIGNERS_MISMATCH: [
    2212,
    "An owner of a plain input did not sign, or, where no input is conditional, somebody else did.",
  ],
  TX_OVERSPEND: [2213, "The outputs of a token exceed its inputs."],
  TX_CONDITION_UNREVEALED: [2214, "The witness does not reveal the conditions of exactly the conditional inputs."],
  TX_CONDITION_MISMATCH: [2215, "What is revealed of a condition is not what the output commits to."],
  TX_CONDITION_NOT_REGISTERED: [2216, "A condition was not registered on L1 before the block."],
  TX_CONDITION_REFUSED: [2217, "A condition does not say yes."],
  TX_CONDITION_GAS: [2218, "The conditions of the transaction take more than 200,000 gas together."],

  // Fee claims (R5).
  FEE_CLAIM_SIZE: [2301, "A fee claim has exactly 65 bytes."],
  FEE_CLAIM_AMOUNT_ZERO: [2302, "A fee claim claims nothing."],
  FEE_CLAIM_OWNER_ZERO: [2303, "A fee claim has no owner."],
  FEE_CLAIM_NOT_LAST: [2304, "A transaction follows a fee claim; claims stand at the tail of a block."],
  FEE_CLAIM_WRONG_BLOCK: [2305, "A fee claim names another block."],
  FEE_CLAIM_TOKEN_ORDER: [2306, "The tokens of the fee claims are not strictly ascending."],
  FEE_CLAIM_TOO_HIGH: [2307, "A fee claim exceeds the fees of its token in the block."],

  // Blocks (R3, R4, R6).
  BLOCK_TRUNCATED: [2401, "The bytes end in the middle of a block entry."],
  BLOCK_ENTRY_SIZE: [2402, "A block entry is empty or exceeds 16 KiB."],
  BLOCK_TOO_LARGE: [2403, "The block exceeds 256 MiB."],
  BLOCK_TOO_MANY_TRANSACTIONS: [2404, "The block has more than 2^20 entries."],
  BLOCK_GENESIS_FIELDS: [2405, "A header with number 0 has a field other than zero."],
  BLOCK_NUMBER_MISMATCH: [2406, "The block's number does not follow its parent's."],
  BLOCK_SEALED_AT_DECREASED: [2407, "The block was sealed before its parent."],
  BLOCK_DEPOSIT_COUNT_DECREASED: [2408, "The block has seen fewer deposits than its parent."],
  BLOCK_TX_COUNT_MISMATCH: [2409, "The block has another number of entries than it declares."],
  BLOCK_ROOT_MISMATCH: [2410, "The Merkle root of the entries is not the declared root."],
  MERKLE_INDEX_OUT_OF_RANGE: [2411, "The tree has no leaf with this index."],
  UPLOAD_TOO_LARGE: [2412, "A binary upload has at most 4,096 transactions."],

  // Proof files (R9).
  PROOF_MALFORMED: [2501, "The document is not a proof of a known version."],
  PROOF_WRONG_CHAIN: [2502, "The proof is for another L1 chain or another root chain contract."],
  PROOF_POSITION_MISMATCH: [2503, "The position is not the one that the rest of the proof shows."],
  PROOF_OUTPUT_MISMATCH: [2504, "The output or its id is not the one that the proven bytes create."],
  PROOF_WITNESS_MISMATCH: [2505, "The witness does not hash to the witness hash."],
  PROOF_PATH_INVALID: [2506, "The Merkle path does not lead from the entry to the root of the header."],
  PROOF_OUTSIDE_WINDOW: [2507, "The block was sealed outside the validity window of the transaction."],
  PROOF_INPUT_NOT_LOWER: [2508, "The transaction spends an output that is not below its own position."],
  PROOF_DEPOSIT_NOT_IN_BLOCK: [2509, "The transaction spends a deposit that its block has not seen."],

  // Spends shown in a challenge (R7, R8).
  SPEND_INPUT_INDEX: [2601, "The transaction has no input with this index."],
  SPEND_INPUT_MISMATCH: [2602, "The named input does not carry the id of the exiting output."],
  SPEND_SOURCE_MISMATCH: [
    2603,
    "The input names another position than the exit, and the output is not shown to be there.",
  ],
  SPEND_PREIMAGE_MISMATCH: [2604, "The preimage of an input does not hash to its output id."],
  SPEND_NOT_INCLUDED: [
    2606,
    "A conditional output is spent only by what is shown included, with every input shown (R16).",
  ],
  SPEND_NOT_LIVE: [2605, "The transaction is outside its validity window and is not shown included."],

  // Code of spending conditions (R15).
  CONDITION_CODE_SIZE: [2801, "The code of a condition is empty or exceeds 24,576 bytes."],
  CONDITION_OPCODE_FORBIDDEN: [2802, "The code of a condition has an instruction that is not allowed."],

  // Shipped conditions (R19).
  CONDITION_PARAMS_INVALID: [
    2811,
    "The params of a shipped condition are not its canonical ones, or name terms that lock money for ever or give it away.",
  ],
  CONDITION_ARGS_INVALID: [2812, "The args of a shipped condition are not its canonical ones."],
  CONDITION_MISMATCH: [2813, "The output is not under the condition and the terms that it is said to be under."],
  CHANNEL_STATE_INVALID: [2814, "A channel's state pays nothing, less than before, or more than there is."],
  CHANNEL_SIGNATURE_INVALID: [2815, "A channel's state is not signed by the payer."],
  ORDER_FILL_INVALID: [2816, "A fill breaks the terms of its order, and would be refused."],

  // Anchored receipts, in the order in which they are checked.
  RECEIPT_MALFORMED: [2701, "The text is not a receipt of a known version."],
  RECEIPT_NOT_CANONICAL: [2702, "The text is not the one text that this receipt has."],
  RECEIPT_WRONG_CHAIN: [2703, "The receipt is of another L1 chain or another root chain contract."],
  RECEIPT_L1_BLOCK_MISMATCH: [2704, "The L1 block header does not hash to the L1 block hash that was given."],
  RECEIPT_L1_HEADER_INVALID: [2705, "What hashes to the L1 block hash is not a block header."],
  RECEIPT_ORDER: [2706, "Blocks, or the transactions of a block, are not strictly ascending."],
  RECEIPT_ACCOUNT_PROOF_INVALID: [2707, "The account proof does not lead from the L1 state root to the contract."],
  RECEIPT_STORAGE_PROOF_INVALID: [2708, "The storage proof does not lead from the contract's storage to the blocks."],
  RECEIPT_BLOCK_NOT_COMMITTED: [2709, "At the L1 block the contract held no Plasma block with this number."],
  RECEIPT_BLOCK_MISMATCH: [2710, "The fields of a Plasma block do not hash to what the contract held."],
  RECEIPT_TRANSACTION_INVALID: [2711, "The bytes of a transaction are not canonical."],
  RECEIPT_PATH_INVALID: [2712, "The Merkle path does not lead from the transactions to the root of their block."],
  RECEIPT_PLACE_INVALID: [2713, "A transaction cannot stand in the block that holds it (R5, R9)."],
  RECEIPT_SIGNATURE_INVALID: [2714, "A signature of a transaction recovers no signer, or stands in the wrong order."],
} as const satisfies Record<string, readonly [number: number, meaning: string]>;

/** The stable name of one way in which the protocol says no. Callers switch on it; messages may change. */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/** What the pure rules throw, and the only thing that they throw. */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ProtocolErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
    this.details = details;
  }
}
