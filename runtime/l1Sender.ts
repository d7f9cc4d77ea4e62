import {
  type Address,
  BaseError,
  formatEther,
  type Hex,
  keccak256,
  type LocalAccount,
  type PublicClient,
  parseGwei,
} from "viem";
import { RuntimeError } from "./errors.ts";
import { createIntentStore, type Intent } from "./intentStore.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Store } from "./store.ts";

/** What must be mined, once. */
export interface L1Call {
  /** Two calls with the same key are the same call, across restarts too. */
  readonly key: string;
  readonly to: Address;
  readonly data: Hex;
  /** In wei. */
  readonly value?: bigint;
  /** Gas limit, where an estimate would mislead: a call that stops early when gas runs short succeeds with too little. */
  readonly gas?: bigint;
  /** L1 time, seconds, by which it should be mined: fees rise faster when it comes near. */
  readonly deadline?: number;
}

export interface SenderPolicy {
  /** Never offer more than this per gas, in wei. */
  readonly maxFeePerGas: bigint;
  /** Most that one transaction may cost in gas fees, in wei. */
  readonly maxCostPerTransaction: bigint;
  /** Most that all transactions of 24 hours may cost in gas fees, in wei. */
  readonly maxCostPerDay: bigint;
  /** A transaction not mined for this long is sent again for more. */
  readonly replaceAfterMs: number;
  /** With less time than this before its deadline, a transaction is replaced four times as often and for twice as much. */
  readonly urgentSeconds: number;
}

export interface L1Sender {
  readonly address: Address;
  /**
   * Makes sure that the call gets mined: it is on disk before it is sent, and survives restarts and reorgs.
   * A key that is on its way or done is not sent again; a call that reverted leaves its key free.
   * Throws SENDER_WOULD_REVERT, SENDER_CEILING, SENDER_FUNDS_LOW, SENDER_KEY_REUSED or L1_UNREACHABLE; then nothing was
   * sent.
   */
  submit(call: L1Call): Promise<void>;
  /** How the call with this key stands: not in a block, in one, or in one for ever; undefined when there is none. */
  statusOf(key: string): "pending" | "mined" | "settled" | undefined;
  /** Keys of the calls that are not in a block. */
  pendingKeys(): string[];
  /**
   * Takes a call back that is no longer wanted: where it is not in a block, a transaction of the same nonce that does nothing
   * takes its place. Whichever is mined, the key is free again. Throws like `tick`.
   */
  standDown(key: string): Promise<void>;
  /**
   * Compares everything under way with L1: settles, sends again, replaces. To be called once per L1 step.
   * Throws SENDER_CEILING, SENDER_FUNDS_LOW or L1_UNREACHABLE; what is under way stays so.
   */
  tick(finalBlock: bigint): Promise<void>;
}

