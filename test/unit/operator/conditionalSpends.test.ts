import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Address } from "viem";
import type { Acknowledgement, Answer, SequencerOptions } from "../../../operator/sequencer.ts";
import { conditionAddress, type Reveal } from "../../../protocol/condition.ts";
import type { LedgerOutput } from "../../../protocol/ledger.ts";
import { ETH, type Output } from "../../../protocol/output.ts";
import { encodePosition } from "../../../protocol/position.ts";
import { type Signer, signTransaction } from "../../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../../protocol/transaction.ts";
import { createVerifierPool } from "../../../runtime/verifierPool.ts";
import { testAccounts } from "../../support/accounts.ts";
import { assemble } from "../../support/assembler.ts";
import { locked, PASSWORD, unlock } from "../../support/conditions.ts";
import { pay, spend } from "../../support/ledger.ts";
import { DOMAIN, openSequencerChain, REGISTRY, type SequencerChain } from "../../support/sequencerChain.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";

const WORD = "open sesame";
const [alice, bob] = testAccounts(2) as [Signer, Signer];
const pool = createVerifierPool(1, DOMAIN);
/** Runs until its gas is used up. */
const ENDLESS = assemble("JUMPDEST PUSH0 JUMP");

const signed = async (transaction: Transaction, signers: readonly Signer[], reveals: readonly Reveal[] = []) =>
  encodeSignedTransaction(await signTransaction(transaction, DOMAIN, signers, reveals));

const codeOf = (answer: Answer | undefined) => (answer instanceof Error ? answer.code : answer?.status);

const memoOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}` as const;

/** A payer with an allowance, which counts what is taken and charged. */
const payerWith = (allowance: number) => {
  const bill = { taken: 0, charged: 0 };
  const take = (calls: number) => {
    if (bill.taken + calls > allowance) return false;
    bill.taken += calls;
    return true;
  };
  const charge = (calls: number) => {
    bill.charged += calls;
  };
  return { bill, take, charge };
};

after(() => pool.stop());

describe("the sequencer on a chain with conditions", () => {
  const opened = async (
    test: TestContext,
    directory = temporaryDirectory(test),
    options: Partial<SequencerOptions> = {},
  ) => {
    const chain = await openSequencerChain(directory, pool, options);
    test.after(() => chain.close());
    return chain;
  };

  const submit = async (chain: SequencerChain, ...raws: Uint8Array[]) =>
    (await chain.sequencer.submit(raws, payerWith(1_000))).map(codeOf);

  /** Alice pays to these outputs; what they are on the chain. */
  const paid = async (chain: SequencerChain, ...outputs: Output[]): Promise<LedgerOutput[]> => {
    const amount = outputs.reduce((sum, output) => sum + output.amount, 0n);
    const { count } = chain.rootChain.finalDeposits();
    const deposit = chain.deposit({ index: count, block: 0n, owner: alice.address, token: ETH, amount });
    const [answer] = await chain.sequencer.submit([await signed(spend([deposit], outputs), [alice])]);
    const { blockNumber: block, txIndex } = answer as Acknowledgement;
    return outputs.map((_, outputIndex) => {
      const created = chain.ledger.output(encodePosition({ block, txIndex, outputIndex }));
      assert.ok(created);
      return created;
    });
  };

  const lock = async (chain: SequencerChain, condition: Address) => {
    const [output] = await paid(chain, locked(condition, WORD, 10n, alice.address));
    return output as LedgerOutput;
  };

  /** A spend of a locked output that shows a word; the number tells it from others. */
  const opening = (output: LedgerOutput, condition: Address, word = WORD, number = 0) =>
    signed(spend([output], [pay(bob.address, 10n)], { memo: memoOf(number) }), [], [unlock(condition, 0, WORD, word)]);

  it("takes what they allow and refuses what they do not, and goes on", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(PASSWORD);
    const output = await lock(chain, condition);
    assert.deepEqual(await submit(chain, await opening(output, condition, "close sesame")), ["TX_CONDITION_REFUSED"]);
    const endless = chain.register(ENDLESS);
    const trap = await lock(chain, endless);
    assert.deepEqual(await submit(chain, await opening(trap, endless)), ["TX_CONDITION_REFUSED"]);
    assert.deepEqual(await submit(chain, await opening(output, condition)), ["pending"]);
    assert.equal(chain.sequencer.failure(), undefined);
  });

  it("gives places in the order of a batch, though one of it has to wait for an answer", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(PASSWORD);
    const [output, plain] = (await paid(
      chain,
      locked(condition, WORD, 10n, alice.address),
      pay(alice.address, 5n),
    )) as [LedgerOutput, LedgerOutput];
    const first = await opening(output, condition);
    const second = await signed(spend([plain], [pay(bob.address, 5n)]), [alice]);
    const answers = await chain.sequencer.submit([first, second]);
    assert.deepEqual(
      answers.map((answer) => (answer as Acknowledgement).txIndex),
      [1, 2],
    );
  });

  it("lets no plain payment wait for them", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(PASSWORD);
    const [output, plain] = (await paid(
      chain,
      locked(condition, WORD, 10n, alice.address),
      pay(alice.address, 5n),
    )) as [LedgerOutput, LedgerOutput];
    const order: string[] = [];
    const send = async (name: string, raw: Uint8Array) => {
      const [answer] = await chain.sequencer.submit([raw]);
      order.push(name);
      return codeOf(answer);
    };
    const both = [
      send("conditional", await opening(output, condition)),
      send("plain", await signed(spend([plain], [pay(bob.address, 5n)]), [alice])),
    ];
    assert.deepEqual(await Promise.all(both), ["pending", "pending"]);
    assert.deepEqual(order, ["plain", "conditional"]);
  });

  it("lets those who wait for them take no room from plain payments", async (test) => {
    const chain = await opened(test, temporaryDirectory(test), { maxWaitingTransactions: 10 });
    const condition = chain.register(ENDLESS);
    const [output, plain] = (await paid(
      chain,
      locked(condition, WORD, 10n, alice.address),
      pay(alice.address, 5n),
    )) as [LedgerOutput, LedgerOutput];
    const raws = await Promise.all(Array.from({ length: 10 }, (_, number) => opening(output, condition, WORD, number)));
    const asked = submit(chain, ...raws);
    const payment = await signed(spend([plain], [pay(bob.address, 5n)]), [alice]);
    await assert.rejects(chain.sequencer.submit([payment]), { code: "OVERLOADED" });
    await setImmediate();
    while (chain.sequencer.waiting() === 10) {
      const answers = await chain.sequencer.submit([payment]).catch(() => []);
      if (answers.length > 0) break;
      await setImmediate();
    }
    assert.equal(chain.sequencer.waiting(), 10);
    assert.deepEqual(await asked, Array(10).fill("TX_CONDITION_REFUSED"));
  });

  it("uses a condition once its registration is final (R4)", async (test) => {
    const chain = await opened(test);
    const condition = conditionAddress(REGISTRY, PASSWORD);
    const raw = await opening(await lock(chain, condition), condition);
    assert.deepEqual(await submit(chain, raw), ["TX_CONDITION_NOT_REGISTERED"]);
    assert.equal(chain.register(PASSWORD, { isFinal: false }), condition);
    assert.deepEqual(await submit(chain, raw), ["TX_CONDITION_NOT_REGISTERED"]);
    chain.makeFinal();
    assert.deepEqual(await submit(chain, raw), ["pending"]);
  });

  it("believes no other code than that of the address, and asks again", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(PASSWORD, { shown: assemble("PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN") });
    const output = await lock(chain, condition);
    const raw = await opening(output, condition);
    assert.deepEqual(await submit(chain, raw), ["CONDITION_UNAVAILABLE"]);
    chain.l1.isSilent = true;
    assert.deepEqual(await submit(chain, raw), ["CONDITION_UNAVAILABLE"]);
    chain.l1.isSilent = false;
    chain.l1.codes.set(condition, `0x${Buffer.from(PASSWORD).toString("hex")}`);
    assert.deepEqual(await submit(chain, raw), ["pending"]);
    assert.equal(chain.sequencer.failure(), undefined);
  });

  it("needs L1 no more for code that it has, and recovers what it has acknowledged without it (I10)", async (test) => {
    const directory = temporaryDirectory(test);
    const chain = await openSequencerChain(directory, pool);
    const condition = chain.register(PASSWORD);
    await chain.conditions.fetchCodes();
    chain.l1.isSilent = true;
    const output = await lock(chain, condition);
    const raw = await opening(output, condition);
    const [answer] = await chain.sequencer.submit([raw]);
    assert.equal(codeOf(answer), "pending");
    await chain.close();
    const again = await opened(test, directory);
    assert.equal(again.l1.codes.size, 0);
    assert.deepEqual(await again.sequencer.submit([raw]), [answer]);
  });

  it("answers busy where many are asked at once, and forgets none of those", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(PASSWORD);
    const output = await lock(chain, condition);
    const raws = await Promise.all(
      Array.from({ length: 100 }, (_, number) => opening(output, condition, "close sesame", number)),
    );
    const codes = (await Promise.all(raws.map((raw) => submit(chain, raw)))).flat();
    assert.equal(codes.filter((code) => code === "TX_CONDITION_REFUSED").length, 64);
    assert.equal(codes.filter((code) => code === "OVERLOADED").length, 36);
    assert.deepEqual(await submit(chain, await opening(output, condition)), ["pending"]);
  });

  it("charges for what it asks, once, and asks nothing for who has no allowance left", async (test) => {
    const chain = await opened(test);
    const condition = chain.register(ENDLESS);
    const output = await lock(chain, condition);
    const payer = payerWith(2);
    const ask = async (number: number) => {
      const answers = await chain.sequencer.submit([await opening(output, condition, WORD, number)], payer);
      return answers.map(codeOf);
    };
    assert.deepEqual(await ask(1), ["TX_CONDITION_REFUSED"]);
    assert.deepEqual(payer.bill, { taken: 1, charged: 100 });
    assert.deepEqual(await ask(1), ["TX_CONDITION_REFUSED"]);
    assert.deepEqual(payer.bill, { taken: 1, charged: 100 });
    assert.deepEqual(await ask(2), ["TX_CONDITION_REFUSED"]);
    assert.deepEqual(await ask(3), ["RATE_LIMITED"]);
    assert.deepEqual(payer.bill, { taken: 2, charged: 200 });
  });
});
