import { executeOpenedBlock, type OpenedBlock } from "../protocol/blockExecution.ts";
import { NO_CONDITIONS } from "../protocol/conditionalSpend.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import type { ChainParts } from "./chain.ts";
import { createOutputsView } from "./ledger.ts";
import type { Commit } from "./rootChainState.ts";

/**
 * Executes a block as L1 has it over the store, which holds all blocks before it, and adds it.
 * @throws what `executeOpenedBlock` throws: why the block is invalid; then the store is unchanged
 */
export function importBlock(chain: ChainParts, { header, place }: Commit, opened: OpenedBlock): void {
  const { store, ledgerStore, rootChain, crypto, contract } = chain;
  const parent = ledgerStore.block(header.number - 1n) ?? { number: 0n, sealedAt: 0, depositCount: 0 };
  // Exits count as they stood when L1 took the block (R2), not as they stand now.
  const view: LedgerView = {
    ...createOutputsView(ledgerStore.output),
    hasTransaction: (txId) => ledgerStore.findEntry(txId) !== undefined,
    exitOf: (outputId) => rootChain.exitBefore(outputId, place),
    conditions: NO_CONDITIONS,
  };
  const { domain, minExitPeriod } = contract;
  const context = { domain, parent, committedAt: header.timestamp, minExitPeriod };
  store.transaction(() => rootChain.creditDeposits(header.depositCount));
  const { entries } = executeOpenedBlock(header, opened, context, view, crypto);
  store.transaction(() => ledgerStore.addBlock(header, entries));
}
