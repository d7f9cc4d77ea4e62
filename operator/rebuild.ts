import { executeBlock } from "../protocol/blockExecution.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import { leafHash } from "../protocol/merkle.ts";
import type { Logger } from "../runtime/logger.ts";
import { createMetrics } from "../runtime/metrics.ts";
import type { Commit } from "../runtime/rootChainState.ts";
import type { BlockSource } from "./blockSource.ts";
import { type Chain, openChain } from "./chain.ts";
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
  const chain = await openChain(config, { logger, metrics: createMetrics() });
  try {
    if (chain.ledgerStore.latestBlock() !== undefined) {
      const message = `${config.dataDir} holds blocks already: choose an empty directory`;
      throw new OperatorError("REBUILD_STORE_NOT_EMPTY", message, { dataDir: config.dataDir });
    }
    let number = 0n;
    for (let commit = chain.rootChain.commit(1n); commit !== undefined; commit = chain.rootChain.commit(number + 1n)) {
      number = commit.header.number;
      const entries = commit.header.txCount === 0 ? [] : await readBlock(source, number);
      importBlock(chain, commit, entries);
      logger.info("Imported block", { number, transactions: entries.length });
    }
    return number;
  } finally {
    chain.close();
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

/**
 * Executes a committed block over the store and adds it. Throws REBUILD_BLOCK_INVALID; then the store is unchanged.
 */
function importBlock(chain: Chain, commit: Commit, rawEntries: readonly Uint8Array[]): void {
  const { store, ledgerStore, rootChain, crypto, contract } = chain;
  const { header } = commit;
  const parent = ledgerStore.block(header.number - 1n) ?? { number: 0n, sealedAt: 0, depositCount: 0 };
  // Exits count as they stood when L1 took the block (R2), not as they stand now.
  const view: LedgerView = {
    output: (position) => ledgerStore.output(position),
    isSpent: (position) => ledgerStore.output(position)?.spender !== undefined,
    hasTransaction: (txId) => ledgerStore.findEntry(txId) !== undefined,
    exitOf: (outputId) => rootChain.exitBefore(outputId, commit.place),
  };
  const { domain, minExitPeriod } = contract;
  const context = { domain, parent, committedAt: header.timestamp, minExitPeriod };
  try {
    const executed = executeBlock(header, rawEntries, context, view, crypto);
    const entries = executed.entries.map(({ txId, witnessHash, raw, spent, created }) => ({
      txId,
      leaf: leafHash(txId, witnessHash, crypto.keccak256),
      raw,
      spent,
      created,
    }));
    store.transaction(() => ledgerStore.addBlock(header, entries));
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw invalid(header.number, cause);
  }
}
