import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import type { Address } from "viem";
import type { Acknowledgement, Answer, SequencerOptions } from "../../../operator/sequencer.ts";
import { GENESIS } from "../../../protocol/block.ts";
import { executeBlock } from "../../../protocol/blockExecution.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { createOverlay, type LedgerOutput, type LedgerView } from "../../../protocol/ledger.ts";
import { ETH, PLAIN } from "../../../protocol/output.ts";
import { signTransaction } from "../../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../../protocol/transaction.ts";
import type { RuntimeError } from "../../../runtime/errors.ts";
import { createNativeCrypto } from "../../../runtime/nativeCrypto.ts";
import { createQueries } from "../../../runtime/queries.ts";
import { createVerifierPool } from "../../../runtime/verifierPool.ts";
import { testAccounts } from "../../support/accounts.ts";
import { NO_CONDITIONS } from "../../support/conditions.ts";
import { DOMAIN, FEE_RECIPIENT, openSequencerChain, type SequencerChain } from "../../support/sequencerChain.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const TOKEN: Address = "0x0000000000000000000000000000000000007070";
const ACCOUNTS = testAccounts(4);
const pool = createVerifierPool(1, DOMAIN);
const crypto = await createNativeCrypto();
const addressOf = (index: number) => ACCOUNTS[index % ACCOUNTS.length]?.address as Address;

interface Payment {
  readonly inputs: readonly LedgerOutput[];
  readonly outputs: readonly { readonly owner: Address; readonly token?: Address; readonly amount: bigint }[];
  /** Default: the owners of the inputs. */
  readonly signers?: readonly Address[];
  readonly validAfter?: number;
  readonly validBefore?: number;
  readonly memo?: number;
}

async function encode(payment: Payment): Promise<Uint8Array> {
  const signers = payment.signers ?? payment.inputs.map(({ output }) => output.owner);
  const transaction: Transaction = {
    inputs: payment.inputs.map(({ position, outputId }) => ({ position, outputId })),
    outputs: payment.outputs.map((output) => ({ token: ETH, condition: PLAIN, ...output })),
    memo: payment.memo === undefined ? ZERO_HASH : `0x${payment.memo.toString(16).padStart(64, "0")}`,
    validAfter: payment.validAfter ?? 0,
    validBefore: payment.validBefore ?? 0,
  };
  const accounts = ACCOUNTS.filter(({ address }) => signers.includes(address));
  return encodeSignedTransaction(await signTransaction(transaction, DOMAIN, accounts));
}

const opened = async (test: TestContext, options?: Partial<SequencerOptions>) => {
  const chain = await openSequencerChain(temporaryDirectory(test), pool, options);
  test.after(() => chain.close());
  return chain;
};

const submit = async (chain: SequencerChain, payment: Payment): Promise<Answer> => {
  const [answer] = await chain.sequencer.submit([await encode(payment)]);
  return answer as Answer;
};

const accepted = (answer: Answer): Acknowledgement => {
  if (answer instanceof Error) throw answer;
  return answer;
};

const codeOf = (answer: Answer) => (answer instanceof Error ? answer.code : "accepted");

/** The output `outputIndex` that an accepted transaction made. */
const outputOf = (chain: SequencerChain, { blockNumber, txIndex }: Acknowledgement, outputIndex = 0): LedgerOutput => {
  const found = chain.ledger.output((blockNumber << 40n) | (BigInt(txIndex) << 8n) | BigInt(outputIndex));
  assert.ok(found);
  return found;
};

const depositFor = (chain: SequencerChain, owner: Address, amount: bigint, token = ETH) => {
  const { count } = chain.rootChain.finalDeposits();
  return chain.deposit({ index: count, block: 0n, owner, token, amount });
};

after(() => pool.stop());

