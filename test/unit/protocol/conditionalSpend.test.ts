import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "viem";
import type { Reveal } from "../../../protocol/condition.ts";
import { portableCrypto, ZERO_ADDRESS } from "../../../protocol/hashing.ts";
import type { LedgerOutput } from "../../../protocol/ledger.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { outputIdOf, PLAIN } from "../../../protocol/output.ts";
import { checkTransaction, type EntryContext } from "../../../protocol/stateTransition.ts";
import { encodeBody, type Transaction } from "../../../protocol/transaction.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { testAccounts } from "../../support/accounts.ts";
import { assemble } from "../../support/assembler.ts";
import { createTestConditions, locked, PASSWORD, unlock } from "../../support/conditions.ts";
import { expectCode } from "../../support/expectCode.ts";
import { createTestLedger, DOMAIN, pay, spend } from "../../support/ledger.ts";

const [alice, bob] = testAccounts(2).map(({ address }) => address) as [Address, Address];
const CONTEXT: EntryContext = { block: 5n, txIndex: 2, sealedAt: 10_000, depositCount: 10, minExitPeriod: 1_000 };

const conditions = createTestConditions();
const password = conditions.register(PASSWORD, 3n);
/** Says yes, and takes 110,000 gas or a little more for it. */
const costly = conditions.register(
  assemble(
    "PUSH2 4000 loop: JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH1 @loop JUMPI PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN",
  ),
  3n,
);
const unregistered: Address = "0x00000000000000000000000000000000000000ee";

const WORD = "open sesame";
const ledger = createTestLedger(conditions);
const plain = ledger.deposit(0, 0n, alice, 100n);
let made = 0;
const create = (output: LedgerOutput["output"]): LedgerOutput => {
  const position = BigInt(++made);
  const created = { position, outputId: outputIdOf(PLAIN, made, output), output };
  ledger.apply({ txId: PLAIN, spent: [], created: [created] });
  return created;
};
const guarded = create(locked(password, WORD, 5n, bob));
const ownerless = create(locked(password, WORD, 5n, ZERO_ADDRESS));

interface Attempt {
  readonly inputs?: readonly LedgerOutput[];
  readonly signers?: readonly Address[];
  readonly reveals?: readonly Reveal[];
  readonly block?: bigint;
}

const open: Reveal = unlock(password, 0, WORD);

/** Judges a spend whose conditions were asked, where they can be. */
async function judge({ inputs = [guarded], signers = [], reveals = [open], block = CONTEXT.block }: Attempt = {}) {
  const transaction: Transaction = spend(inputs, [pay(bob, 1n)]);
  const asked = { body: encodeBody(transaction), spent: inputs.map(({ output }) => output), signers, reveals };
  await conditions.prepare(asked).catch(() => {});
  const recovered = { transaction, signatures: [], reveals, txId: txIdOf(transaction, DOMAIN), signers };
  return () => checkTransaction(recovered, { ...CONTEXT, block }, ledger, portableCrypto.keccak256);
}

describe("a conditional output is spent", () => {
  const accepted: [name: string, attempt: Attempt][] = [
    ["by whoever shows what its condition asks for, signed by nobody", {}],
    ["whoever signs besides (R6)", { signers: [alice] }],
    ["without a refund address, too (R17)", { inputs: [ownerless] }],
    ["beside a plain one, whose owner signs", { inputs: [guarded, plain], signers: [alice] }],
    ["beside a plain one, with more signers than its owner", { inputs: [guarded, plain], signers: [alice, bob] }],
    ["beside another one", { inputs: [guarded, ownerless], reveals: [open, { ...open, inputIndex: 1 }] }],
    ["in the block after that of the registration (R9)", { block: 4n }],
  ];
  for (const [name, attempt] of accepted) {
    test(name, async () => {
      const effects = (await judge(attempt))();
      assert.deepEqual(effects.spent, attempt.inputs ?? [guarded]);
    });
  }

  test("by a word of 1,024 bytes", async () => {
    const long = "w".repeat(LIMITS.maxRevealBytes);
    const inputs = [create(locked(password, long, 5n, bob))];
    assert.equal((await judge({ inputs, reveals: [unlock(password, 0, long)] }))().spent.length, 1);
  });

  test("by a costly condition alone", async () => {
    const inputs = [create(locked(costly, WORD, 5n, bob))];
    assert.equal((await judge({ inputs, reveals: [unlock(costly, 0, WORD)] }))().spent.length, 1);
  });
});

