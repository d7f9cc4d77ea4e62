import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { keccak256 } from "viem";
import { GENESIS, type SealedBlock } from "../../../protocol/block.ts";
import { type BlockContext, executeBlock } from "../../../protocol/blockExecution.ts";
import { toHex } from "../../../protocol/bytes.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { encodeFeeClaim } from "../../../protocol/feeClaim.ts";
import { createOverlay, type LedgerOutput } from "../../../protocol/ledger.ts";
import { leafHash, merkleTree } from "../../../protocol/merkle.ts";
import { ETH } from "../../../protocol/output.ts";
import { type Signer, signTransaction } from "../../../protocol/signature.ts";
import { decodeSignedTransaction, encodeSignedTransaction, type Transaction } from "../../../protocol/transaction.ts";
import { feeClaimIdOf, txIdOf } from "../../../protocol/typedData.ts";
import { testAccounts } from "../../support/accounts.ts";
import { codeOf, expectCode } from "../../support/expectCode.ts";
import { createTestLedger, DOMAIN, pay, spend, type TestLedger, TOKEN } from "../../support/ledger.ts";

const accounts = testAccounts(5);
const [alice, bob] = accounts as [Signer, Signer];
const CONTEXT: BlockContext = { domain: DOMAIN, parent: GENESIS, minExitPeriod: 1_000, committedAt: 200 };

const sign = async (transaction: Transaction, signers: readonly Signer[]): Promise<Uint8Array> =>
  encodeSignedTransaction(await signTransaction(transaction, DOMAIN, signers));

/** The block that an honest operator would seal over these entries. */
function seal(entries: readonly Uint8Array[], number = 1n): SealedBlock {
  const leaves = entries.map((entry) => {
    if (entry[0] === 2) return leafHash(feeClaimIdOf(decodeClaim(entry), DOMAIN), keccak256("0x"));
    const { transaction, bodyLength } = decodeSignedTransaction(entry);
    return leafHash(txIdOf(transaction, DOMAIN), keccak256(toHex(entry, bodyLength)));
  });
  const root = merkleTree(leaves).root;
  return { number, root, txCount: entries.length, sealedAt: 100, depositCount: 50, depositHash: root };
}

const decodeClaim = (bytes: Uint8Array) => ({
  blockNumber: BigInt(toHex(bytes, 1, 9)),
  token: toHex(bytes, 9, 29),
  owner: toHex(bytes, 29, 49),
  amount: BigInt(toHex(bytes, 49)),
});

async function setUp(): Promise<{ ledger: TestLedger; money: LedgerOutput; payment: Uint8Array; claim: Uint8Array }> {
  const ledger = createTestLedger();
  const money = ledger.deposit(0, 0n, alice.address, 100n);
  const payment = await sign(spend([money], [pay(bob.address, 90n)]), [alice]);
  const claim = encodeFeeClaim({ blockNumber: 1n, token: ETH, owner: bob.address, amount: 10n });
  return { ledger, money, payment, claim };
}

test("a block's payments and claims are executed, and its root is recomputed (I11)", async () => {
  const { ledger, money, payment, claim } = await setUp();
  const block = seal([payment, claim]);
  const { entries, fees, tree } = executeBlock(block, [payment, claim], CONTEXT, ledger);
  assert.equal(tree.root, block.root);
  assert.deepEqual(fees, new Map([[ETH, 10n]]));
  assert.deepEqual(
    entries.map(({ content, txIndex }) => [content.kind, txIndex]),
    [
      ["transaction", 0],
      ["feeClaim", 1],
    ],
  );
  assert.deepEqual(entries[0]?.spent, [money]);
  assert.deepEqual(
    entries.flatMap(({ created }) => created.map(({ output }) => output)),
    [pay(bob.address, 90n), pay(bob.address, 10n)],
  );
  assert.equal(ledger.isSpent(money.position), false, "the view is left as it was");
});

test("an empty block has root zero (R3)", () => {
  const { entries, tree } = executeBlock(seal([]), [], CONTEXT, createTestLedger());
  assert.deepEqual(entries, []);
  assert.equal(tree.root, seal([]).root);
});