describe("sequencer", () => {
  it("gives places in the order of submission and lets pending outputs be spent", async (test) => {
    const chain = await opened(test);
    let source = depositFor(chain, addressOf(0), 100n);
    for (let index = 0; index < 5; index++) {
      const receipt = accepted(
        await submit(chain, { inputs: [source], outputs: [{ owner: addressOf(index + 1), amount: 100n }] }),
      );
      assert.deepEqual([receipt.blockNumber, receipt.txIndex, receipt.status], [1n, index, "pending"]);
      source = outputOf(chain, receipt);
    }
  });

  it("accepts a chain of payments within one batch", async (test) => {
    const chain = await opened(test);
    const first = await encode({
      inputs: [depositFor(chain, addressOf(0), 5n)],
      outputs: [{ owner: addressOf(1), amount: 5n }],
    });
    const probe = accepted((await chain.sequencer.submit([first]))[0] as Answer);
    const second = await encode({ inputs: [outputOf(chain, probe)], outputs: [{ owner: addressOf(2), amount: 5n }] });
    const other = await opened(test);
    depositFor(other, addressOf(0), 5n);
    assert.deepEqual((await other.sequencer.submit([first, second])).map(codeOf), ["accepted", "accepted"]);
  });

  it("answers the same transaction with the same place, pending, sealed and stored", async (test) => {
    const chain = await opened(test);
    const raw = await encode({
      inputs: [depositFor(chain, addressOf(0), 5n)],
      outputs: [{ owner: addressOf(1), amount: 5n }],
    });
    const [first, twin] = await chain.sequencer.submit([raw, raw]);
    assert.deepEqual(twin, first);
    await chain.sequencer.seal();
    const [again] = await chain.sequencer.submit([raw]);
    assert.deepEqual(again, { ...(first as Acknowledgement), status: "sealed" });
  });

  it("refuses what the rules refuse, by code", async (test) => {
    const chain = await opened(test);
    const [mine, locked, gone] = [7n, 8n, 9n].map((amount) =>
      depositFor(chain, addressOf(0), amount),
    ) as LedgerOutput[];
    const [source, exiting, exited] = [mine, locked, gone] as [LedgerOutput, LedgerOutput, LedgerOutput];
    const to = (amount: bigint, token = ETH) => [{ owner: addressOf(1), amount, token }];
    chain.startExit(exiting);
    chain.startExit(exited);
    chain.endExit("ExitProcessed", exited);
    const missing = { ...source, position: (2n ** 31n + 77n) << 8n };
    const { time } = chain.l1;
    const cases: [string, Payment][] = [
      ["TX_OVERSPEND", { inputs: [source], outputs: to(8n) }],
      ["TX_OVERSPEND", { inputs: [source], outputs: to(1n, TOKEN) }],
      ["TX_SIGNERS_MISMATCH", { inputs: [source], outputs: to(7n), signers: [addressOf(1)] }],
      ["TX_SIGNERS_MISMATCH", { inputs: [source], outputs: to(7n), signers: [addressOf(0), addressOf(1)] }],
      ["TX_INPUT_ID_MISMATCH", { inputs: [{ ...source, outputId: ZERO_HASH }], outputs: to(7n) }],
      ["TX_DEPOSIT_NOT_IN_BLOCK", { inputs: [missing], outputs: to(7n) }],
      ["TX_INPUT_NOT_LOWER", { inputs: [{ ...source, position: 1n << 40n }], outputs: to(7n) }],
      ["TX_INPUT_EXITING", { inputs: [exiting], outputs: to(8n) }],
      ["TX_INPUT_FINALISED", { inputs: [exited], outputs: to(9n) }],
      ["TX_EXPIRED", { inputs: [source], outputs: to(7n), validBefore: time }],
      ["TX_NOT_YET_VALID", { inputs: [source], outputs: to(7n), validAfter: time + 1 }],
    ];
    for (const [code, payment] of cases) assert.equal(codeOf(await submit(chain, payment)), code);
    assert.equal(codeOf(await submit(chain, { inputs: [source], outputs: to(7n) })), "accepted");
    assert.equal(codeOf(await submit(chain, { inputs: [source], outputs: to(6n) })), "TX_INPUT_SPENT");
    chain.endExit("ExitChallenged", exiting);
    assert.equal(codeOf(await submit(chain, { inputs: [exiting], outputs: to(8n) })), "accepted");
  });

  it("refuses bytes that are no transaction without touching their neighbours", async (test) => {
    const chain = await opened(test);
    const good = await encode({
      inputs: [depositFor(chain, addressOf(0), 5n)],
      outputs: [{ owner: addressOf(1), amount: 5n }],
    });
    const forged = good.slice();
    forged[forged.length - 20] = (forged.at(-20) as number) ^ 1;
    const answers = await chain.sequencer.submit([new Uint8Array(0), new Uint8Array(20_000), forged, good]);
    const [empty, large, altered, untouched] = answers.map(codeOf);
    assert.deepEqual([empty, large, untouched], ["TX_TRUNCATED", "TX_TOO_LARGE", "accepted"]);
    assert.match(altered as string, /^(WITNESS_SIGNATURE_INVALID|TX_SIGNERS_MISMATCH)$/);
  });

  it("keeps a promised place within its window: a block's time is that of its opening (R3)", async (test) => {
    const chain = await opened(test);
    const [a, b, c] = [1n, 2n, 3n].map((amount) => depositFor(chain, addressOf(0), amount)) as [
      LedgerOutput,
      LedgerOutput,
      LedgerOutput,
    ];
    const { time } = chain.l1;
    const first = accepted(
      await submit(chain, { inputs: [a], outputs: [{ owner: addressOf(1), amount: 1n }], validBefore: time + 10 }),
    );
    chain.l1.time += 100;
    const second = accepted(await submit(chain, { inputs: [b], outputs: [{ owner: addressOf(1), amount: 2n }] }));
    const third = accepted(
      await submit(chain, { inputs: [c], outputs: [{ owner: addressOf(1), amount: 3n }], validAfter: time + 50 }),
    );
    await chain.sequencer.seal();
    assert.deepEqual([first.blockNumber, second.blockNumber, third.blockNumber], [1n, 1n, 2n]);
    assert.deepEqual(
      [1n, 2n].map((number) => chain.ledgerStore.block(number)?.sealedAt),
      [time, time + 100],
    );
  });

  it("never seals a block before its parent's time, whatever L1 says", async (test) => {
    const chain = await opened(test);
    const { time } = chain.l1;
    for (const [index, now] of [time, time - 50].entries()) {
      chain.l1.time = now;
      await submit(chain, {
        inputs: [depositFor(chain, addressOf(0), BigInt(index + 1))],
        outputs: [{ owner: addressOf(1), amount: 1n }],
      });
      await chain.sequencer.seal();
    }
    assert.equal(chain.ledgerStore.block(2n)?.sealedAt, time);
  });

  it("seals a block that is full and goes on in the next one", async (test) => {
    const chain = await opened(test, { maxBlockTransactions: 16 });
    const raws = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        encode({
          inputs: [depositFor(chain, addressOf(0), BigInt(index + 2))],
          outputs: [{ owner: addressOf(1), amount: 1n }],
        }),
      ),
    );
    const answers = (await chain.sequencer.submit(raws)).map(accepted);
    await chain.sequencer.seal();
    const sizes = new Map<bigint, number>();
    for (const { blockNumber } of answers) sizes.set(blockNumber, (sizes.get(blockNumber) ?? 0) + 1);
    assert.ok(sizes.size > 1);
    for (const number of sizes.keys()) assert.ok((chain.ledgerStore.block(number)?.txCount ?? 99) <= 16);
  });

  it("claims the fees of every token at the tail of the block (R5)", async (test) => {
    const chain = await opened(test);
    const [eth, token] = [depositFor(chain, addressOf(0), 10n), depositFor(chain, addressOf(0), 20n, TOKEN)];
    await submit(chain, {
      inputs: [eth, token],
      outputs: [
        { owner: addressOf(1), amount: 7n },
        { owner: addressOf(1), amount: 15n, token: TOKEN },
      ],
    });
    await chain.sequencer.seal();
    assert.equal(chain.ledgerStore.block(1n)?.txCount, 3);
    const claimed = chain.ledgerStore
      .unspentOutputs(FEE_RECIPIENT, -1n, 10)
      .map(({ output }) => [output.token, output.amount]);
    assert.deepEqual(claimed, [
      [ETH, 3n],
      [TOKEN, 5n],
    ]);
  });

  it("asks for a fee in a token that it takes, and lets merges pass where they are free", async (test) => {
    const fees = [{ token: TOKEN, amount: 5n, mergeFree: true }];
    const chain = await opened(test, { fees });
    const source = () => depositFor(chain, addressOf(0), 10n, TOKEN);
    const pay = (amount: bigint) => ({ owner: addressOf(1), amount, token: TOKEN });
    const keep = (amount: bigint) => ({ owner: addressOf(0), amount, token: TOKEN });
    const eth = depositFor(chain, addressOf(0), 10n);
    const cases: [string, Payment][] = [
      ["FEE_TOO_LOW", { inputs: [source()], outputs: [pay(6n)] }],
      ["accepted", { inputs: [source()], outputs: [pay(5n)] }],
      ["FEE_TOO_LOW", { inputs: [eth], outputs: [{ owner: addressOf(1), amount: 1n }] }],
      ["accepted", { inputs: [eth, source()], outputs: [{ owner: addressOf(1), amount: 10n }, keep(5n)] }],
      ["accepted", { inputs: [source(), source()], outputs: [keep(20n)] }],
      ["FEE_TOO_LOW", { inputs: [source(), source()], outputs: [pay(20n)] }],
      ["FEE_TOO_LOW", { inputs: [source()], outputs: [keep(10n)] }],
      ["FEE_TOO_LOW", { inputs: [source(), source()], outputs: [keep(10n), keep(10n)] }],
    ];
    for (const [index, [code, payment]] of cases.entries()) {
      assert.equal(codeOf(await submit(chain, { ...payment, memo: index + 1 })), code, `case ${index}`);
    }
  });

  it("takes in no more than it may keep waiting", async (test) => {
    const chain = await opened(test, { maxWaitingTransactions: 2 });
    const raw = await encode({
      inputs: [depositFor(chain, addressOf(0), 5n)],
      outputs: [{ owner: addressOf(1), amount: 5n }],
    });
    const taken = chain.sequencer.submit([raw, raw]);
    await assert.rejects(chain.sequencer.submit([raw]), { code: "OVERLOADED" });
    await taken;
    assert.deepEqual((await chain.sequencer.submit([raw])).map(codeOf), ["accepted"]);
  });

  it("keeps in the log what the store could not take, and the blocks after it (I10)", async (test) => {
    const directory = temporaryDirectory(test);
    const change = (sql: string) => {
      const database = new DatabaseSync(path.join(directory, "store.sqlite"));
      database.exec(sql);
      database.close();
    };
    const chain = await openSequencerChain(directory, pool, { maxBlockTransactions: 16 });
    change("CREATE TRIGGER broken BEFORE INSERT ON blocks WHEN new.number = 1 BEGIN SELECT RAISE(ABORT, 'no'); END");
    const raws = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        encode({
          inputs: [depositFor(chain, addressOf(0), BigInt(index + 1))],
          outputs: [{ owner: addressOf(1), amount: 1n }],
        }),
      ),
    );
    // Fills and seals several blocks before the store is asked to take the first.
    const receipts = (await chain.sequencer.submit(raws)).map(accepted);
    await chain.sequencer.seal();
    assert.ok((receipts.at(-1)?.blockNumber ?? 0n) > 2n);
    assert.equal((chain.sequencer.failure() as RuntimeError).code, "STORE_FAILED");
    await assert.rejects(chain.sequencer.submit(raws), { code: "STORE_UNAVAILABLE" });
    await chain.close();

    change("DROP TRIGGER broken");
    await withChain(directory, async ({ ledger }) => {
      for (const { txId, blockNumber, txIndex } of receipts) {
        const place = ledger.placeOf(txId);
        assert.deepEqual([place?.block, place?.txIndex], [blockNumber, txIndex]);
      }
    });
  });

  it("shows a block only when it is stored: before that a crash could still change it (I6)", async (test) => {
    const chain = await opened(test);
    const queries = createQueries(chain);
    const receipt = accepted(
      await submit(chain, {
        inputs: [depositFor(chain, addressOf(0), 5n)],
        outputs: [{ owner: addressOf(1), amount: 5n }],
      }),
    );
    const shown = () => [
      queries.getBlock("latest")?.number,
      queries.getBlock(1n)?.number,
      queries.getTransaction(receipt.txId)?.status,
    ];
    const stored = chain.sequencer.seal();
    assert.deepEqual(shown(), [undefined, undefined, "pending"]);
    await stored;
    assert.deepEqual(shown(), [1n, 1n, "sealed"]);
  });

  it("sums up a long list of outputs in parts, so that others have their turn", async (test) => {
    const chain = await opened(test);
    const queries = createQueries(chain);
    for (let amount = 1n; amount <= 1_100n; amount++) depositFor(chain, addressOf(0), amount);
    let turns = 0;
    setImmediate(() => {
      turns += 1;
    });
    const balance = queries.getBalance(addressOf(0));
    const sum = (1_100n * 1_101n) / 2n;
    assert.deepEqual(await balance, [{ token: ETH, confirmed: sum, pending: 0n }]);
    assert.equal(turns, 1);
    const { outputs } = await queries.getOutputs({ address: addressOf(0), token: TOKEN });
    assert.deepEqual(outputs, []);
  });

  it("refuses a log that the ledger below it does not bear", async (test) => {
    const [directory, other] = [temporaryDirectory(test), temporaryDirectory(test)];
    await withChain(directory, async (chain) => {
      const source = depositFor(chain, addressOf(0), 5n);
      accepted(await submit(chain, { inputs: [source], outputs: [{ owner: addressOf(1), amount: 5n }] }));
    });
    cpSync(path.join(directory, "log"), path.join(other, "log"), { recursive: true });
    await assert.rejects(openSequencerChain(other, pool), { code: "OPERATOR_LOG_INVALID" });
  });

  it("answers what it took in before it stops, and takes nothing after", async (test) => {
    const chain = await opened(test);
    const raw = await encode({
      inputs: [depositFor(chain, addressOf(0), 5n)],
      outputs: [{ owner: addressOf(1), amount: 5n }],
    });
    const taken = chain.sequencer.submit([raw]);
    const stopped = chain.sequencer.stop();
    assert.deepEqual((await taken).map(codeOf), ["accepted"]);
    await stopped;
    await assert.rejects(chain.sequencer.submit([raw]), { code: "SHUTTING_DOWN" });
  });
});

