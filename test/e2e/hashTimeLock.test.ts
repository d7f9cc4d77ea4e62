import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { parseEther } from "viem";
import { fromHex } from "../../protocol/bytes.ts";
import type { Deposited, NextSteps, StartedInFlight, TestNetwork } from "../support/devNetwork.ts";
import { startTestNetwork } from "../support/devNetwork.ts";
import {
  type Guarded,
  type GuardedSpend,
  holdings,
  openFile,
  processAll,
  refusals,
  takeAll,
  takeToL1,
} from "../support/guarded.ts";
import { auditMoney } from "../support/moneyAudit.ts";

const HOUR = 3_600;

// Two chains, each on an Ethereum of its own: alice has ETH on the one, bob on the other.
const one = await startTestNetwork();
after(() => one.close());
const two = await startTestNetwork();
after(() => two.close());

const first = join(one.data, "first.json");
const second = join(two.data, "second.json");
const secretFile = join(two.data, "secret.json");

const pass = async (seconds: number) => {
  for (const network of [one, two]) await network.pass(seconds);
};

/** Alice and bob: ETH on chain one, then on chain two. */
const everything = () => {
  const of = async (network: TestNetwork, name: string) => (await holdings(network, name))[0];
  return Promise.all([of(one, "alice"), of(one, "bob"), of(two, "alice"), of(two, "bob")]);
};

/** What each has more than before. */
const gains = (before: readonly bigint[], now: readonly bigint[]) =>
  now.map((sum, index) => sum - (before[index] ?? 0n));

/** Alice locks 1 ETH on chain one, until six hours from now. */
async function lockFirst(): Promise<Guarded> {
  const locked = await one.ok<Guarded>("htlc", "lock", "bob", "1", "eth", "--until", "+6h", "--out", first);
  await one.ok("htlc", "accept", first, "--account", "bob", "--trust-operator");
  return locked;
}

/** Bob answers with 2 ETH on chain two, until two hours from now. */
async function lockSecond(): Promise<Guarded> {
  const answer = ["--until", "+2h", "--answer", first, "--out", second, "--account", "bob"];
  const locked = await two.ok<Guarded>("htlc", "lock", "alice", "2", "eth", ...answer);
  await two.ok("htlc", "accept", second, "--trust-operator");
  return locked;
}

const claimSecond = (...more: readonly string[]) =>
  two.ok<GuardedSpend>("htlc", "claim", second, "--secret", secretFile, ...more);

const claimFirst = (...more: readonly string[]) =>
  one.ok<GuardedSpend>("htlc", "claim", first, "--secret", secretFile, "--account", "bob", ...more);