describe("refused", () => {
  type Attempt = Awaited<ReturnType<typeof setUp>>;
  const run = ({ ledger }: Attempt, entries: Uint8Array[], changes: Partial<SealedBlock> = {}, context = CONTEXT) =>
    executeBlock({ ...seal(entries), ...changes }, entries, context, ledger);
  const cases: [name: string, code: ProtocolErrorCode, attempt: (setup: Attempt) => unknown][] = [
    ["a number that does not follow", "BLOCK_NUMBER_MISMATCH", (setup) => run(setup, [], { number: 2n })],
    [
      "a seal before the parent's",
      "BLOCK_SEALED_AT_DECREASED",
      (setup) => run(setup, [], {}, { ...CONTEXT, parent: { ...GENESIS, sealedAt: 101 } }),
    ],
    [
      "fewer deposits than the parent",
      "BLOCK_DEPOSIT_COUNT_DECREASED",
      (setup) => run(setup, [], {}, { ...CONTEXT, parent: { ...GENESIS, depositCount: 51 } }),
    ],
    ["another count", "BLOCK_TX_COUNT_MISMATCH", (setup) => run(setup, [setup.payment], { txCount: 2 })],
    ["another root", "BLOCK_ROOT_MISMATCH", (setup) => run(setup, [setup.payment], { root: seal([]).root })],
    ["a payment twice", "TX_KNOWN", (setup) => run(setup, [setup.payment, setup.payment])],
    ["a claim before its fees", "FEE_CLAIM_TOO_HIGH", (setup) => run(setup, [setup.claim, setup.payment])],
    ["a claim twice", "FEE_CLAIM_TOKEN_ORDER", (setup) => run(setup, [setup.payment, setup.claim, setup.claim])],
    [
      "a claim of another block",
      "FEE_CLAIM_WRONG_BLOCK",
      (setup) => {
        const claim = encodeFeeClaim({ ...decodeClaim(setup.claim), blockNumber: 2n });
        return run(setup, [setup.payment, claim]);
      },
    ],
    [
      "an entry that does not decode",
      "TX_TYPE_UNKNOWN",
      ({ ledger }) => executeBlock({ ...seal([]), txCount: 1 }, [Uint8Array.of(3)], CONTEXT, ledger),
    ],
  ];
  for (const [name, code, attempt] of cases) {
    test(name, async () => {
      const setup = await setUp();
      expectCode(code, () => attempt(setup));
    });
  }

  test("a payment behind a claim", async () => {
    const setup = await setUp();
    const other = setup.ledger.deposit(1, 0n, bob.address, 5n);
    const late = await sign(spend([other], [pay(alice.address, 5n)]), [bob]);
    expectCode("FEE_CLAIM_NOT_LAST", () => run(setup, [setup.payment, setup.claim, late]));
  });

  test("with the index of the entry in the details", async () => {
    const { ledger, payment } = await setUp();
    const block = seal([payment, payment]);
    assert.throws(() => executeBlock(block, [payment, payment], CONTEXT, ledger), {
      details: { txIndex: 1, txId: txIdOf(decodeSignedTransaction(payment).transaction, DOMAIN) },
    });
  });
});

test("a flip of any byte of an entry is noticed (I11)", async () => {
  const { ledger, payment, claim } = await setUp();
  const entries = [payment, claim];
  const block = seal(entries);
  for (const [index, entry] of entries.entries()) {
    for (let at = 0; at < entry.length; at++) {
      const changed = entry.map((byte, other) => (other === at ? byte ^ 1 : byte));
      assert.notEqual(
        codeOf(() => executeBlock(block, entries.with(index, changed), CONTEXT, ledger)),
        undefined,
      );
    }
  }
});

test("whatever is paid, money is neither made nor lost (I1), and every block is executed alike from its bytes (I11)", async () => {
  // Payments chosen at random over the unspent outputs, in ETH and a token, several blocks in a row.
  const stepArb = fc.record({
    inputs: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    outputs: fc.array(fc.record({ owner: fc.nat(4), share: fc.integer({ min: 1, max: 100 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(stepArb, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
      async (blocks) => {
        const ledger = createTestLedger();
        const unspent = new Map<bigint, LedgerOutput>();
        const deposited = new Map([
          [ETH, 0n],
          [TOKEN, 0n],
        ]);
        for (const [index, { address }] of accounts.entries()) {
          const token = index % 2 === 0 ? ETH : TOKEN;
          const output = ledger.deposit(index, 0n, address, 1_000n, token);
          unspent.set(output.position, output);
          deposited.set(token, (deposited.get(token) ?? 0n) + 1_000n);
        }
        const unclaimed = new Map([
          [ETH, 0n],
          [TOKEN, 0n],
        ]);
        let parent: BlockContext["parent"] = GENESIS;
        for (const steps of blocks) {
          const entries: Uint8Array[] = [];
          const pending = createOverlay(ledger);
          for (const step of steps) {
            const candidates = [...unspent.values()].filter(({ position }) => !pending.isSpent(position));
            const chosen = new Set(step.inputs.map((seed) => candidates[seed % candidates.length]));
            const inputs = [...chosen].filter((output) => output !== undefined);
            const outputs = [ETH, TOKEN].flatMap((token) => {
              const total = inputs.reduce((sum, { output }) => sum + (output.token === token ? output.amount : 0n), 0n);
              const shares = step.outputs.map(({ owner, share }) => ({
                owner,
                amount: (total * BigInt(share)) / 300n,
              }));
              return shares
                .filter(({ amount }) => amount > 0n)
                .map(({ owner, amount }) => pay(accounts[owner]?.address ?? ETH, amount, token));
            });
            if (inputs.length === 0 || outputs.length === 0) continue;
            const owners = new Set(inputs.map(({ output }) => output.owner));
            entries.push(
              await sign(
                spend(inputs, outputs),
                accounts.filter(({ address }) => owners.has(address)),
              ),
            );
            pending.apply({ txId: ETH, spent: inputs, created: [] });
          }
          const block = { ...seal(entries, parent.number + 1n), sealedAt: 100 };
          const context = { ...CONTEXT, parent };
          const executed = executeBlock(block, entries, context, ledger);
          assert.deepEqual(executeBlock(block, entries, context, ledger).entries, executed.entries);
          for (const entry of executed.entries) {
            ledger.apply(entry);
            for (const { position } of entry.spent) assert.ok(unspent.delete(position), "spent once");
            for (const output of entry.created) unspent.set(output.position, output);
          }
          for (const [token, fee] of executed.fees) unclaimed.set(token, (unclaimed.get(token) ?? 0n) + fee);
          for (const [token, sum] of deposited) {
            const held = [...unspent.values()].reduce(
              (total, { output }) => total + (output.token === token ? output.amount : 0n),
              0n,
            );
            assert.equal(held + (unclaimed.get(token) ?? 0n), sum);
          }
          parent = block;
        }
      },
    ),
    { numRuns: 15 },
  );
});