/** The rules of the ledger once more, as naively as possible. */
function createModel() {
  const outputs: (LedgerOutput & { spent: boolean; locked: boolean })[] = [];
  const fees = new Map<Address, bigint>();
  return {
    outputs,
    fees,
    add: (output: LedgerOutput) => void outputs.push({ ...output, spent: false, locked: false }),
    allows({ inputs, outputs: made, signers }: Payment): boolean {
      const named = inputs.map(({ outputId }) => outputs.find((output) => output.outputId === outputId));
      const owners = new Set(inputs.map(({ output }) => output.owner));
      const signed = new Set(signers ?? owners);
      const sum = (token: Address) =>
        inputs.reduce((total, { output }) => total + (output.token === token ? output.amount : 0n), 0n) -
        made.reduce((total, output) => total + ((output.token ?? ETH) === token ? output.amount : 0n), 0n);
      return (
        new Set(inputs.map(({ outputId }) => outputId)).size === inputs.length &&
        named.every((output) => output !== undefined && !output.spent && !output.locked) &&
        owners.size === signed.size &&
        [...owners].every((owner) => signed.has(owner)) &&
        [ETH, TOKEN].every((token) => sum(token) >= 0n)
      );
    },
    spend({ inputs, outputs: made }: Payment) {
      for (const { outputId, output } of inputs) {
        const spent = outputs.find((candidate) => candidate.outputId === outputId);
        if (spent !== undefined) spent.spent = true;
        fees.set(output.token, (fees.get(output.token) ?? 0n) + output.amount);
      }
      for (const { token = ETH, amount } of made) fees.set(token, (fees.get(token) ?? 0n) - amount);
    },
    unspent: (token: Address) =>
      outputs.reduce((sum, { spent, output }) => sum + (!spent && output.token === token ? output.amount : 0n), 0n),
  };
}

