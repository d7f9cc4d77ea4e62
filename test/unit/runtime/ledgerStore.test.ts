import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Address, type Hex, keccak256, toHex } from "viem";
import type { SealedBlock } from "../../../protocol/block.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import type { LedgerOutput } from "../../../protocol/ledger.ts";
import { ETH, PLAIN } from "../../../protocol/output.ts";
import { encodePosition } from "../../../protocol/position.ts";
import { encodeSignedTransaction } from "../../../protocol/transaction.ts";
import { createLedgerStore, type LedgerEntry, type LedgerStore } from "../../../runtime/ledgerStore.ts";
import type { RootChainEvent } from "../../../runtime/rootChainEvent.ts";
import { createRootChainState } from "../../../runtime/rootChainState.ts";
import { openStore } from "../../../runtime/store.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const IDENTITY = { kind: "watcher", chainId: 1n, contract: `0x${"cc".repeat(20)}` } as const;
/** The first two and the last two cannot be told apart by the prefixes that addresses are indexed by. */
const OWNERS = ["aa00", "aa01", "bb00", "bb01"].map((ends): Address => `0x${ends.slice(0, 2).repeat(18)}${ends}`);
const TOKEN: Address = `0x${"77".repeat(20)}`;
const DEPOSITS = 4;

/** What a block is made of: for each payment, which unspent output it spends and who gets how many outputs. */
const blocks = fc.array(
  fc.array(
    fc.record({ source: fc.nat(), owners: fc.array(fc.nat(OWNERS.length - 1), { minLength: 1, maxLength: 3 }) }),
    { maxLength: 11 },
  ),
  { minLength: 1, maxLength: 4 },
);

interface World {
  readonly unspent: readonly LedgerOutput[];
  readonly spent: ReadonlyMap<bigint, { readonly output: LedgerOutput; readonly spender: bigint }>;
  readonly entries: readonly (readonly LedgerEntry[])[];
}

/** Everything that the store tells. */
function told(store: LedgerStore, { unspent, spent, entries }: World) {
  const outputs = [...unspent, ...[...spent.values()].map(({ output }) => output)];
  return {
    latest: store.latestBlock()?.number,
    outputs: outputs.map(({ position }) => store.output(position)),
    byId: outputs.map(({ outputId }) => store.findOutput(outputId)),
    unspent: OWNERS.map((owner) => store.unspentOutputs(owner, -1n, -1)),
    pages: OWNERS.map((owner) => store.unspentOutputs(owner, -1n, 2)),
    history: OWNERS.map((owner) => store.history(owner, undefined, 1_000)),
    newest: OWNERS.map((owner) => store.history(owner, undefined, 3)),
    entries: entries.map((block, index) => store.entries(BigInt(index + 1), 0, block.length + 1)),
    tails: entries.map((_, index) => store.entries(BigInt(index + 1), 5, 3)),
    leaves: entries.map((_, index) => store.leaves(BigInt(index + 1))),
    found: entries.map((block) => block.map(({ txId }) => store.findEntry(txId)?.block)),
    sums: [...store.unspentSums()].filter(([, sum]) => sum !== 0n),
  };
}

/** The same from the payments alone. */
function expected({ unspent, spent, entries }: World): ReturnType<typeof told> {
  const stored = entries.flatMap((block, index) =>
    block.map((entry, txIndex) => ({ ...entry, block: BigInt(index + 1), txIndex })),
  );
  const shown = ({ block, txIndex, txId, raw }: (typeof stored)[number]) => ({ block, txIndex, txId, raw });
  const placeOf = (spender: bigint) => ({ block: spender >> 32n, txIndex: Number(spender & 0xffffffffn) });
  const outputs = [
    ...unspent.map((output) => ({ ...output, spender: undefined })),
    ...[...spent.values()].map(({ output, spender }) => ({ ...output, spender: placeOf(spender) })),
  ];
  const of = (owner: Address) =>
    outputs.filter(({ output, spender }) => output.owner === owner && spender === undefined);
  const byAge = (a: LedgerOutput, b: LedgerOutput) => (a.position < b.position ? -1 : 1);
  const historyOf = (owner: Address) =>
    stored.filter((entry) => [...entry.spent, ...entry.created].some(({ output }) => output.owner === owner)).reverse();
  const sums = [ETH, TOKEN].map((token): [Address, bigint] => [
    token,
    unspent.reduce((sum, { output }) => (output.token === token ? sum + output.amount : sum), 0n),
  ]);
  return {
    latest: entries.length === 0 ? undefined : BigInt(entries.length),
    outputs,
    byId: outputs,
    unspent: OWNERS.map((owner) => of(owner).toSorted(byAge)),
    pages: OWNERS.map((owner) => of(owner).toSorted(byAge).slice(0, 2)),
    history: OWNERS.map((owner) => historyOf(owner).map(shown)),
    newest: OWNERS.map((owner) => historyOf(owner).slice(0, 3).map(shown)),
    entries: entries.map((_, index) => stored.filter(({ block }) => block === BigInt(index + 1)).map(shown)),
    tails: entries.map((_, index) =>
      stored
        .filter(({ block }) => block === BigInt(index + 1))
        .slice(5, 8)
        .map(shown),
    ),
    leaves: entries.map((block) => block.map(({ leaf }) => leaf)),
    found: entries.map((block, index) => block.map(() => BigInt(index + 1))),
    sums: sums.filter(([, sum]) => sum !== 0n),
  };
}

const bytes = (hex: Hex): Uint8Array => new Uint8Array(Buffer.from(hex.slice(2), "hex"));

