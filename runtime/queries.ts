import { setImmediate } from "node:timers/promises";
import type { Address, Hex } from "viem";
import { API_LIMITS, type ApiResult } from "../protocol/api.ts";
import { MAX_DOWNLOAD_BYTES } from "../protocol/download.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { PLAIN } from "../protocol/output.ts";
import { depositIndexOf, encodePosition, isDepositPosition } from "../protocol/position.ts";
import { ApiError } from "./apiError.ts";
import type { BlockLayer } from "./blockLayer.ts";
import { toHexText } from "./bytes.ts";
import type { EntryStatus, Ledger } from "./ledger.ts";
import type { LedgerStore, StoredEntry, StoredOutput } from "./ledgerStore.ts";
import type { EntryPlace } from "./outputRef.ts";
import { type RootChainState, toLedgerOutput } from "./rootChainState.ts";

type OutputView = ApiResult<"plasma_getOutputs">["outputs"][number];
type TransactionView = NonNullable<ApiResult<"plasma_getTransaction">>;
type BlockView = NonNullable<ApiResult<"plasma_getBlock">>;

interface Page {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

interface Modules {
  readonly ledger: Ledger;
  readonly ledgerStore: LedgerStore;
  readonly rootChain: RootChainState;
}

const BALANCE_CHUNK = 1_000;
/** Entries that fit into a page but for the smallest. */
const MAX_PAGE_ENTRIES = 2 ** 14;

export type Queries = ReturnType<typeof createQueries>;

/** What the API tells of the ledger: the store, the blocks on top of it, and deposits that are not final yet. */
export function createQueries({ ledger, ledgerStore, rootChain }: Modules) {
  const statusOf = (output: StoredOutput): OutputView["status"] => {
    if (output.spender !== undefined) return "spent";
    const exit = rootChain.exitOf(output.outputId);
    if (exit !== undefined) return exit.finalised === undefined ? "exiting" : "exited";
    return ledger.statusOf(output.position >> 40n);
  };

  const view = (output: StoredOutput, status: OutputView["status"]): OutputView => ({
    ...output.output,
    position: output.position,
    outputId: output.outputId,
    status,
  });

  const durableOutputs = (layer: BlockLayer, owner: Address) =>
    layer.createdFor(owner).filter(({ position }) => Number((position >> 8n) & 0xffffffffn) < layer.durable.count);

  const unspent = (output: StoredOutput | undefined): OutputView[] => {
    if (output === undefined) return [];
    const status = statusOf(output);
    return status === "spent" || status === "exited" ? [] : [view(output, status)];
  };

  /**
   * Unspent outputs among the next `limit` above a position, oldest first: those of the store, deposits that are not final,
   * and those of blocks in the making. `last` is where to go on; undefined at the end.
   */
  const outputsAfter = (
    owner: Address,
    after: bigint,
    limit: number,
  ): { outputs: OutputView[]; last: bigint | undefined } => {
    const isAfter = ({ position }: LedgerOutput) => position > after;
    const stored = ledgerStore.unspentOutputs(owner, after, limit);
    const unconfirmed = rootChain.unconfirmedDeposits(owner).map(toLedgerOutput).filter(isAfter);
    const pending = ledger.layers.flatMap((layer) => durableOutputs(layer, owner).filter(isAfter).slice(0, limit));
    const next = [...stored, ...unconfirmed, ...pending]
      .sort((a, b) => (a.position < b.position ? -1 : 1))
      .slice(0, limit);
    const waiting = new Set(unconfirmed.map(({ position }) => position));
    const outputs = next.flatMap((found) =>
      waiting.has(found.position)
        ? [view({ ...found, spender: undefined }, "unconfirmed")]
        : unspent(ledger.output(found.position)),
    );
    return { outputs, last: next.length < limit ? undefined : next.at(-1)?.position };
  };

  const transactionView = ({ block, txIndex, txId, raw }: StoredEntry): TransactionView => ({
    txId,
    blockNumber: block,
    txIndex,
    status: ledger.statusOf(block),
    position: encodePosition({ block, txIndex, outputIndex: 0 }),
    raw: toHexText(raw),
    sealedAt: ledgerStore.block(block)?.sealedAt ?? null,
  });

  /** The newest `limit` entries of blocks in the making that concern an address, newest first. */
  const layerHistory = (address: Address, before: EntryPlace | undefined, limit: number): EntryPlace[] =>
    ledger.layers
      .flatMap((layer) => layer.entriesOf(address).map((txIndex) => ({ layer, block: layer.number, txIndex })))
      .filter(({ layer, txIndex }) => txIndex < layer.durable.count)
      .filter((place) => before === undefined || isBelow(place, before))
      .slice(-limit)
      .reverse();

  /** The entries of a stored block from an index on, as many as fit into a page. */
  const blockEntries = (number: bigint, from: number, limit = MAX_PAGE_ENTRIES): readonly Uint8Array[] =>
    firstBytes(ledgerStore.rawEntries(number, from, limit), (raw) => raw.length);

  return {
    blockEntries,

    /** Lets others have their turn between parts of a long search. */
    async getOutputs(
      query: { address: Address; token?: Address | undefined } & Page,
    ): Promise<ApiResult<"plasma_getOutputs">> {
      const limit = query.limit ?? API_LIMITS.defaultPageSize;
      const found: OutputView[] = [];
      let after: bigint | undefined = query.cursor === undefined ? -1n : parsePositionCursor(query.cursor);
      while (after !== undefined && found.length <= limit) {
        if (after !== -1n) await setImmediate();
        const { outputs, last } = outputsAfter(query.address, after, limit + 1);
        found.push(...outputs.filter(({ token }) => query.token === undefined || token === query.token));
        after = last;
      }
      const page = found.slice(0, limit);
      const lastShown = page.at(-1);
      return found.length <= limit || lastShown === undefined
        ? { outputs: page }
        : { outputs: page, cursor: lastShown.position.toString() };
    },

    getOutput(position: bigint): OutputView | null {
      const layer = ledger.layerOf(position >> 40n);
      if (layer !== undefined && Number((position >> 8n) & 0xffffffffn) >= layer.durable.count) return null;
      const output = ledger.output(position);
      if (output !== undefined) return view(output, statusOf(output));
      const deposit = isDepositPosition(position) ? rootChain.deposit(depositIndexOf(position)) : undefined;
      const found = deposit && toLedgerOutput(deposit);
      return found?.position === position ? view({ ...found, spender: undefined }, "unconfirmed") : null;
    },

    /**
     * Sums what the address can spend as it likes: of a conditional output it is the refund address, no more.
     * Lets others have their turn after every BALANCE_CHUNK outputs; what is paid during the turns of such an address may
     * be counted before and after.
     */
    async getBalance(address: Address): Promise<ApiResult<"plasma_getBalance">> {
      const sums = new Map<Address, { confirmed: bigint; pending: bigint }>();
      for (let after: bigint | undefined = -1n; after !== undefined; ) {
        if (after !== -1n) await setImmediate();
        const { outputs, last } = outputsAfter(address, after, BALANCE_CHUNK);
        for (const { token, amount, status, condition } of outputs) {
          if (condition !== PLAIN) continue;
          const sum = sums.get(token) ?? { confirmed: 0n, pending: 0n };
          if (status === "committed") sum.confirmed += amount;
          else if (status !== "exiting") sum.pending += amount;
          sums.set(token, sum);
        }
        after = last;
      }
      return [...sums].map(([token, sum]) => ({ token, ...sum })).sort((a, b) => (a.token < b.token ? -1 : 1));
    },

    getTransaction(txId: Hex): TransactionView | null {
      const place = ledger.placeOf(txId);
      const entry = place?.durable ? ledger.entry(place) : undefined;
      return entry === undefined ? null : transactionView(entry);
    },

    getTransactions(query: { address: Address } & Page): ApiResult<"plasma_getTransactions"> {
      const limit = query.limit ?? API_LIMITS.defaultPageSize;
      const before = query.cursor === undefined ? undefined : parsePlaceCursor(query.cursor);
      const recent = layerHistory(query.address, before, limit + 1).flatMap((place) => ledger.entry(place) ?? []);
      const found = [...recent, ...ledgerStore.history(query.address, before, limit + 1)];
      const page = firstBytes(found.slice(0, limit), entrySize);
      const last = page.at(-1);
      const transactions = page.map(transactionView);
      return page.length === found.length || last === undefined
        ? { transactions }
        : { transactions, cursor: `${last.block}:${last.txIndex}` };
    },

    getBlock(number: bigint | "latest"): BlockView | null {
      const block = number === "latest" ? ledgerStore.latestBlock() : ledgerStore.block(number);
      if (block === undefined) return null;
      const commit = rootChain.commit(block.number);
      const status: EntryStatus = commit === undefined ? "sealed" : "committed";
      return {
        ...block,
        parentHash: commit?.header.parentHash ?? null,
        timestamp: commit?.header.timestamp ?? null,
        hash: commit?.hash ?? null,
        status,
        commitTxHash: commit?.transaction ?? null,
      };
    },

    getBlockTransactions(query: { number: bigint } & Page): ApiResult<"plasma_getBlockTransactions"> {
      const limit = query.limit ?? API_LIMITS.defaultPageSize;
      const from = query.cursor === undefined ? 0 : parseIndexCursor(query.cursor);
      const block = ledgerStore.block(query.number);
      if (block === undefined) return { entries: [] };
      const entries = blockEntries(query.number, from, limit).map(toHexText);
      const next = from + entries.length;
      return next < block.txCount && entries.length > 0 ? { entries, cursor: next.toString() } : { entries };
    },

    getInFlightExit: (txId: Hex): ApiResult<"plasma_getInFlightExit"> => rootChain.inFlightExits.get(txId) ?? null,

    getInFlightExits(page: Page): ApiResult<"plasma_getInFlightExits"> {
      const limit = page.limit ?? API_LIMITS.defaultPageSize;
      const after = page.cursor === undefined ? 0 : parseIndexCursor(page.cursor);
      const found = rootChain.inFlightExits.open(after, limit + 1);
      const shown = firstBytes(found.slice(0, limit), ({ exit }) => exit.body.length + exit.witness.length);
      const last = shown.at(-1);
      const inFlightExits = shown.map(({ exit }) => exit);
      return shown.length === found.length || last === undefined
        ? { inFlightExits }
        : { inFlightExits, cursor: last.cursor.toString() };
    },

    transactionView,
  };
}

/** The first items, at least one, that fit into a page: a page of large ones stays an answer of bounded size. */
export function firstBytes<T>(items: readonly T[], sizeOf: (item: T) => number): readonly T[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += sizeOf(item);
    return index > 0 && bytes > MAX_DOWNLOAD_BYTES;
  });
  return end < 0 ? items : items.slice(0, end);
}

const entrySize = ({ raw }: StoredEntry) => raw.length;

const isBelow = (a: EntryPlace, b: EntryPlace) => a.block < b.block || (a.block === b.block && a.txIndex < b.txIndex);

const badCursor = () => new ApiError("INVALID_PARAMS", "The cursor is not one that this service gave");

function parsePositionCursor(cursor: string): bigint {
  if (!/^\d{1,32}$/.test(cursor)) throw badCursor();
  return BigInt(cursor);
}

function parseIndexCursor(cursor: string): number {
  if (!/^\d{1,7}$/.test(cursor)) throw badCursor();
  return Number(cursor);
}

function parsePlaceCursor(cursor: string): EntryPlace {
  const parts = /^(\d{1,12}):(\d{1,7})$/.exec(cursor);
  if (parts === null) throw badCursor();
  return { block: BigInt(parts[1] as string), txIndex: Number(parts[2]) };
}