type Command =
  | { readonly kind: "deposit"; readonly owner: number; readonly token: Address; readonly amount: bigint }
  | {
      readonly kind: "pay";
      readonly inputs: number[];
      readonly split: { to: number; share: number }[];
      readonly token: Address;
      readonly unspentOnly: boolean;
      readonly wrongSigner: boolean;
      readonly excess: boolean;
    }
  | { readonly kind: "lock"; readonly output: number }
  | { readonly kind: "seal" };

const small = fc.nat(30);
const tokens = fc.constantFrom(ETH, TOKEN);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("deposit" as const),
      owner: small,
      token: tokens,
      amount: fc.bigInt(1n, 1000n),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("pay" as const),
      inputs: fc.array(small, { minLength: 1, maxLength: 4 }),
      split: fc.array(fc.record({ to: small, share: fc.integer({ min: 1, max: 9 }) }), { minLength: 1, maxLength: 4 }),
      token: tokens,
      unspentOnly: fc.integer({ min: 0, max: 9 }).map((roll) => roll !== 0),
      wrongSigner: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
      excess: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant("lock" as const), output: small }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("seal" as const) }), weight: 1 },
);

/** Carries out the commands on the chain and on the model, and compares them after each. Returns the deposits made. */
async function play(
  chain: SequencerChain,
  model: ReturnType<typeof createModel>,
  commands: readonly Command[],
  counts: { accepted: number; refused: number },
): Promise<LedgerOutput[]> {
  const deposits: LedgerOutput[] = [];
  let memo = 0;

  const pay = async (given: Extract<Command, { kind: "pay" }>) => {
    const candidates = model.outputs.filter(({ spent, locked }) => !given.unspentOnly || !(spent || locked));
    if (candidates.length === 0) return;
    const inputs = [...new Set(given.inputs.map((index) => candidates[index % candidates.length] as LedgerOutput))];
    const available = inputs.reduce((sum, { output }) => sum + (output.token === given.token ? output.amount : 0n), 0n);
    const shares = given.split.reduce((sum, { share }) => sum + share, given.excess ? -1 : 1);
    const made = given.split.map(({ to, share }) => ({
      owner: addressOf(to),
      token: given.token,
      amount: (available * BigInt(share)) / BigInt(shares || 1) || 1n,
    }));
    memo += 1;
    const signers = given.wrongSigner ? [addressOf(0)] : inputs.map(({ output }) => output.owner);
    const payment: Payment = { inputs, outputs: made, signers, memo };
    const answer = await submit(chain, payment);
    assert.equal(!(answer instanceof Error), model.allows(payment), codeOf(answer));
    if (answer instanceof Error) {
      counts.refused += 1;
      return;
    }
    counts.accepted += 1;
    model.spend(payment);
    for (const [index] of made.entries()) model.add(outputOf(chain, answer, index));
  };

  const seal = async () => {
    const number = (chain.ledgerStore.latestBlock()?.number ?? 0n) + 1n;
    await chain.sequencer.seal();
    const block = chain.ledgerStore.block(number);
    if (block === undefined) return;
    const claims = [...model.fees.values()].filter((fee) => fee > 0n).length;
    for (let index = block.txCount - claims; index < block.txCount; index++) {
      const claim = outputOf(chain, { txId: ZERO_HASH, blockNumber: number, txIndex: index, status: "sealed" });
      assert.equal(claim.output.amount, model.fees.get(claim.output.token));
      model.add(claim);
    }
    model.fees.clear();
  };

  for (const given of commands) {
    if (given.kind === "deposit") {
      const deposit = depositFor(chain, addressOf(given.owner), given.amount, given.token);
      deposits.push(deposit);
      model.add(deposit);
    } else if (given.kind === "lock") {
      const output = model.outputs[given.output % Math.max(1, model.outputs.length)];
      if (output === undefined || output.locked) continue;
      chain.startExit(output);
      output.locked = true;
    } else if (given.kind === "pay") await pay(given);
    else await seal();

    for (const token of [ETH, TOKEN]) {
      const deposited = deposits.reduce((sum, { output }) => sum + (output.token === token ? output.amount : 0n), 0n);
      assert.equal(model.unspent(token) + (model.fees.get(token) ?? 0n), deposited);
    }
  }
  return deposits;
}

