import type { OpenedEntry } from "../protocol/blockEntry.ts";
import { executeOpenedBlock, type OpenedBlock } from "../protocol/blockExecution.ts";
import { checkConditions, conditionCalls } from "../protocol/conditionalSpend.ts";
import { judgeAsking, type Verdicts } from "../protocol/conditionVerdicts.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { feeClaimOutput } from "../protocol/feeClaim.ts";
import type { LedgerView } from "../protocol/ledger.ts";
import type { Output } from "../protocol/output.ts";
import { decodePosition, depositIndexOf, isDepositPosition } from "../protocol/position.ts";
import { signersOf } from "../protocol/signature.ts";
import { encodeBody } from "../protocol/transaction.ts";
import type { ChainParts } from "./chain.ts";
import { type Commit, toLedgerOutput } from "./rootChainState.ts";

/**
 * Asks the conditions of a block that is to be imported next, up to the first entry that makes it invalid; a block that asks none is not
 * waited for. Registered is what the contract counts for that block (R9), final or not.
 * Rejects with CONDITION_UNAVAILABLE, and with the reason of the signal.
 */
export async function askConditions(
  chain: ChainParts,
  { header }: Commit,
  { entries }: OpenedBlock,
  signal?: AbortSignal,
): Promise<Verdicts> {
  const { ledgerStore, rootChain, conditions, crypto } = chain;
  const held = conditions.hold();

  const outputAt = (position: bigint): Output | undefined => {
    if (isDepositPosition(position)) {
      const deposit = rootChain.deposit(depositIndexOf(position));
      return deposit && toLedgerOutput(deposit).output;
    }
    const { block, txIndex, outputIndex } = decodePosition(position);
    return block === header.number ? outputsOf(entries[txIndex])[outputIndex] : ledgerStore.output(position)?.output;
  };

  for (const { txId, content } of entries) {
    signal?.throwIfAborted();
    if (content.kind !== "transaction" || content.signed.reveals.length === 0) continue;
    const { transaction, signatures, reveals } = content.signed;
    const spent = transaction.inputs.flatMap(({ position }) => outputAt(position) ?? []);
    if (spent.length < transaction.inputs.length) break;
    try {
      const signers = content.verified?.signers ?? signersOf(txId, signatures, crypto);
      const spend = { body: encodeBody(transaction), spent, signers, reveals };
      const calls = conditionCalls(spend, header.number, rootChain.condition, crypto.keccak256);
      await judgeAsking(() => checkConditions(calls, held), held.prepare);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      break;
    }
  }
  return held;
}

function outputsOf(entry: OpenedEntry | undefined): readonly Output[] {
  if (entry === undefined) return [];
  const { content } = entry;
  return content.kind === "feeClaim" ? [feeClaimOutput(content.claim)] : content.signed.transaction.outputs;
}

/**
 * Executes a block as L1 has it over the store, which holds all blocks before it, and adds it. `verdicts` are what `askConditions` gave for it.
 * @throws what `executeOpenedBlock` throws: why the block is invalid; then the store is unchanged
 */
export function importBlock(
  chain: ChainParts,
  { header, place }: Commit,
  opened: OpenedBlock,
  { verdict }: Verdicts,
): void {
  const { store, ledgerStore, rootChain, crypto, contract } = chain;
  const parent = ledgerStore.block(header.number - 1n) ?? { number: 0n, sealedAt: 0, depositCount: 0 };
  // Exits count as they stood when L1 took the block (R2), not as they stand now.
  const view: LedgerView = {
    output: ledgerStore.output,
    isSpent: ledgerStore.isSpent,
    hasTransaction: (txId) => ledgerStore.findEntry(txId) !== undefined,
    exitOf: (outputId) => rootChain.exitBefore(outputId, place),
    conditions: { find: rootChain.condition, verdict },
  };
  const { domain, minExitPeriod } = contract;
  const context = { domain, parent, committedAt: header.timestamp, minExitPeriod };
  store.transaction(() => rootChain.creditDeposits(header.depositCount));
  const { entries, tree } = executeOpenedBlock(header, opened, context, view, crypto);
  store.transaction(() => ledgerStore.addBlock(header, entries, tree.subtreeRoots));
}
