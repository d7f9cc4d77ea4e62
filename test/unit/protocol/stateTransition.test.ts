import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Address } from "viem";
import { ProtocolError, type ProtocolErrorCode } from "../../../protocol/errors.ts";
import type { ExitState, Finalisation, LedgerOutput, OpenExit } from "../../../protocol/ledger.ts";
import { ETH, outputIdOf, PLAIN } from "../../../protocol/output.ts";
import { depositPosition, encodePosition } from "../../../protocol/position.ts";
import {
  checkFeeClaim,
  checkTransaction,
  type EntryContext,
  feeClaimEffects,
  feesOf,
} from "../../../protocol/stateTransition.ts";
import type { Transaction } from "../../../protocol/transaction.ts";
import { feeClaimIdOf, txIdOf } from "../../../protocol/typedData.ts";
import { testAccounts } from "../../support/accounts.ts";
import { expectCode } from "../../support/expectCode.ts";
import { createTestLedger, DOMAIN, pay, spend, type TestLedger, TOKEN } from "../../support/ledger.ts";

const [alice, bob, carol] = testAccounts(3).map(({ address }) => address) as [Address, Address, Address];
const MEP = 1_000;
const CONTEXT: EntryContext = { block: 5n, txIndex: 2, sealedAt: 10_000, depositCount: 10, minExitPeriod: MEP };
const MAX = (1n << 128n) - 1n;

const openExit = (exit: OpenExit): ExitState => ({ finalised: undefined, open: [exit] });

interface Setup {
  readonly ledger: TestLedger;
  readonly money: LedgerOutput;
}

function setUp(): Setup {
  const ledger = createTestLedger();
  return { ledger, money: ledger.deposit(0, 0n, alice, 100n) };
}

function check(ledger: TestLedger, transaction: Transaction, signers: readonly Address[], context = CONTEXT) {
  return checkTransaction(
    { transaction, signatures: [], reveals: [], txId: txIdOf(transaction, DOMAIN), signers },
    context,
    ledger,
  );
}

test("a payment spends its inputs, creates its outputs and leaves the rest as a fee", () => {
  const { ledger, money } = setUp();
  const token = ledger.deposit(1, 3n, bob, 7n, TOKEN);
  const transaction = spend([token, money], [pay(bob, 60n), pay(carol, 7n, TOKEN), pay(alice, 30n)]);
  const effects = check(ledger, transaction, [alice, bob]);
  const txId = txIdOf(transaction, DOMAIN);
  assert.equal(effects.txId, txId);
  assert.deepEqual(effects.spent, [token, money]);
  assert.deepEqual(
    effects.created,
    transaction.outputs.map((output, outputIndex) => ({
      position: encodePosition({ block: 5n, txIndex: 2, outputIndex }),
      outputId: outputIdOf(txId, outputIndex, output),
      output,
    })),
  );
  assert.deepEqual(effects.fees, new Map([[ETH, 10n]]));
});

test("an output of an earlier transaction of the same block can be spent", () => {
  const { ledger, money } = setUp();
  const first = check(ledger, spend([money], [pay(bob, 100n)]), [alice]);
  ledger.apply(first);
  const next = check(ledger, spend(first.created, [pay(carol, 100n)]), [bob], { ...CONTEXT, txIndex: 3 });
  assert.deepEqual(next.spent, first.created);
});