describe("ledger against a naive model", () => {
  it("accepts exactly what is valid, conserves money, survives a restart and seals what re-executes (I11)", {
    timeout: 120_000,
  }, async (test) => {
    const counts = { accepted: 0, refused: 0 };
    const run = async (commands: readonly Command[]) => {
      const directory = temporaryDirectory(test);
      const model = createModel();
      const deposits = await withChain(directory, (chain) => play(chain, model, commands, counts));
      // The open block comes back from the log as it was.
      await withChain(directory, async (chain) => {
        for (const { position, outputId, spent } of model.outputs) {
          const found = chain.ledger.output(position);
          assert.deepEqual([found?.outputId, found?.spender !== undefined], [outputId, spent]);
        }
        await chain.sequencer.seal();
        executeStored(chain, deposits);
      });
    };
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 50 }), run), {
      numRuns: 100,
      endOnFailure: true,
    });
    test.diagnostic(`${counts.accepted} payments accepted, ${counts.refused} refused`);
    assert.ok(counts.accepted > 100 && counts.refused > 50);
  });
});

/** The fee recipient is one of the accounts, so that claimed fees are spent like everything else. */
async function withChain<T>(directory: string, body: (chain: SequencerChain) => Promise<T>): Promise<T> {
  const chain = await openSequencerChain(directory, pool, { feeRecipient: addressOf(3) });
  try {
    return await body(chain);
  } finally {
    await chain.close();
  }
}

/** Executes the stored blocks by the rules of the protocol; throws when one is not valid or has another root. */
function executeStored(chain: SequencerChain, deposits: readonly LedgerOutput[]): void {
  const byPosition = new Map(deposits.map((deposit) => [deposit.position, deposit]));
  const start: LedgerView = {
    output: (position) => byPosition.get(position),
    isSpent: () => false,
    hasTransaction: () => false,
    exitOf: () => undefined,
    conditions: NO_CONDITIONS,
  };
  const ledger = createOverlay(start);
  let parent: Parameters<typeof executeBlock>[2]["parent"] = GENESIS;
  for (
    let block = chain.ledgerStore.block(1n);
    block !== undefined;
    block = chain.ledgerStore.block(block.number + 1n)
  ) {
    const raws = chain.ledgerStore.entries(block.number, 0, block.txCount).map(({ raw }) => raw);
    const { entries } = executeBlock(block, raws, { domain: DOMAIN, parent, minExitPeriod: 604_800 }, ledger, crypto);
    for (const entry of entries) ledger.apply(entry);
    parent = block;
  }
}
