// Generated from contracts/ by `npm run generate`. Do not edit.

/** Most inputs of a transaction (R6). */
export const MAX_INPUTS = 8;

/** Most outputs of a transaction (R6). */
export const MAX_OUTPUTS = 8;

/** Most signatures of a witness (R6). */
export const MAX_SIGNATURES = 16;

/** Largest body and witness together, in bytes (R6). */
export const MAX_TRANSACTION_BYTES = 16384;

/** Most transactions of a block (R6). */
export const MAX_BLOCK_TRANSACTIONS = 1048576;

/** First transaction index of the deposit lane. */
export const DEPOSIT_INDEX_BASE = 2147483648;

/** Most blocks in one submitBlocks. */
export const MAX_BLOCKS_PER_CALL = 256;

/** Steps of exit times per minimum exit period (R12). */
export const EXIT_STEPS_PER_PERIOD = 168;

/** Gas of the most expensive legal challenge, with margin (R27). */
export const CHALLENGE_GAS = 1720000n;

/** Least price of bond gas, in wei (R27). */
export const MIN_BOND_GAS_PRICE = 20000000000n;

/** A bond is priced at this multiple of the base fee, and at most this multiple of it is taken (R27). */
export const BOND_FACTOR = 4n;

/** Bytes of the opening of a standard exit. */
export const OPENING_BYTES = 69;

/** Bit n is set where opcode n may stand in the code of a condition (R15). */
export const ALLOWED_OPCODES = 0x600800000000000000000000ffffffffffffffffcbcf000063f000017fff0fffn;

/** Most bytes of the code of a condition (R15). */
export const MAX_CONDITION_BYTES = 24576;

/** Most bytes of the params of a condition, and of its args (R6). */
export const MAX_REVEAL_BYTES = 1024;

/** Gas that the contract gives to each call of a condition (R15). */
export const CONDITION_CHECK_GAS = 1000000;

/** Storage slot of the root chain's mapping from block number to block hash. */
export const BLOCK_HASHES_SLOT = 3n;