describe("refused", () => {
  const cases: [name: string, code: ProtocolErrorCode, attempt: (setup: Setup) => unknown][] = [
    [
      "an input that was never created",
      "TX_INPUT_UNKNOWN",
      ({ ledger, money }) => check(ledger, spend([{ ...money, position: 7n }], [pay(bob, 1n)]), [alice]),
    ],
    [
      "a position that holds another output than the one signed (R1)",
      "TX_INPUT_ID_MISMATCH",
      ({ ledger, money }) => {
        const other = ledger.deposit(1, 0n, alice, 1_000n);
        return check(ledger, spend([{ ...money, position: other.position }], [pay(bob, 1n)]), [alice]);
      },
    ],
    [
      "an output spent before (I2)",
      "TX_INPUT_SPENT",
      ({ ledger, money }) => {
        ledger.apply(check(ledger, spend([money], [pay(bob, 100n)]), [alice]));
        return check(ledger, spend([money], [pay(carol, 100n)]), [alice]);
      },
    ],
    [
      "a transaction that is in the chain (R2)",
      "TX_KNOWN",
      ({ ledger, money }) => {
        const transaction = spend([money], [pay(bob, 100n)]);
        ledger.apply(check(ledger, transaction, [alice]));
        return check(ledger, transaction, [alice]);
      },
    ],
    [
      "an input of the transaction's own position (R2)",
      "TX_INPUT_NOT_LOWER",
      ({ ledger, money }) => {
        const position = encodePosition({ block: 5n, txIndex: 2, outputIndex: 0 });
        ledger.apply({ txId: PLAIN, spent: [], created: [{ ...money, position }] });
        return check(ledger, spend([{ ...money, position }], [pay(bob, 1n)]), [alice]);
      },
    ],
    [
      "a deposit behind the block itself (R2)",
      "TX_INPUT_NOT_LOWER",
      ({ ledger }) => check(ledger, spend([ledger.deposit(1, 5n, alice, 1n)], [pay(bob, 1n)]), [alice]),
    ],
    [
      "a deposit that the block has not seen (R4)",
      "TX_DEPOSIT_NOT_IN_BLOCK",
      ({ ledger }) => check(ledger, spend([ledger.deposit(10, 4n, alice, 1n)], [pay(bob, 1n)]), [alice]),
    ],
    [
      "a block sealed before validAfter (R3)",
      "TX_NOT_YET_VALID",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n)], { validAfter: 10_001 }), [alice]),
    ],
    [
      "a block sealed at validBefore (R3)",
      "TX_EXPIRED",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n)], { validBefore: 10_000 }), [alice]),
    ],
    ["no signer", "TX_SIGNERS_MISMATCH", ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n)]), [])],
    [
      "another signer",
      "TX_SIGNERS_MISMATCH",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n)]), [bob]),
    ],
    [
      "a signer too many (R6)",
      "TX_SIGNERS_MISMATCH",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n)]), [alice, bob]),
    ],
    [
      "a signer too few",
      "TX_SIGNERS_MISMATCH",
      ({ ledger, money }) => {
        const other = ledger.deposit(1, 0n, bob, 1n);
        return check(ledger, spend([money, other], [pay(bob, 1n)]), [alice]);
      },
    ],
    [
      "outputs above the inputs by one",
      "TX_OVERSPEND",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 100n), pay(carol, 1n)]), [alice]),
    ],
    [
      "a token out of nothing",
      "TX_OVERSPEND",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, 1n, TOKEN)]), [alice]),
    ],
    [
      "outputs whose sum passes 2^128",
      "TX_OVERSPEND",
      ({ ledger, money }) => check(ledger, spend([money], [pay(bob, MAX), pay(bob, MAX), pay(bob, 102n)]), [alice]),
    ],
    [
      "an output that has left by an exit (R2)",
      "TX_INPUT_FINALISED",
      ({ ledger, money }) => {
        ledger.exits.set(money.outputId, { finalised: { kind: "paid" }, open: [] });
        return check(ledger, spend([money], [pay(bob, 1n)]), [alice], { ...CONTEXT, committedAt: 10_000 });
      },
    ],
    [
      "an output with an open exit while the block is built (R28)",
      "TX_INPUT_EXITING",
      ({ ledger, money }) => {
        ledger.exits.set(money.outputId, openExit({ kind: "standard", startedAt: 9_999 }));
        return check(ledger, spend([money], [pay(bob, 1n)]), [alice]);
      },
    ],
    [
      "an output that a canonical in-flight exit spends for ever, spent by its transaction too (R2)",
      "TX_INPUT_FINALISED",
      ({ ledger, money }) => {
        const transaction = spend([money], [pay(bob, 1n)]);
        const txId = txIdOf(transaction, DOMAIN);
        ledger.exits.set(money.outputId, { finalised: { kind: "spent", txId }, open: [] });
        return check(ledger, transaction, [alice], { ...CONTEXT, committedAt: 10_000 });
      },
    ],
    [
      "an input of another transaction in flight while the block is built (R28)",
      "TX_INPUT_EXITING",
      ({ ledger, money }) => {
        ledger.exits.set(money.outputId, openExit({ kind: "input", txId: PLAIN, startedAt: 9_999 }));
        return check(ledger, spend([money], [pay(bob, 1n)]), [alice]);
      },
    ],
    [
      "a piggybacked output while the block is built (R28)",
      "TX_INPUT_EXITING",
      ({ ledger, money }) => {
        const transaction = spend([money], [pay(bob, 1n)]);
        const txId = txIdOf(transaction, DOMAIN);
        ledger.exits.set(money.outputId, openExit({ kind: "output", txId, startedAt: 9_999 }));
        return check(ledger, transaction, [alice]);
      },
    ],
  ];
  for (const [name, code, attempt] of cases) test(name, () => expectCode(code, () => attempt(setUp())));
});

