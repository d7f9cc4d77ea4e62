import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type Address, createWalletClient, http, parseEventLogs } from "viem";
import type { HDAccount } from "viem/accounts";
import { type Client, createClient } from "../../client/client.ts";
import { makeGuardKit, serializeGuardKit } from "../../client/guardKit.ts";
import { getOutputs } from "../../client/outputs.ts";
import { processExits } from "../../client/processExits.ts";
import { getProof } from "../../client/proofs.ts";
import { listQueue } from "../../client/queue.ts";
import { startExit } from "../../client/startExit.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH } from "../../protocol/output.ts";
import { type HostileOperator, startHostileOperator } from "./hostileOperator.ts";
import { deployRootChain, FIRST_USER, type L1, startDepositExit } from "./l1.ts";
import { BLOCK_TIME, type L1Clock, startL1Clock } from "./l1Clock.ts";
import { pay } from "./ledger.ts";
import type { Misdeed } from "./misdeeds.ts";
import { countEth, type EthCount } from "./moneyAudit.ts";
import { fund, type ReceiptJson, settle } from "./operator.ts";
import { type SignedPayment, type Spendable, signPayment } from "./payer.ts";
import { type Rpc, until } from "./rpc.ts";
import { type Ending, temporaryDirectory } from "./temporaryDirectory.ts";
import { PERIOD } from "./watchedChain.ts";
import { type AlertJson, alertsOf, startTestWatcher, type TestWatcher, untilVerified } from "./watcher.ts";

export const ETHER = 10n ** 18n;

/** Who plays a part, by their accounts on L1. */
const PEOPLE = { alice: FIRST_USER, bob: FIRST_USER + 1, carol: FIRST_USER + 2, thief: FIRST_USER + 3 } as const;
export type Person = keyof typeof PEOPLE;

/**
 * A chain with three honest owners and a thief: alice has deposited 10 ETH and paid 2 to bob; the thief has deposited 5 ETH and paid 3 to
 * carol. Alice and bob each have a watcher that acts with their key; carol has left a kit with alice's. The operator is honest until
 * it is told otherwise.
 */
export interface HostileStory {
  readonly operator: HostileOperator;
  readonly clock: L1Clock;
  readonly watchers: { readonly alice: TestWatcher; readonly bob: TestWatcher };
  /** What alice and bob can spend. */
  readonly ofAlice: Spendable;
  readonly ofBob: Spendable;
  /** Pays as a wallet does: tells the operator, and the payer's own watcher. Returns the change. */
  pay(payer: "alice" | "bob", source: Spendable, to: Person, amount: bigint): Promise<Spendable>;
  commit(misdeed: Misdeed): Promise<bigint>;
  /** The thief starts to exit a deposit that it has spent. */
  exitSpentDeposit(): Promise<void>;
  /** The operator gives nobody the outputs and proofs of this owner any more. */
  deny(person: Person): Promise<void>;
  /** An owner leaves by hand, with what the service at `url` says of his outputs. */
  leave(person: Person, url: string): Promise<void>;
  /** The first alert of this code from a watcher. */
  alert(watcher: TestWatcher, code: string): Promise<AlertJson>;
  /**
   * Waits until honest people have nothing left to do, lets so much of L1's time pass that every exit matures, waits until everybody
   * has gained what is expected, and lets the thief have what is left. Returns what each has gained on L1, gas apart.
   */
  untilWhole(expected: Readonly<Partial<Record<Person, bigint>>>): Promise<Readonly<Record<Person, bigint>>>;
  /** What honest people have done on L1 since the misdeed, payouts apart. */
  counteraction(): Promise<Counteraction>;
}

export interface StoryOptions {
  /** L1 blocks after which nothing changes any more. */
  readonly finality?: number;
  /** Whom bob's watcher asks for blocks: the operator's second face alone, or alice's watcher too. */
  readonly bobAsks?: "the operator" | "everybody";
}

export interface Counteraction {
  /** L1 time of the misdeed, seconds. */
  readonly cause: number;
  readonly moves: number;
  /** Until the last of them was mined. */
  readonly seconds: number;
}

