import type { SealedBlock } from "../protocol/block.ts";
import { type OpenedBlock, openBlock } from "../protocol/blockExecution.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Crypto } from "../protocol/hashing.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { VerifierPool } from "./verifierPool.ts";

/** Opens the block with this root. Rejects with what `openBlock` throws, and WORKER_FAILED. */
export type BlockOpener = (block: Pick<SealedBlock, "root">, rawEntries: readonly Uint8Array[]) => Promise<OpenedBlock>;

interface Modules {
  readonly pool: VerifierPool;
  readonly crypto: Crypto;
}

/** `openBlock` whose hashing and signature recovery other threads do. */
export function createBlockOpener(domain: Domain, { pool, crypto }: Modules): BlockOpener {
  return async (block, rawEntries) => {
    const verdicts = await pool.verify(rawEntries);
    // What the threads refuse is opened here: a signature that recovers nobody makes a block invalid, and yet it is the block.
    const verified = verdicts.map((verdict) => (verdict instanceof ProtocolError ? undefined : verdict));
    return openBlock(block, rawEntries, domain, crypto, verified);
  };
}
