import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { ETHER, type HostileStory, type Person, startHostileStory } from "../support/hostileStory.ts";
import { type L1, startL1 } from "../support/l1.ts";
import { BLOCK_TIME } from "../support/l1Clock.ts";
import type { Misdeed } from "../support/misdeeds.ts";
import { until } from "../support/rpc.ts";
import { PERIOD } from "../support/watchedChain.ts";
import {
  alertsOf,
  startTestWatcher,
  type TestWatcher,
  untilVerified,
  type VerificationJson,
} from "../support/watcher.ts";

/** What the honest ones hold once alice has paid 1 ETH to bob; in L1's ETH that is what they must end with. */
const WHOLE = { alice: 7n * ETHER, bob: 3n * ETHER, carol: 3n * ETHER } as const;
/** The rest of what was deposited. */
const THIEFS_OWN = 2n * ETHER;

/** Blocks that are known to be bad as soon as they are seen, and whether the thief takes to L1 at once what it made up. */
const BAD_BLOCKS: readonly [misdeed: Misdeed, event: string, rule: string, takes: boolean][] = [
  ["mint", "INVALID_BLOCK", "TX_INPUT_UNKNOWN", true],
  ["doubleSpend", "INVALID_BLOCK", "TX_INPUT_SPENT", true],
  ["changeAmount", "INVALID_BLOCK", "TX_SIGNERS_MISMATCH", false],
  ["forgeSignature", "INVALID_BLOCK", "TX_SIGNERS_MISMATCH", true],
  ["claimFees", "WRONG_FEE_CLAIM", "FEE_CLAIM_TOO_HIGH", true],
  ["miscount", "WRONG_COUNT_OR_PARENT", "BLOCK_TX_COUNT_MISMATCH", false],
];