describe("open exits (R2)", () => {
  const STARTED_AT = 9_300;
  const codeAt = (exit: OpenExit, context: Partial<EntryContext>, transactionOf = paying): string => {
    const { ledger, money } = setUp();
    ledger.exits.set(money.outputId, openExit(exit));
    try {
      check(ledger, transactionOf(money), [alice], { ...CONTEXT, ...context });
      return "valid";
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
      return error.code;
    }
  };
  const paying = (money: LedgerOutput) => spend([money], [pay(bob, 100n)]);
  const ownId = txIdOf(paying(setUp().money), DOMAIN);
  const exits: Readonly<Record<string, readonly [exit: OpenExit, quarters: number]>> = {
    "the output's own exit": [{ kind: "standard", startedAt: STARTED_AT }, 3],
    "the in-flight exit of the spend itself": [{ kind: "input", txId: ownId, startedAt: STARTED_AT }, 3],
    "the in-flight exit of another spend": [{ kind: "input", txId: PLAIN, startedAt: STARTED_AT }, 1],
    "a piggyback on the output": [{ kind: "output", txId: PLAIN, startedAt: STARTED_AT }, 3],
  };

  for (const [name, [exit, quarters]] of Object.entries(exits)) {
    test(`${name} makes a spend invalid from ${quarters}·MEP/4 on`, () => {
      for (const minExitPeriod of [1_000, 1_001, 1_002, 1_003, 4, 1]) {
        const first = STARTED_AT + Math.ceil((quarters * minExitPeriod) / 4);
        const codes = [first - 1, first, first + 1, STARTED_AT + 9 * minExitPeriod].map((committedAt) =>
          codeAt(exit, { committedAt, minExitPeriod }),
        );
        assert.deepEqual(codes, ["valid", "TX_INPUT_EXITING", "TX_INPUT_EXITING", "TX_INPUT_EXITING"]);
      }
    });
  }

  test("a transaction in flight may be put into a block that is opened before MEP/4 (R28)", () => {
    const own: OpenExit = { kind: "input", txId: ownId, startedAt: STARTED_AT };
    assert.equal(codeAt(own, { sealedAt: STARTED_AT + 249 }), "valid");
    assert.equal(codeAt(own, { sealedAt: STARTED_AT + 250 }), "TX_INPUT_EXITING");
  });

  test("any of several exits that forbids a spend makes it invalid, whatever their order", () => {
    const timeArb = fc.integer({ min: 8_000, max: 12_000 });
    const exitArb: fc.Arbitrary<OpenExit> = fc.oneof(
      timeArb.map((startedAt) => ({ kind: "standard" as const, startedAt })),
      fc.record({
        kind: fc.constantFrom("input" as const, "output" as const),
        txId: fc.constantFrom(ownId, PLAIN),
        startedAt: timeArb,
      }),
    );
    // The rule by its letter, in quarters of seconds.
    const forbids = (exit: OpenExit, committedAt: number, period: number) => {
      const elapsed = 4 * (committedAt - exit.startedAt);
      return elapsed >= 3 * period || (exit.kind === "input" && exit.txId !== ownId && elapsed >= period);
    };
    const attemptArb = fc.tuple(
      fc.array(exitArb, { maxLength: 4 }),
      timeArb,
      fc.integer({ min: 1, max: 4_000 }),
      fc.option(fc.constantFrom<Finalisation>({ kind: "paid" }, { kind: "spent", txId: ownId }), { nil: undefined }),
    );
    fc.assert(
      fc.property(attemptArb, ([open, committedAt, minExitPeriod, finalised]) => {
        const { ledger, money } = setUp();
        ledger.exits.set(money.outputId, { finalised, open });
        const attempt = () =>
          check(ledger, paying(money), [alice], { ...CONTEXT, committedAt, minExitPeriod }).spent.length;
        if (finalised !== undefined) expectCode("TX_INPUT_FINALISED", attempt);
        else if (open.some((exit) => forbids(exit, committedAt, minExitPeriod)))
          expectCode("TX_INPUT_EXITING", attempt);
        else assert.equal(attempt(), 1);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("windows include validAfter and the second before validBefore (R3)", () => {
  const { ledger, money } = setUp();
  const transaction = spend([money], [pay(bob, 100n)], { validAfter: 10_000, validBefore: 10_001 });
  assert.equal(check(ledger, transaction, [alice]).created.length, 1);
});

test("one signature serves all inputs of one owner", () => {
  const { ledger, money } = setUp();
  const other = ledger.deposit(1, 0n, alice, 1n);
  assert.deepEqual(check(ledger, spend([money, other], [pay(bob, 101n)]), [alice]).fees, new Map());
});

test("sums of inputs are exact beyond 2^128", () => {
  const inputs = [pay(alice, MAX), pay(alice, MAX)];
  assert.deepEqual(feesOf(inputs, [pay(bob, MAX)]), new Map([[ETH, MAX]]));
});

describe("fee claims (R5)", () => {
  const fees = new Map([
    [ETH, 10n],
    [TOKEN, 3n],
  ]);
  const claim = { blockNumber: 5n, token: ETH, owner: carol, amount: 10n };
  const tokenClaim = { ...claim, token: TOKEN, amount: 2n };

  test("may take the fees of each token once, or less", () => {
    checkFeeClaim(claim, undefined, 5n, fees);
    checkFeeClaim(tokenClaim, claim, 5n, fees);
    const effects = feeClaimEffects(claim, feeClaimIdOf(claim, DOMAIN), { block: 5n, txIndex: 9 });
    const outputId = outputIdOf(feeClaimIdOf(claim, DOMAIN), 0, pay(carol, 10n));
    const position = encodePosition({ block: 5n, txIndex: 9, outputIndex: 0 });
    assert.deepEqual(effects.created, [{ position, outputId, output: pay(carol, 10n) }]);
    assert.deepEqual(effects.spent, []);
  });

  test("are refused above the fees, twice, out of order, for another block, without fees", () => {
    expectCode("FEE_CLAIM_TOO_HIGH", () => checkFeeClaim({ ...claim, amount: 11n }, undefined, 5n, fees));
    expectCode("FEE_CLAIM_TOO_HIGH", () => checkFeeClaim({ ...claim, token: bob, amount: 1n }, undefined, 5n, fees));
    expectCode("FEE_CLAIM_TOKEN_ORDER", () => checkFeeClaim(claim, claim, 5n, fees));
    expectCode("FEE_CLAIM_TOKEN_ORDER", () => checkFeeClaim(claim, tokenClaim, 5n, fees));
    expectCode("FEE_CLAIM_WRONG_BLOCK", () => checkFeeClaim({ ...claim, blockNumber: 4n }, undefined, 5n, fees));
  });
});

test("positions of deposits lie between blocks", () => {
  const { ledger } = setUp();
  const deposit = ledger.deposit(3, 4n, alice, 5n);
  assert.equal(deposit.position, depositPosition(3, 4n));
  const first = { ...CONTEXT, txIndex: 0 };
  assert.equal(check(ledger, spend([deposit], [pay(bob, 5n)]), [alice], first).spent.length, 1);
});