test("a conditional output may be created by anyone, before its condition is registered", async () => {
  const output = locked(unregistered, WORD, 5n, bob);
  const transaction = spend([plain], [output]);
  const signers = [alice];
  const recovered = { transaction, signatures: [], reveals: [], txId: txIdOf(transaction, DOMAIN), signers };
  assert.deepEqual(checkTransaction(recovered, CONTEXT, ledger).created[0]?.output, output);
});

describe("refused", () => {
  const other: Reveal = { ...open, inputIndex: 1 };
  const costlyInputs = [create(locked(costly, WORD, 5n, bob)), create(locked(costly, WORD, 5n, bob))];
  const costlyReveals = [unlock(costly, 0, WORD), unlock(costly, 1, WORD)];
  const cases: [name: string, code: Parameters<typeof expectCode>[0], attempt: Attempt][] = [
    ["nothing revealed", "TX_CONDITION_UNREVEALED", { reveals: [] }],
    [
      "nothing revealed, though the refund address signs (R17)",
      "TX_CONDITION_UNREVEALED",
      { reveals: [], signers: [bob] },
    ],
    ["another input revealed", "TX_CONDITION_UNREVEALED", { reveals: [other] }],
    ["an input too many revealed", "TX_CONDITION_UNREVEALED", { reveals: [open, other] }],
    ["a plain input revealed", "TX_CONDITION_UNREVEALED", { inputs: [plain], signers: [alice] }],
    [
      "a plain input revealed beside a conditional one",
      "TX_CONDITION_UNREVEALED",
      { inputs: [guarded, plain], signers: [alice], reveals: [open, other] },
    ],
    ["one of two inputs revealed", "TX_CONDITION_UNREVEALED", { inputs: [guarded, ownerless] }],
    ["other params", "TX_CONDITION_MISMATCH", { reveals: [unlock(password, 0, "another", WORD)] }],
    ["another condition", "TX_CONDITION_MISMATCH", { reveals: [unlock(costly, 0, WORD)] }],
    [
      "a condition that is not registered",
      "TX_CONDITION_NOT_REGISTERED",
      { inputs: [create(locked(unregistered, WORD, 5n, bob))], reveals: [unlock(unregistered, 0, WORD)] },
    ],
    ["a condition registered behind the block itself (R9)", "TX_CONDITION_NOT_REGISTERED", { block: 3n }],
    ["a wrong word", "TX_CONDITION_REFUSED", { reveals: [unlock(password, 0, WORD, "close sesame")] }],
    [
      "a wrong word, though the refund address signs",
      "TX_CONDITION_REFUSED",
      {
        reveals: [unlock(password, 0, WORD, "close sesame")],
        signers: [bob],
      },
    ],
    [
      "a wrong word for the second of two",
      "TX_CONDITION_REFUSED",
      { inputs: [guarded, ownerless], reveals: [open, unlock(password, 1, WORD, "close sesame")] },
    ],
    ["more than 200,000 gas together", "TX_CONDITION_GAS", { inputs: costlyInputs, reveals: costlyReveals }],
    ["a plain input beside it whose owner does not sign", "TX_SIGNERS_MISMATCH", { inputs: [guarded, plain] }],
  ];
  for (const [name, code, attempt] of cases) test(name, async () => expectCode(code, await judge(attempt)));

  test("more out than in", async () => {
    const transaction = spend([guarded], [pay(bob, 6n)]);
    const spent = [guarded.output];
    await conditions.prepare({ body: encodeBody(transaction), spent, signers: [], reveals: [open] });
    const recovered = { transaction, signatures: [], reveals: [open], txId: txIdOf(transaction, DOMAIN), signers: [] };
    expectCode("TX_OVERSPEND", () => checkTransaction(recovered, CONTEXT, ledger));
  });
});