/** Nobody waits longer than this share of the exit period between two looks (A1). */
const LOOKS_PER_PERIOD = 4;
/** L1 blocks before outputs exit once a chain is known to be bad. */
const EXIT_DELAY = 5;
/** L1 blocks without a move after which no more will come. */
const QUIET = 3 * EXIT_DELAY;

const placeOf = ({ blockNumber, txIndex }: ReceiptJson) => [BigInt(blockNumber), txIndex] as const;

export async function startHostileStory(
  test: Ending,
  l1: L1,
  { finality = 0, bobAsks = "the operator" }: StoryOptions = {},
): Promise<HostileStory> {
  const contract = await deployRootChain(l1, PERIOD);
  const domain = { chainId: 31337n, contract };
  const accountOf = (person: Person): HDAccount => l1.account(PEOPLE[person]);
  const addressOf = (person: Person) => accountOf(person).address.toLowerCase() as Address;
  const operator = await startHostileOperator(test, l1, contract, accountOf("thief"), { finality });
  const clock = await startL1Clock(test, l1);

  const pays = (payer: Person, source: Spendable, to: Person, amount: bigint) =>
    signPayment(domain, accountOf(payer), source, { to: addressOf(to), amount });
  const submit = async (rpc: Rpc, { raw }: SignedPayment) => (await rpc("plasma_sendTransaction", raw)) as ReceiptJson;

  const [ofAlice, ofThief] = [
    await fund(operator, l1, PEOPLE.alice, 10n * ETHER),
    await fund(operator, l1, PEOPLE.thief, 5n * ETHER),
  ];
  const toBob = await pays("alice", ofAlice, "bob", 2n * ETHER);
  const receipt = await submit(operator.rpc, toBob);
  const bought = await pays("thief", ofThief, "carol", 3n * ETHER);
  const { blockNumber: goodBlock } = await submit(operator.rpc, bought);
  await settle(operator);

  const clientOf = (person: Person, operatorUrl: string): Client =>
    createClient({
      domain,
      l1: l1.client,
      operatorUrl,
      wallet: createWalletClient({ account: accountOf(person), transport: http(l1.url), pollingInterval: 20 }),
    });
  const carol = clientOf("carol", operator.urls[0]);
  const [[ofCarol], [ofBob]] = await Promise.all([
    getOutputs(carol, addressOf("carol")),
    getOutputs(carol, addressOf("bob")),
  ]);
  if (ofCarol === undefined || ofBob === undefined) throw new TypeError("carol and bob have been paid");
  const proof = await getProof(carol, ofCarol.position);
  const kits = temporaryDirectory(test);
  const { timestamp: now } = await l1.client.getBlock();
  const permit = { proof, starter: addressOf("alice"), deadline: Number(now) + 4 * PERIOD };
  const kit = await makeGuardKit(carol, { transactions: [], exits: [permit] });
  await writeFile(path.join(kits, "carol.json"), JSON.stringify(serializeGuardKit(kit)));

  const watch = (person: Person, sources: readonly string[], options: Readonly<Record<string, unknown>> = {}) => {
    const rest = { sources, exitOwn: true, exitDelaySeconds: EXIT_DELAY * BLOCK_TIME, finality, ...options };
    return startTestWatcher(test, l1, contract, rest, accountOf(person));
  };
  const alices = await watch("alice", [operator.urls[0]], { kits, exitKits: true });
  const watchers = {
    alice: alices,
    bob: await watch("bob", [operator.urls[1], ...(bobAsks === "everybody" ? [alices.url] : [])]),
  };
  for (const watcher of Object.values(watchers)) await untilVerified(watcher, BigInt(goodBlock));

  const known = {
    spentByThief: { ...ofThief, output: pay(addressOf("thief"), ofThief.amount) } satisfies LedgerOutput,
    ofVictim: { position: ofCarol.position, outputId: ofCarol.outputId, output: proof.output } satisfies LedgerOutput,
  };
  const gained: EthCount = await countEth(
    l1.client,
    Object.values(PEOPLE).map((index) => l1.account(index).address),
  );
  /** L1 block of the misdeed. */
  let cause: bigint | undefined;
  const logs = async () =>
    parseEventLogs({
      abi: rootChainAbi,
      logs: await l1.client.getLogs({ address: contract, fromBlock: 0n }),
    });
  const newest = async (name: "BlockSubmitted" | "ExitStarted") =>
    (await logs()).findLast(({ eventName }) => eventName === name)?.blockNumber;

  const gains = async () => {
    const all = { alice: 0n, bob: 0n, carol: 0n, thief: 0n };
    for (const person of Object.keys(all) as Person[]) all[person] = await gained(accountOf(person).address);
    return all;
  };

  const counteraction = async (): Promise<Counteraction> => {
    if (cause === undefined) throw new TypeError("nothing bad has happened");
    const since = cause;
    const thief = accountOf("thief").address;
    const honest = (await logs()).filter(
      ({ eventName, args, blockNumber }) =>
        blockNumber > since && COUNTERACTIONS.has(eventName) && !("owner" in args && args.owner === thief),
    );
    const timeOf = async (blockNumber: bigint) => Number((await l1.client.getBlock({ blockNumber })).timestamp);
    const causedAt = await timeOf(since);
    const last = await timeOf(honest.at(-1)?.blockNumber ?? since);
    return { cause: causedAt, moves: honest.length, seconds: last - causedAt };
  };

  const untilQuiet = async () => {
    const now = async () => Number((await l1.client.getBlock()).timestamp);
    const silence = async () => {
      const { cause, moves, seconds } = await counteraction();
      return moves === 0 ? 0 : (await now()) - cause - seconds;
    };
    await until("the last move", silence, (passed) => passed >= QUIET * BLOCK_TIME);
  };

  return {
    operator,
    clock,
    watchers,
    ofAlice: toBob.changeAt(...placeOf(receipt)),
    ofBob: { position: ofBob.position, outputId: ofBob.outputId, amount: ofBob.amount },
    async pay(payer, source, to, amount) {
      const payment = await pays(payer, source, to, amount);
      await watchers[payer].rpc("plasma_keepTransaction", payment.raw);
      return payment.changeAt(...placeOf(await submit(operator.rpc, payment)));
    },
    async commit(misdeed) {
      const block = await operator.commit(misdeed, known);
      if (misdeed !== "behave") cause ??= await newest("BlockSubmitted");
      return block;
    },
    async exitSpentDeposit() {
      await startDepositExit(l1, contract, accountOf("thief"), ofThief);
      cause = await newest("ExitStarted");
    },
    async deny(person) {
      await operator.deny(addressOf(person));
      cause = await l1.client.getBlockNumber({ cacheTime: 0 });
    },
    async leave(person, url) {
      const client = clientOf(person, url);
      for (const { position } of await getOutputs(client, addressOf(person))) {
        await startExit(client, await getProof(client, position));
      }
    },
    alert: (watcher, code) =>
      until(
        `alert ${code}`,
        async () => (await alertsOf(watcher)).find((alert) => alert.code === code),
        (alert) => alert !== undefined,
      ) as Promise<AlertJson>,
    async untilWhole(expected) {
      await untilQuiet();
      for (let look = 0; look < 3 * LOOKS_PER_PERIOD; look++) {
        await clock.jump(PERIOD / LOOKS_PER_PERIOD);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      const isWhole = (now: Readonly<Record<Person, bigint>>) =>
        (Object.entries(expected) as [Person, bigint][]).every(([person, amount]) => now[person] >= amount);
      await until("everybody is paid", gains, isWhole);
      // Nobody else pays out what is wrong.
      const thief = clientOf("thief", operator.urls[0]);
      while ((await listQueue(thief, ETH, 1)).length > 0) await processExits(thief, { token: ETH, max: 10 });
      return gains();
    },
    counteraction,
  };
}

/** What is done on L1 against something wrong. */
const COUNTERACTIONS: ReadonlySet<string> = new Set([
  "ExitStarted",
  "ExitChallenged",
  "InFlightExitStarted",
  "Piggybacked",
  "NonCanonicalChallenged",
  "NonCanonicalResponded",
  "PiggybackChallenged",
]);
