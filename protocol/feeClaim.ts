import type { Address } from "viem";
import { createReader, createWriter } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { ZERO_ADDRESS } from "./hashing.ts";
import { type Output, PLAIN } from "./output.ts";

/** The operator's claim to fees of one token in one block (R5). */
export interface FeeClaim {
  readonly blockNumber: bigint;
  readonly token: Address;
  readonly owner: Address;
  readonly amount: bigint;
}

/** First byte of a fee claim's bytes. */
export const FEE_CLAIM_TYPE = 0x02;

const FEE_CLAIM_BYTES = 1 + 8 + 20 + 20 + 16;

/** The plain output, with index 0, that a fee claim creates. */
export function feeClaimOutput({ owner, token, amount }: FeeClaim): Output {
  return { owner, token, amount, condition: PLAIN };
}

/**
 * The canonical bytes of a fee claim: `0x02 | blockNumber 8 | token 20 | owner 20 | amount 16`. Its witness is empty.
 * @throws HEX_INVALID, UINT_OUT_OF_RANGE, FEE_CLAIM_AMOUNT_ZERO, FEE_CLAIM_OWNER_ZERO
 */
export function encodeFeeClaim(claim: FeeClaim): Uint8Array {
  const writer = createWriter(FEE_CLAIM_BYTES)
    .number(FEE_CLAIM_TYPE, 1, "type")
    .uint(claim.blockNumber, 8, "blockNumber")
    .hex(claim.token, 20, "token")
    .hex(claim.owner, 20, "owner")
    .uint(claim.amount, 16, "amount");
  assertClaim(claim);
  return writer.bytes;
}

/**
 * The fee claim that these bytes, and no others, encode.
 * @throws FEE_CLAIM_SIZE, TX_TYPE_UNKNOWN, FEE_CLAIM_AMOUNT_ZERO, FEE_CLAIM_OWNER_ZERO
 */
export function decodeFeeClaim(bytes: Uint8Array): FeeClaim {
  if (bytes.length !== FEE_CLAIM_BYTES) {
    throw new ProtocolError("FEE_CLAIM_SIZE", `a fee claim has ${FEE_CLAIM_BYTES} bytes, not ${bytes.length}`, {
      size: bytes.length,
    });
  }
  const reader = createReader(bytes, "FEE_CLAIM_SIZE");
  const type = reader.number(1);
  if (type !== FEE_CLAIM_TYPE) {
    throw new ProtocolError("TX_TYPE_UNKNOWN", `a fee claim begins with the byte 2, not ${type}`, { type });
  }
  const claim: FeeClaim = {
    blockNumber: reader.uint(8),
    token: reader.hex(20),
    owner: reader.hex(20),
    amount: reader.uint(16),
  };
  assertClaim(claim);
  return claim;
}

function assertClaim({ owner, amount }: FeeClaim): void {
  if (amount === 0n) throw new ProtocolError("FEE_CLAIM_AMOUNT_ZERO", "a fee claim claims more than zero");
  if (owner === ZERO_ADDRESS) throw new ProtocolError("FEE_CLAIM_OWNER_ZERO", "a fee claim has an owner");
}
