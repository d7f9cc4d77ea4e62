import { ProtocolError } from "../protocol/errors.ts";
import { askConditions, importBlock } from "../runtime/blockImport.ts";
import { createBlockOpener } from "../runtime/blockOpening.ts";
import type { BlockSource } from "../runtime/blockSource.ts";
import { openChain } from "../runtime/chain.ts";
import type { Logger } from "../runtime/logger.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { createVerifierPool } from "../runtime/verifierPool.ts";
import { OperatorError } from "./errors.ts";
import type { OperatorConfig } from "./options.ts";

/**
 * Fills the empty data directory of `config` with every block that is committed on L1, taking the bytes from `source` and
 * believing only what re-executes to the committed roots. Afterwards the operator starts where L1 stands; blocks that
 * were sealed but not committed, and transactions that were only acknowledged, are not on L1 and cannot be rebuilt.
 * Returns the number of blocks.
 * Throws REBUILD_STORE_NOT_EMPTY, REBUILD_BLOCK_UNAVAILABLE, REBUILD_BLOCK_INVALID and what `openChain` throws.
 */
export async function rebuildOperator(config: OperatorConfig, source: BlockSource, logger: Logger): Promise<bigint> {
  const chain = await openChain(config, { kind: "operator", logger, metrics: createMetrics() });
  const { contract, crypto } = chain;
  const pool = createVerifierPool(config.verifierThreads, contract.domain);
  const open = createBlockOpener(contract.domain, { pool, crypto });
  try {
    if (chain.ledgerStore.latestBlock() !== undefined) {
      const message = `${config.dataDir} holds blocks already: choose an empty directory`;
      throw new OperatorError("REBUILD_STORE_NOT_EMPTY", message, { dataDir: config.dataDir });
    }
    let number = 0n;
    for (let commit = chain.rootChain.commit(1n); commit !== undefined; commit = chain.rootChain.commit(number + 1n)) {
      number = commit.header.number;
      const entries = commit.header.txCount === 0 ? [] : await readBlock(source, number);
      try {
        const opened = await open(commit.header, entries);
        const verdicts = await askConditions(chain, commit, opened);
        importBlock(chain, commit, opened, verdicts);
      } catch (error) {
        throw error instanceof ProtocolError ? invalid(number, error) : error;
      }
      logger.info("Imported block", { number, transactions: entries.length });
    }
    return number;
  } finally {
    await pool.stop();
    await chain.close();
  }
}

/** @throws REBUILD_BLOCK_UNAVAILABLE, REBUILD_BLOCK_INVALID */
async function readBlock(source: BlockSource, number: bigint): Promise<readonly Uint8Array[]> {
  let cause: unknown;
  try {
    const entries = await source(number);
    if (entries !== undefined) return entries;
  } catch (error) {
    if (error instanceof ProtocolError) throw invalid(number, error);
    cause = error;
  }
  const message = `The source does not give block ${number}, which is committed on L1: check it or use another source`;
  throw new OperatorError("REBUILD_BLOCK_UNAVAILABLE", message, { block: number }, { cause });
}

function invalid(number: bigint, cause: ProtocolError): OperatorError {
  const message = `The source's block ${number} is not the valid block that L1 has: ${cause.message}`;
  return new OperatorError("REBUILD_BLOCK_INVALID", message, { ...cause.details, reason: cause.code }, { cause });
}