interface Modules {
  readonly client: PublicClient;
  readonly chainId: bigint;
  readonly account: LocalAccount;
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

interface Fees {
  /** Both per gas, in wei. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const GAS_MARGIN_PERCENT = 125n;
/** Nodes accept a replacement only when both fees rise by 10%; a little more keeps clear of rounding. */
const REPLACEMENT_PERCENT = 113n;
const URGENT_PERCENT = 200n;
const URGENT_HASTE = 4;
/** Reasons not to offer more, with which what was offered still stands. */
const UNAFFORDABLE: readonly string[] = ["SENDER_CEILING", "SENDER_FUNDS_LOW"];
const TRANSFER_GAS = 21_000n;
const MIN_PRIORITY_FEE = parseGwei("0.01");

const percentOf = (amount: bigint, percent: bigint) => (amount * percent + 99n) / 100n;
const larger = (a: bigint, b: bigint) => (a > b ? a : b);

/** Gets transactions of one account mined. Nothing else should send from this account while the sender runs. */
export function createL1Sender(policy: SenderPolicy, modules: Modules): L1Sender {
  const { client, account, logger, clock } = modules;
  const chainId = Number(modules.chainId);
  const intents = createIntentStore(modules.store);
  modules.metrics.gauge(
    "plasma_sender_outbox_total",
    "L1 transactions that are not final",
    () => intents.open().length,
  );
  let balanceEth = Number.NaN;
  modules.metrics.gauge(
    "plasma_sender_balance_eth",
    "ETH of the sending account, as of its last L1 transaction; NaN before the first",
    () => balanceEth,
  );
  const replacements = modules.metrics.counter(
    "plasma_sender_replacements_total",
    "L1 transactions replaced for a higher fee",
  );

  const marketFees = async (): Promise<Fees> => {
    const block = await client.getBlock({ blockTag: "latest" });
    const maxPriorityFeePerGas = larger(await client.estimateMaxPriorityFeePerGas(), MIN_PRIORITY_FEE);
    return { maxPriorityFeePerGas, maxFeePerGas: 2n * (block.baseFeePerGas ?? 0n) + maxPriorityFeePerGas };
  };

  const minedNonce = () => client.getTransactionCount({ address: account.address, blockTag: "latest" });

  /** Counts what was paid in 24 hours and the worst case of everything under way, except the intent `id` itself. */
  const assertAffordable = (gas: bigint, { maxFeePerGas }: Fees, id?: number) => {
    const cost = gas * maxFeePerGas;
    const pending = intents.open().filter((intent) => intent.status === "pending" && intent.id !== id);
    const worstCase = (intent: Intent) => intent.gas * (intents.newestAttempt(intent.id)?.maxFeePerGas ?? 0n);
    const committed = pending.reduce((sum, intent) => sum + worstCase(intent), intents.costSince(clock() - DAY_MS));
    const limits: [string, bigint, bigint][] = [
      ["The fee per gas", maxFeePerGas, policy.maxFeePerGas],
      ["The transaction's cost", cost, policy.maxCostPerTransaction],
      ["The cost of 24 hours", committed + cost, policy.maxCostPerDay],
    ];
    for (const [what, amount, limit] of limits) {
      if (amount <= limit) continue;
      const message = `${what}, ${amount} wei, would exceed its ceiling of ${limit}: raise it or wait for lower L1 fees`;
      throw new RuntimeError("SENDER_CEILING", message, { amount, limit });
    }
  };

  /** A node drops what its sender cannot pay for, often without a word. */
  const assertFunded = async (gas: bigint, { maxFeePerGas }: Fees, value: bigint) => {
    const balance = await client.getBalance({ address: account.address });
    balanceEth = Number(formatEther(balance));
    const needed = gas * maxFeePerGas + value;
    if (balance >= needed) return;
    const message = `${account.address} has ${formatEther(balance)} ETH on L1 and needs ${formatEther(needed)}: send it some`;
    throw new RuntimeError("SENDER_FUNDS_LOW", message, { account: account.address, balance, needed });
  };

  const signAndSend = async (intent: Intent, fees: Fees) => {
    const { to, data, value, gas, nonce } = intent;
    const raw = await account.signTransaction({ type: "eip1559", chainId, to, data, value, gas, nonce, ...fees });
    intents.addAttempt(intent.id, { hash: keccak256(raw), raw, ...fees, sentAt: clock() });
    await broadcast(raw);
    logger.info("Sent L1 transaction", { nonce, hash: keccak256(raw), ...fees });
  };

  /** A node that refuses changes nothing: the transaction is on disk, and the next tick looks again. */
  const broadcast = async (raw: Hex) => {
    try {
      await client.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      logger.debug("L1 node did not take the transaction", { hash: keccak256(raw), reason: error.shortMessage });
    }
  };

  const submit = async (call: L1Call) => {
    const existing = intents.byKey(call.key);
    if (existing !== undefined) {
      if (existing.to === call.to && existing.data === call.data) return;
      throw new RuntimeError("SENDER_KEY_REUSED", `${call.key} was used for another call`, { key: call.key });
    }
    const { key, to, data, value = 0n, deadline } = call;
    const estimate = await client.estimateGas({ account: account.address, to, data, value });
    const gas = call.gas ?? percentOf(estimate, GAS_MARGIN_PERCENT);
    const fees = await marketFees();
    assertAffordable(gas, fees);
    await assertFunded(gas, fees, value);
    const nonce = intents.nextNonce(await minedNonce());
    await signAndSend(intents.add(key, { to, data, value, gas, deadline, nonce }, clock()), fees);
  };

  /** Signs the intent anew for what the market asks now, at least the required rise over its last version. */
  const offer = async (intent: Intent, rise: bigint) => {
    const last = intents.newestAttempt(intent.id);
    const market = await marketFees();
    const fees: Fees = {
      maxFeePerGas: larger(market.maxFeePerGas, percentOf(last?.maxFeePerGas ?? 0n, rise)),
      maxPriorityFeePerGas: larger(market.maxPriorityFeePerGas, percentOf(last?.maxPriorityFeePerGas ?? 0n, rise)),
    };
    assertAffordable(intent.gas, fees, intent.id);
    await assertFunded(intent.gas, fees, intent.value);
    if (last !== undefined) replacements.inc();
    await signAndSend(intent, fees);
  };

  const receiptOf = async (intent: Intent) => {
    for (const { hash } of intents.attempts(intent.id)) {
      try {
        return await client.getTransactionReceipt({ hash });
      } catch (error) {
        if (!(error instanceof BaseError) || error.name !== "TransactionReceiptNotFoundError") throw error;
      }
    }
    return undefined;
  };

  const followMined = async (intent: Intent, finalBlock: bigint) => {
    const receipt = await receiptOf(intent);
    if (receipt !== undefined) {
      const final = receipt.blockNumber <= finalBlock;
      const reverted = receipt.status === "reverted";
      if (reverted && intent.status !== "reverted")
        logger.warn("L1 transaction reverted", { hash: receipt.transactionHash });
      const cost = receipt.gasUsed * receipt.effectiveGasPrice;
      return intents.mark(intent.id, reverted ? "reverted" : final ? "settled" : "mined", { final, cost });
    }
    // Another transaction took the nonce, for ever: nothing of ours was mined under it, so it may be signed with a new one.
    const finalNonce = await client.getTransactionCount({ address: account.address, blockNumber: finalBlock });
    if (intent.nonce >= finalNonce) return;
    const nonce = intents.nextNonce(await minedNonce());
    logger.warn("Another program sends from this account", { account: account.address, nonce: intent.nonce });
    intents.renumber(intent.id, nonce);
    await offer({ ...intent, nonce }, REPLACEMENT_PERCENT);
  };

  /** `deadline` is the earliest of this intent and of those that wait behind its nonce. */
  const followPending = async (intent: Intent, deadline: number | undefined) => {
    if (intent.status !== "pending") intents.mark(intent.id, "pending", { final: false, cost: 0n });
    const last = intents.newestAttempt(intent.id);
    if (last === undefined) return offer(intent, REPLACEMENT_PERCENT);
    const urgent = deadline !== undefined && deadline - clock() / 1000 < policy.urgentSeconds;
    const patience = urgent ? policy.replaceAfterMs / URGENT_HASTE : policy.replaceAfterMs;
    if (clock() - last.sentAt < patience) return broadcast(last.raw);
    try {
      await offer(intent, urgent ? URGENT_PERCENT : REPLACEMENT_PERCENT);
    } catch (error) {
      // What may not be offered more for is still wanted, and the node may have forgotten it.
      if (error instanceof RuntimeError && UNAFFORDABLE.includes(error.code)) await broadcast(last.raw);
      throw error;
    }
  };

  const tick = async (finalBlock: bigint) => {
    const open = intents.open();
    if (open.length === 0) return;
    const mined = await minedNonce();
    let failure: unknown;
    for (const intent of open) {
      try {
        await (intent.nonce < mined
          ? followMined(intent, finalBlock)
          : followPending(intent, earliestDeadline(open, intent.nonce)));
      } catch (error) {
        // One that cannot be paid for keeps none of the others waiting.
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  };

  const standDown = async (key: string) => {
    const intent = intents.byKey(key);
    if (intent?.status !== "pending" || intent.nonce < (await minedNonce())) return;
    logger.info("Stands down from an L1 transaction", { key, nonce: intent.nonce });
    await offer(intents.empty(intent, account.address, TRANSFER_GAS), REPLACEMENT_PERCENT);
  };

  return {
    address: account.address.toLowerCase() as Address,
    submit: (call) => translate(submit(call)),
    statusOf(key) {
      const status = intents.byKey(key)?.status;
      return status === "reverted" ? undefined : status;
    },
    pendingKeys: intents.pendingKeys,
    standDown: (key) => translate(standDown(key)),
    tick: (finalBlock) => translate(tick(finalBlock)),
  };
}

/** An L1 transaction cannot be mined before those with lower nonces, so these are as urgent. */
function earliestDeadline(intents: readonly Intent[], nonce: number): number | undefined {
  const deadlines = intents.flatMap((intent) => (intent.nonce < nonce ? [] : (intent.deadline ?? [])));
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** Names the failures of the L1 node. */
async function translate<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause;
    const isA = (name: string) => cause.walk((error) => error instanceof BaseError && error.name === name) !== null;
    if (isA("InsufficientFundsError")) {
      const message = `The sending account cannot pay for its L1 transaction: ${cause.shortMessage}`;
      throw new RuntimeError("SENDER_FUNDS_LOW", message, {}, { cause });
    }
    if (isA("ExecutionRevertedError")) {
      const message = `The contract would refuse the L1 transaction: ${cause.shortMessage}`;
      throw new RuntimeError("SENDER_WOULD_REVERT", message, {}, { cause });
    }
    throw new RuntimeError(
      "L1_UNREACHABLE",
      "The L1 node does not answer as it should: check that it runs",
      {},
      { cause },
    );
  }
}