describe("an operator that turns bad", () => {
  let l1: L1;
  before(async () => {
    l1 = await startL1();
  });
  after(() => l1.close());

  for (const [misdeed, event, rule, takes] of BAD_BLOCKS) {
    it(`${misdeed}: ${event}, and everybody leaves before what stems from it`, async (test) => {
      const story = await startHostileStory(test, l1);
      await story.operator.turn();
      await story.pay("alice", story.ofAlice, "bob", ETHER);
      const block = await story.commit(misdeed);
      if (takes) await story.operator.takeInvention();
      for (const watcher of Object.values(story.watchers)) {
        const { subject, details } = await story.alert(watcher, event);
        assert.deepEqual([subject, details.rule], [`block ${block}`, rule]);
      }
      await allWhole(test, story, event);
    });
  }

  it("exits what it has spent: the exit is challenged, and the chain goes on", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.exitSpentDeposit();
    await story.alert(story.watchers.alice, "INVALID_STANDARD_EXIT");
    for (const person of ["alice", "bob", "carol"] as const) await story.leave(person, story.operator.urls[0]);
    await allWhole(test, story, "INVALID_STANDARD_EXIT", { alice: 8n * ETHER, bob: 2n * ETHER, carol: 3n * ETHER });
  });

  it("reorder: a payment out of the change of another before that one", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    const change = await story.pay("alice", story.ofAlice, "bob", ETHER);
    await story.pay("alice", change, "bob", ETHER);
    await story.commit("reorder");
    const { details } = await story.alert(story.watchers.bob, "INVALID_BLOCK");
    assert.deepEqual([details.rule, details.txIndex], ["TX_INPUT_NOT_LOWER", 0]);
    // The second payment means an output at a place where it does not stand: it is none (R1).
    await allWhole(test, story, "INVALID_BLOCK");
  });

  /** Lets the time pass after which a block that nobody has seen counts as withheld (R24). */
  const untilWithheld = async (story: HostileStory, block: bigint, ...watchers: readonly TestWatcher[]) => {
    for (const { rpc } of watchers) {
      const missing = async () => ((await rpc("plasma_getVerification")) as VerificationJson).missing;
      await until("the block is missed", missing, (numbers) => numbers.some((number) => BigInt(number) === block));
    }
    await story.clock.jump(PERIOD / 16);
    for (const watcher of watchers) assert.deepEqual(await alertsOf(watcher), []);
    await story.clock.jump(PERIOD / 16);
    for (const watcher of watchers) {
      assert.equal((await story.alert(watcher, "WITHHELD_BLOCK")).subject, `block ${block}`);
    }
  };

  it("withhold, one block: money from nothing in it, on L1 at once", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const block = await story.commit("withhold");
    await story.operator.takeInvention();
    await story.commit("behave");
    await untilWithheld(story, block, story.watchers.alice, story.watchers.bob);
    await allWhole(test, story, "WITHHELD_BLOCK");
  });

  it("withhold, every block from one on", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const block = await story.commit("withhold");
    await story.commit("withhold");
    await story.operator.takeInvention();
    await untilWithheld(story, block, story.watchers.alice, story.watchers.bob);
    await allWhole(test, story, "WITHHELD_BLOCK");
  });

  it("withholdOne: a block is shown but for one payment", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    await story.pay("bob", story.ofBob, "alice", ETHER);
    const block = await story.commit("withholdOne");
    await untilWithheld(story, block, story.watchers.alice, story.watchers.bob);
    await allWhole(test, story, "WITHHELD_BLOCK", { alice: 8n * ETHER, bob: 2n * ETHER, carol: 3n * ETHER });
  });

  it("showAnother: another body than the one whose root is on L1", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const block = await story.commit("showAnother");
    await untilWithheld(story, block, story.watchers.alice, story.watchers.bob);
    await allWhole(test, story, "WITHHELD_BLOCK");
  });

  it("equivocate: who asks others too has the block, who does not calls it withheld", async (test) => {
    const story = await startHostileStory(test, l1, { bobAsks: "everybody" });
    const { urls, config } = story.operator;
    const alone = await startTestWatcher(test, l1, config.contract, { sources: [urls[1]] });
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const block = await story.commit("equivocate");
    for (const watcher of Object.values(story.watchers)) await untilVerified(watcher, block);
    await untilWithheld(story, block, alone);
    for (const watcher of Object.values(story.watchers)) assert.deepEqual(await alertsOf(watcher), []);
    for (const person of ["alice", "bob", "carol"] as const) await story.leave(person, story.watchers.bob.url);
    await allWhole(test, story, "WITHHELD_BLOCK", WHOLE, alone);
  });

  it("denies an owner the proofs of her outputs: a watcher has them", async (test) => {
    const story = await startHostileStory(test, l1);
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const block = await story.commit("behave");
    await story.deny("carol");
    for (const watcher of Object.values(story.watchers)) await untilVerified(watcher, block);
    await assert.rejects(story.leave("carol", story.operator.urls[0]), { code: "OPERATOR_UNREACHABLE" });
    await story.leave("carol", story.watchers.alice.url);
    for (const person of ["alice", "bob"] as const) await story.leave(person, story.watchers.bob.url);
    await allWhole(test, story, undefined);
  });

  it("commits another root after an L1 reorg, without the payment that was in a block", async (test) => {
    const story = await startHostileStory(test, l1, { finality: 8 });
    await story.operator.turn();
    await story.pay("alice", story.ofAlice, "bob", ETHER);
    const snapshot = await l1.client.snapshot();
    const block = await story.commit("behave");
    for (const watcher of Object.values(story.watchers)) await untilVerified(watcher, block);
    await l1.client.revert({ id: snapshot });
    await story.operator.goBack();
    assert.equal(await story.commit("mint"), block);
    await story.operator.takeInvention();
    for (const watcher of Object.values(story.watchers)) {
      assert.equal((await story.alert(watcher, "CHANGED_ROOT")).subject, `block ${block}`);
      await story.alert(watcher, "INVALID_BLOCK");
    }
    await allWhole(test, story, "CHANGED_ROOT");
  });
});

/** Ends a story: everybody is paid what is his, the thief no more than that; says how long it took. */
async function allWhole(
  test: TestContext,
  story: HostileStory,
  event: string | undefined,
  expected: Readonly<Record<Exclude<Person, "thief">, bigint>> = WHOLE,
  watcher: TestWatcher = story.watchers.alice,
): Promise<void> {
  const raisedAt = event && (await story.alert(watcher, event)).raisedAt;
  const gains = await story.untilWhole(expected);
  assert.ok(gains.thief <= THIEFS_OWN, "the thief has no more than its own");
  assert.ok(gains.alice + gains.bob + gains.carol + gains.thief <= 15n * ETHER, "no more than was deposited");
  const { cause, moves, seconds } = await story.counteraction();
  assert.ok(seconds < PERIOD / 4, "all was done before anybody need look again (A1)");
  const raised = raisedAt ? `raised after ${inBlocks(raisedAt - cause)}` : "nothing to raise";
  const money = Object.entries(gains).map(([person, amount]) => `${person} ${Number(amount / 10n ** 15n) / 1000}`);
  test.diagnostic(`${raised}; ${moves} moves, the last mined after ${inBlocks(seconds)}; ETH: ${money.join(", ")}`);
}

/** Times of L1 in the blocks that come every twelve seconds. */
const inBlocks = (seconds: number) => `${Math.ceil(seconds / BLOCK_TIME)} L1 blocks`;