test("a swap between two chains: each gets the other's money, or both their own", async (t) => {
  await one.ok<Deposited>("deposit", "10", "eth", "--wait");
  await two.ok<Deposited>("deposit", "20", "eth", "--account", "bob", "--wait");

  await t.test("nobody puts money under a condition that is not registered", async () => {
    await one.fails("CONDITION_UNREGISTERED", 3, "htlc", "lock", "bob", "1", "eth", "--until", "+6h");
    for (const network of [one, two]) {
      const quote = await network.ok<{ transactions: { gas: string }[] }>(
        ...["condition", "register", "hashTimeLock", "--dry-run"],
      );
      assert.ok(Number(quote.transactions[0]?.gas) > 100_000);
      const registered = await network.ok<{ isFinal: boolean; condition: string }>(
        "condition",
        "register",
        "hashTimeLock",
      );
      assert.equal(registered.isFinal, true);
      const { conditions } = await network.ok<{ conditions: { name: string; registered: boolean }[] }>(
        "condition",
        "list",
      );
      assert.deepEqual(
        conditions.filter((row) => row.registered).map(({ name }) => name),
        ["hashTimeLock"],
      );
      const again = await network.ok<{ transactionHash: string | null }>("condition", "register", "hashTimeLock");
      assert.equal(again.transactionHash, null);
    }
  });

  await t.test("both honest: alice shows the secret on chain two, and bob uses it on chain one", async () => {
    const before = await everything();
    await lockFirst();
    await lockSecond();
    await one.ok("htlc", "secret", first, "--out", secretFile);
    await claimSecond();
    const found = await two.ok<{ own: boolean }>("htlc", "secret", second, "--out", secretFile, "--account", "bob");
    assert.equal(found.own, false);
    await claimFirst();
    assert.deepEqual(gains(before, await everything()), [
      -parseEther("1"),
      parseEther("1"),
      parseEther("2"),
      -parseEther("2"),
    ]);
  });

  await t.test("unsafe terms are refused before any money moves", async () => {
    const lock = (...more: readonly string[]) => ["htlc", "lock", "alice", "2", "eth", "--account", "bob", ...more];
    await two.fails("LOCK_TOO_SHORT", 2, ...lock("--until", "+20min"));
    await two.fails("SWAP_MARGIN_TOO_SHORT", 2, ...lock("--until", "+5h", "--answer", first));
    await two.fails("USAGE", 2, ...lock("--until", "tomorrow"));
    await one.fails("BLOCK_NOT_VALIDATED", 3, "htlc", "accept", first, "--account", "bob");
    await two.fails("PROOF_WRONG_CHAIN", 3, "htlc", "accept", first, "--trust-operator");
  });

  await t.test("bob never answers: alice has her money back, and not earlier", async () => {
    const before = await everything();
    const { position } = await lockFirst();
    const lock = openFile(first);
    await one.fails("REFUND_TOO_EARLY", 3, "htlc", "refund", position);
    const early = takeAll(lock, one.address("alice"));
    assert.deepEqual(await refusals(one, "alice", lock, early), ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"]);
    await pass(6 * HOUR);
    await one.fails("NOT_SIGNER", 3, "htlc", "refund", position, "--account", "bob");
    await one.ok<GuardedSpend>("htlc", "refund", position);
    assert.deepEqual(gains(before, await everything()), [0n, 0n, 0n, 0n]);
  });

  await t.test("alice never claims: both have their money back", async () => {
    const before = await everything();
    const { position } = await lockFirst();
    const answer = await lockSecond();
    await pass(2 * HOUR);
    await two.ok<GuardedSpend>("htlc", "refund", answer.position, "--account", "bob");
    await pass(4 * HOUR);
    await one.ok<GuardedSpend>("htlc", "refund", position);
    assert.deepEqual(gains(before, await everything()), [0n, 0n, 0n, 0n]);
  });

  await t.test("alice claims too late: her wallet warns her, and bob's refund wins", async () => {
    const before = await everything();
    const { position } = await lockFirst();
    const answer = await lockSecond();
    await one.ok("htlc", "secret", first, "--out", secretFile);
    await pass(1.5 * HOUR);
    await two.fails("CLAIM_TOO_LATE", 3, "htlc", "claim", second, "--secret", secretFile);
    await pass(0.5 * HOUR);
    await two.ok<GuardedSpend>("htlc", "refund", answer.position, "--account", "bob");
    await two.fails("TX_INPUT_SPENT", 3, "htlc", "claim", second, "--secret", secretFile, "--anyway");
    await pass(4 * HOUR);
    await one.ok<GuardedSpend>("htlc", "refund", position);
    assert.deepEqual(gains(before, await everything()), [0n, 0n, 0n, 0n]);
  });

  await t.test(
    "alice claims after bob's time, before his refund: bob still has hours to claim on chain one",
    async () => {
      const before = await everything();
      await lockFirst();
      await lockSecond();
      await one.ok("htlc", "secret", first, "--out", secretFile);
      await pass(2.5 * HOUR);
      await claimSecond("--anyway");
      await two.ok("htlc", "secret", second, "--out", secretFile, "--account", "bob");
      await claimFirst();
      assert.deepEqual(gains(before, await everything()), [
        -parseEther("1"),
        parseEther("1"),
        parseEther("2"),
        -parseEther("2"),
      ]);
    },
  );

  await t.test(
    "bob does not have the secret: no chain takes another one, nor alice's money to somebody else",
    async () => {
      const before = await everything();
      const { position } = await lockFirst();
      const lock = openFile(first);
      await one.fails("CONDITION_ARGS_INVALID", 3, "htlc", "claim", first, "--secret", secretFile, "--account", "bob");
      await one.fails("SECRET_UNKNOWN", 3, "htlc", "secret", first, "--account", "bob");
      const guess = takeAll(lock, one.address("bob"), { args: fromHex(`0x${"07".repeat(32)}`) });
      assert.deepEqual(await refusals(one, "bob", lock, guess), ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"]);
      const { secret } = await one.ok<{ secret: `0x${string}` }>("htlc", "secret", first);
      const stolen = takeAll(lock, one.address("carol"), { args: fromHex(secret) });
      assert.deepEqual(await refusals(one, "carol", lock, stolen), ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"]);
      await pass(6 * HOUR);
      await one.ok<GuardedSpend>("htlc", "refund", position);
      assert.deepEqual(gains(before, await everything()), [0n, 0n, 0n, 0n]);
    },
  );
});

describe("with both operators gone", () => {
  test("the swap ends on Ethereum: the secret is read from alice's exit, and a lock without a claim goes back", async () => {
    const { txId } = await lockFirst();
    await lockSecond();
    const unclaimed = await two.ok<Guarded>(
      ...["htlc", "lock", "alice", "3", "eth", "--until", "+5h", "--account", "bob"],
    );
    await one.ok("htlc", "secret", first, "--out", secretFile);
    for (const network of [one, two]) await network.operator.stop("SIGKILL");
    const audits = [await auditMoney(one), await auditMoney(two)] as const;

    await two.fails("OPERATOR_UNREACHABLE", 4, "htlc", "claim", second, "--secret", secretFile);
    const claimed = await claimSecond("--offline");
    await takeToL1(two, claimed.txId, "alice", ["bob"]);
    const found = await two.ok<{ own: boolean }>("htlc", "secret", second, "--out", secretFile, "--account", "bob");
    assert.equal(found.own, false);

    // Alice would take her own lock to Ethereum before bob's claim; but it stands in a block, and bob's wallet can show that.
    const { bond } = await one.ok<StartedInFlight>("exit", "in-flight", txId, "--pieces", "out0");
    const [theft] = (await one.ok<NextSteps>("exit", "next", "--account", "bob")).inFlight;
    assert.deepEqual([theft?.txId, theft?.steps[0]?.action, theft?.steps[0]?.pieces], [txId, "challenge", ["out0"]]);
    await one.ok("challenge", txId, "--piece", "out0", "--account", "bob");
    const bobs = await claimFirst("--offline");
    await takeToL1(one, bobs.txId, "bob", ["alice"]);
    await processAll(one);

    await two.fails("REFUND_TOO_EARLY", 3, "htlc", "refund", unclaimed.position, "--account", "bob", "--offline");
    await processAll(two);
    await two.pass(5 * HOUR);
    const refund = await two.ok<GuardedSpend>(
      ...["htlc", "refund", unclaimed.position, "--account", "bob", "--offline"],
    );
    await takeToL1(two, refund.txId, "bob", []);
    await processAll(two);

    assert.deepEqual(await audits[0].gains(), {
      alice: -BigInt(bond),
      bob: parseEther("1") + BigInt(bond),
      carol: 0n,
    });
    assert.deepEqual(await audits[1].gains(), { alice: parseEther("2"), bob: parseEther("3"), carol: 0n });
  });
});
