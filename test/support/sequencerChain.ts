import path from "node:path";
import { type Address, type Hex, HttpRequestError } from "viem";
import { createSequencer, recoverLedger, type SequencerOptions } from "../../operator/sequencer.ts";
import { toHex } from "../../protocol/bytes.ts";
import { conditionAddress } from "../../protocol/condition.ts";
import { type Deposit, depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { createConditions } from "../../runtime/conditions.ts";
import { createLedger } from "../../runtime/ledger.ts";
import { createLedgerStore } from "../../runtime/ledgerStore.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import type { RootChainEvent } from "../../runtime/rootChainEvent.ts";
import { createRootChainState } from "../../runtime/rootChainState.ts";
import { openStore } from "../../runtime/store.ts";
import type { VerifierPool } from "../../runtime/verifierPool.ts";
import { openWriteAheadLog } from "../../runtime/writeAheadLog.ts";

export const DOMAIN: Domain = { chainId: 31337n, contract: "0x00000000000000000000000000000000000000cc" };
export const REGISTRY: Address = "0x00000000000000000000000000000000000000cd";
export const FEE_RECIPIENT: Address = "0x00000000000000000000000000000000000000fe";

export const SEQUENCER_OPTIONS: SequencerOptions = {
  blockIntervalMs: 3_600_000,
  maxBlockTransactions: 100_000,
  maxBlockBytes: 2 ** 26,
  maxWaitingTransactions: 10_000,
  fees: [],
  feeRecipient: FEE_RECIPIENT,
};

export type SequencerChain = Awaited<ReturnType<typeof openSequencerChain>>;

/** The pipeline of the service over a real store and a real log, with L1's events and time in the hands of the test. */
export async function openSequencerChain(
  directory: string,
  pool: VerifierPool,
  options: Partial<SequencerOptions> = {},
) {
  const crypto = await createNativeCrypto();
  const store = openStore(path.join(directory, "store.sqlite"), { kind: "operator", ...DOMAIN });
  const ledgerStore = createLedgerStore(store);
  const rootChain = createRootChainState(store, ledgerStore, crypto.keccak256);
  const { keccak256 } = crypto;
  const l1 = { time: 1_700_000_000, block: 0n, isSilent: false, codes: new Map<Address, Hex>() };
  const client = {
    async getCode({ address }: { readonly address: Address }) {
      if (l1.isSilent) throw new HttpRequestError({ url: "http://l1.invalid" });
      return l1.codes.get(address);
    },
  };
  const logger = createLogger("silent");
  const metrics = createMetrics();
  const conditions = createConditions({ client, registry: REGISTRY, store, keccak256, logger, metrics });
  const ledger = createLedger({ ledgerStore, rootChain, conditions, transaction: store.transaction });
  const context = { domain: DOMAIN, minExitPeriod: 604_800, crypto };
  const records: Uint8Array[] = [];
  const log = await openWriteAheadLog({ directory: path.join(directory, "log") }, (record) => records.push(record));
  await recoverLedger(records, { ledger, ledgerStore, pool, context, rootChain, conditions });
  const sequencer = createSequencer(
    { ...SEQUENCER_OPTIONS, ...options },
    {
      pool,
      log,
      ledger,
      rootChain,
      conditions,
      l1Time: () => l1.time,
      context,
      events: { onAcknowledged: () => undefined, onStored: () => undefined },
      logger,
      metrics,
    },
  );

  /** An event of the contract in an L1 block of its own, final at once unless it is said not to be. */
  const emit = (event: Pick<RootChainEvent, "eventName" | "args">, isFinal = true) => {
    l1.block += 1n;
    const place = { blockNumber: l1.block, logIndex: 0, transactionHash: ZERO_HASH };
    store.transaction(() => {
      rootChain.onEvent({ ...event, ...place } as RootChainEvent, l1.time);
      if (isFinal) rootChain.onFinal(l1.block);
    });
  };

  return {
    store,
    ledgerStore,
    rootChain,
    ledger,
    sequencer,
    l1,
    deposit(deposit: Deposit): LedgerOutput {
      const { index, block: newestBlock, owner, token, amount } = deposit;
      emit({ eventName: "Deposited", args: { index: BigInt(index), owner, token, amount, newestBlock } });
      return {
        position: depositPositionOf(deposit),
        outputId: depositOutputId(deposit),
        output: depositOutput(deposit),
      };
    },
    startExit({ position, outputId, output }: LedgerOutput) {
      const { owner, token, amount } = output;
      const bond = { originId: ZERO_HASH as Hex, exitableAt: l1.time + 604_800, bond: 1n, bondOwner: owner };
      emit({ eventName: "ExitStarted", args: { outputId, owner, token, amount, position, ...bond } });
    },
    endExit(eventName: "ExitChallenged" | "ExitProcessed", { outputId, output }: LedgerOutput) {
      const { owner, token } = output;
      if (eventName === "ExitProcessed")
        return emit({ eventName, args: { outputId, owner, token, paid: output.amount } });
      emit({ eventName, args: { outputId, spendId: ZERO_HASH, beneficiary: owner, bond: 1n } });
    },
    /** Registers a condition; `shown` is what the node gives as its code. */
    register(code: Uint8Array, { isFinal = true, shown = code } = {}): Address {
      const condition = conditionAddress(REGISTRY, code);
      l1.codes.set(condition, toHex(shown));
      const args = { condition, codeHash: toHex(keccak256(code)), newestBlock: rootChain.newestCommitted() };
      emit({ eventName: "ConditionRegistered", args }, isFinal);
      return condition;
    },
    makeFinal: () => store.transaction(() => rootChain.onFinal(l1.block)),
    conditions,
    async close() {
      await sequencer.stop();
      await log.close();
      await conditions.stop();
      store.close();
    },
  };
}