const GUARDED: Hex = `0x${"c0".repeat(32)}`;

/** One block on top of a world: each payment spends an output that is unspent by then, also one of the same block. */
function nextWorld(
  world: World,
  payments: readonly { readonly source: number; readonly owners: readonly number[] }[],
): World {
  const block = BigInt(world.entries.length + 1);
  const unspent = [...world.unspent];
  const spent = new Map(world.spent);
  const entries: LedgerEntry[] = [];
  for (const { source, owners } of payments) {
    const [input] = unspent.splice(source % Math.max(1, unspent.length), 1);
    if (input === undefined) break;
    const outputs = owners.map((owner, index) => ({
      ...input.output,
      owner: OWNERS[owner] as Address,
      amount: BigInt(index + 1),
      condition: index % 2 === 0 ? PLAIN : GUARDED,
    }));
    const transaction = { inputs: [input], outputs, memo: ZERO_HASH, validAfter: 0, validBefore: 0 } as const;
    const raw = encodeSignedTransaction({ transaction, signatures: [new Uint8Array(64)], reveals: [] });
    const txId = keccak256(raw);
    const txIndex = entries.length;
    const created = outputs.map((output, outputIndex) => ({
      position: encodePosition({ block, txIndex, outputIndex }),
      outputId: keccak256(toHex(`${txId}${outputIndex}`)),
      output,
    }));
    spent.set(input.position, { output: input, spender: (block << 32n) | BigInt(txIndex) });
    unspent.push(...created);
    entries.push({ txId, leaf: bytes(keccak256(txId)), raw, spent: [input], created });
  }
  return { unspent, spent, entries: [...world.entries, entries] };
}

describe("ledger store", () => {
  it("tells what the payments of its blocks made, and takes blocks back without a trace", async (test) => {
    const directory = temporaryDirectory(test);
    let run = 0;
    fc.assert(
      fc.property(blocks, (payments) => {
        run += 1;
        const store = openStore(path.join(directory, `${run}.sqlite`), IDENTITY);
        const ledger = createLedgerStore(store);
        const rootChain = createRootChainState(store, ledger, (data) => bytes(keccak256(data)));
        const worlds = [deposited(ledger, rootChain, store)];
        for (const block of payments) {
          const before = worlds.at(-1) as World;
          const world = nextWorld(before, block);
          const entries = world.entries.at(-1) ?? [];
          store.transaction(() =>
            ledger.addBlock(sealedBlock(BigInt(world.entries.length), entries.length), entries, []),
          );
          worlds.push(world);
          assert.deepEqual(told(ledger, world), expected(world));
        }
        for (const world of worlds.toReversed()) {
          store.transaction(() => ledger.removeBlocks(BigInt(world.entries.length + 1)));
          assert.deepEqual(told(ledger, world), expected(world));
        }
        store.close();
      }),
      { numRuns: 25 },
    );
  });

  it("has nothing at places that no block can have", async (test) => {
    const store = openStore(path.join(temporaryDirectory(test), "store.sqlite"), IDENTITY);
    test.after(() => store.close());
    const ledger = createLedgerStore(store);
    const rootChain = createRootChainState(store, ledger, (data) => bytes(keccak256(data)));
    let world = deposited(ledger, rootChain, store);
    for (const number of [1n, 2n]) {
      world = nextWorld(world, [{ source: 0, owners: [0] }]);
      store.transaction(() => ledger.addBlock(sealedBlock(number, 1), world.entries.at(-1) ?? [], []));
    }
    assert.notEqual(ledger.output(encodePosition({ block: 2n, txIndex: 0, outputIndex: 0 })), undefined);
    // As far behind block 1 as block 2 begins.
    assert.equal(ledger.output(encodePosition({ block: 1n, txIndex: 2 ** 20, outputIndex: 0 })), undefined);
    assert.equal(ledger.output(encodePosition({ block: 1n, txIndex: 0, outputIndex: 1 })), undefined);
    assert.equal(ledger.output(2n ** 104n - 1n), undefined);
  });
});

function sealedBlock(number: bigint, txCount: number): SealedBlock {
  return { number, root: ZERO_HASH, txCount, sealedAt: 1, depositCount: DEPOSITS, depositHash: ZERO_HASH };
}

/** Four final deposits, of two tokens. */
function deposited(
  ledger: LedgerStore,
  rootChain: ReturnType<typeof createRootChainState>,
  store: ReturnType<typeof openStore>,
): World {
  const unspent: LedgerOutput[] = [];
  store.transaction(() => {
    for (let index = 0; index < DEPOSITS; index++) {
      const [owner, token] = [OWNERS[index] as Address, index % 2 === 0 ? ETH : TOKEN];
      const args = { index: BigInt(index), newestBlock: 0n, owner, token, amount: 10n };
      const place = { blockNumber: 1n, logIndex: index, transactionHash: ZERO_HASH };
      rootChain.onEvent({ eventName: "Deposited", args, ...place } as RootChainEvent<"Deposited">, 0);
    }
    rootChain.creditDeposits(DEPOSITS);
  });
  for (let index = 0; index < DEPOSITS; index++) {
    const deposit = rootChain.deposit(index);
    assert.ok(deposit !== undefined);
    const { owner, token, amount, outputId } = deposit;
    const position = encodePosition({ block: 0n, txIndex: 2 ** 31 + index, outputIndex: 0 });
    unspent.push({ position, outputId, output: { owner, token, amount, condition: PLAIN } });
  }
  assert.equal(ledger.latestBlock(), undefined);
  return { unspent, spent: new Map(), entries: [] };
}
