import { type Address, concatHex, type Hex, keccak256, numberToHex, toHex } from "viem";
import { MAX_BLOCKS_PER_CALL } from "../../protocol/generated/constants.ts";
import { ETH, type Output } from "../../protocol/output.ts";
import { type Signer, toCompactSignature } from "../../protocol/signature.ts";
import { exitAuthorizationDigest } from "../../protocol/typedData.ts";
import { unshownInput } from "./fullBlock.ts";
import { measureInFlight } from "./inFlight.ts";
import { type Call, MAX_TRANSACTION_GAS } from "./l1.ts";
import {
  blockTree,
  challengeExit,
  type Hint,
  type IncludedOutput,
  includedOutput,
  nextExit,
  payment,
  plainOutput,
  processExits,
  type SignedEntry,
  sign,
} from "./plasma.ts";
import { MIN_EXIT_PERIOD, type World } from "./world.ts";
import { measureWorstChallenges } from "./worstChallenge.ts";
import { measureWorstConditionalChallenges } from "./worstConditionalChallenge.ts";

export interface Measurement {
  readonly operation: string;
  /** Gas of whole transactions. */
  readonly gas: bigint;
  readonly budget: bigint;
  /** Gas of the OMG network's contracts (v2) for the same work. */
  readonly omg?: bigint;
}

const MONTH = 30 * 86_400;
const COLD_SLOT_READ = 2_100n;
const AMOUNT = 10n ** 15n;
const LEDGER_LEAVES = 65_536;
const QUEUE_LENGTHS = [10, 1_000, 10_000] as const;
/** Exits offered to the largest `processExits`: more than one transaction can process. */
const OFFERED = 1_400;
/** Entries that a client lets a stale hint cost (R25). */
const LONGEST_WALK = 200;
/** Stands before the first entry of every queue. */
const SENTINEL = toHex(1n, { size: 32 });
const FRONT: Hint = { entries: [], walkLimit: 0n };
const behind = (entry: IncludedOutput): Hint => ({ entries: [entry.outputId], walkLimit: 0n });

/** Runs every operation that has a budget, under the conditions that docs/gas.md states for the figures. */
export async function measureOperations(world: World, progress: (step: string) => void): Promise<Measurement[]> {
  progress("deposits and commits");
  const measurements: Measurement[] = [
    { operation: "deploy the root chain", gas: world.deploymentGas, budget: 10_000_000n, omg: 44_079_685n },
    ...(await measureDeposits(world)),
    ...(await measureCommits(world)),
  ];
  progress("challenges and payouts");
  const ledger = await commitLedger(world);
  world.l1.wait(MONTH);
  return [
    ...measurements,
    await measureChallenge(world, ledger),
    ...(await measurePayouts(world, ledger)),
    ...(await measureInFlight(world, ledger.eth)),
    ...(await measureQueue(world, ledger, progress)),
    ...(await measureWorstChallenges(world)),
    ...(await measureWorstConditionalChallenges(world)),
  ];
}

async function measureDeposits({ l1, token, depositCall }: World): Promise<Measurement[]> {
  return [
    { operation: "deposit ETH", gas: await l1.measure(depositCall(ETH)), budget: 58_000n, omg: 166_306n },
    { operation: "deposit ERC-20", gas: await l1.measure(depositCall(token)), budget: 88_000n, omg: 192_260n },
  ];
}

/** Behind a block. A block that has seen new deposits reads one record more. */
async function measureCommits(world: World): Promise<Measurement[]> {
  const batch = (size: number) => {
    const block = world.seal(keccak256("0x01"), LEDGER_LEAVES);
    return world.submitCall(Array.from({ length: size }, (_, i) => ({ ...block, number: block.number + BigInt(i) })));
  };
  await world.commit(world.seal(keccak256("0x00"), LEDGER_LEAVES));
  const one = await world.l1.measure(batch(1));
  const ten = await world.l1.measure(batch(10));
  const most = await world.l1.measure(batch(MAX_BLOCKS_PER_CALL));
  await world.deposit(ETH);
  const withDeposits = await world.l1.measure(batch(1));
  return [
    { operation: "submit a block", gas: one, budget: 61_000n, omg: 79_178n },
    { operation: "submit a block that saw deposits", gas: withDeposits, budget: 61_000n + COLD_SLOT_READ },
    { operation: "submit 10 blocks, each", gas: perUnit(ten, 10), budget: 30_000n },
    { operation: `submit ${MAX_BLOCKS_PER_CALL} blocks, the most, in all`, gas: most, budget: MAX_TRANSACTION_GAS },
  ];
}

/** The outputs of a committed block of 65,536 transactions that are exited. */
interface Ledger {
  /** One for each payee: the first output of a payment of 1 input and 2 outputs. */
  readonly eth: readonly IncludedOutput[];
  readonly token: readonly IncludedOutput[];
  /** One more of these, which is exited behind the hoard. */
  readonly latest: IncludedOutput;
  /** Ids without zero bytes, so that a hint costs the same whichever is named. */
  readonly hoard: readonly IncludedOutput[];
}

async function commitLedger(world: World): Promise<Ledger> {
  const { depositor, payees, hoarder } = world.people;
  const longest = QUEUE_LENGTHS.at(-1) ?? 0;
  const outputsEach = 8;
  const hoardPayments = Math.ceil((longest * 1.2) / outputsEach);
  const pay = async (index: number, outputs: readonly Output[]) =>
    sign(payment([unshownInput(index)], outputs), world.domain, [depositor]);

  const entries: SignedEntry[] = [];
  for (const token of [ETH, world.token]) {
    for (const payee of payees) {
      entries.push(await pay(entries.length, [to(payee, token), to(depositor, token)]));
    }
  }
  for (let i = 0; i < hoardPayments; i++) {
    entries.push(await pay(entries.length, Array(outputsEach).fill(to(hoarder, ETH))));
  }
  entries.push(await pay(entries.length, [to(hoarder, ETH), to(depositor, ETH)]));

  const tree = blockTree(entries, LEDGER_LEAVES);
  const header = await world.commit(world.seal(tree.root, LEDGER_LEAVES));
  const output = (txIndex: number, outputIndex: number): IncludedOutput => {
    const entry = entries[txIndex];
    if (entry === undefined) throw new RangeError(`the ledger has no entry ${txIndex}`);
    const inclusion = { header, txIndex, witnessHash: keccak256(entry.witness), path: tree.path(txIndex) };
    return includedOutput(entry, outputIndex, inclusion);
  };
  const outputsOf = (start: number, count: number, each: number) =>
    Array.from({ length: count * each }, (_, i) => output(start + Math.floor(i / each), i % each));
  return {
    eth: outputsOf(0, payees.length, 1),
    token: outputsOf(payees.length, payees.length, 1),
    hoard: outputsOf(2 * payees.length, hoardPayments, outputsEach)
      .filter(({ outputId }) => !/^0x(..)*00/.test(outputId))
      .slice(0, longest),
    latest: output(entries.length - 1, 0),
  };
}

/** Starts exits in order, each behind the one before; the first behind `first`. */
async function startAll(world: World, exits: readonly IncludedOutput[], first: Hint = FRONT): Promise<void> {
  let hint = first;
  for (const exit of exits) {
    await world.l1.send(world.startExitCall(exit, exit.output.owner, hint));
    hint = behind(exit);
  }
}

function measurePayouts(world: World, { eth, token }: Ledger): Promise<Measurement[]> {
  const { l1 } = world;
  return l1.undo(async () => {
    await startAll(world, eth);
    await startAll(world, token);
    l1.wait(2 * MIN_EXIT_PERIOD);
    const process = (asset: Address, exits: readonly IncludedOutput[]) => l1.measure(processCall(world, asset, exits));
    const marginal = async (asset: Address, exits: readonly IncludedOutput[]) =>
      perUnit((await process(asset, exits)) - (await process(asset, exits.slice(0, 10))), exits.length - 10);
    return [
      { operation: "process an ETH exit (10 to 50)", gas: await marginal(ETH, eth), budget: 23_000n, omg: 102_628n },
      {
        operation: "process an ERC-20 exit (10 to 50)",
        gas: await marginal(world.token, token),
        budget: 32_000n,
        omg: 104_781n,
      },
    ];
  });
}

/** Starting, challenging and processing with a queue of each length, then what fills whole transactions. */
async function measureQueue(world: World, ledger: Ledger, progress: (step: string) => void): Promise<Measurement[]> {
  const { l1, people } = world;
  const { hoard, latest } = ledger;
  const [first] = hoard;
  if (first === undefined) throw new RangeError("the ledger has no hoard");
  const deposit = await world.deposit(ETH);
  const authorization = await authorize(world, people.hoarder, latest, people.helper.address);
  const measurements: Measurement[] = [];
  let queued = 0;
  for (const length of QUEUE_LENGTHS) {
    progress(`queue of ${length.toLocaleString("en")} exits`);
    await startAll(world, hoard.slice(queued, length), lastOf(hoard, queued));
    queued = length;
    const hint = lastOf(hoard, queued);
    const queue = `${length.toLocaleString("en")} exits`;
    measurements.push(
      {
        operation: `start exit of a deposit behind ${queue}`,
        gas: await l1.measure(world.startDepositExitCall(deposit, hint)),
        budget: 86_000n,
        omg: 387_999n,
      },
      {
        operation: `start exit of a payment behind ${queue}`,
        gas: await l1.measure(world.startExitCall(latest, people.hoarder.address, hint)),
        budget: 106_000n,
        omg: 412_707n,
      },
      {
        operation: `start exit by a helper behind ${queue}`,
        gas: await l1.measure(world.startExitCall(latest, people.helper.address, hint, authorization)),
        budget: 134_000n,
      },
      {
        operation: `challenge one of ${queue}`,
        gas: await l1.measure(await challengeCall(world, first, people.hoarder)),
        budget: 56_000n,
        omg: 292_218n,
      },
      {
        operation: `process an exit (5 to 10) of ${queue}`,
        gas: await l1.undo(async () => {
          l1.wait(2 * MIN_EXIT_PERIOD);
          const [five, ten] = [processCall(world, ETH, hoard.slice(0, 5)), processCall(world, ETH, hoard.slice(0, 10))];
          return perUnit((await l1.measure(ten)) - (await l1.measure(five)), 5);
        }),
        budget: 23_000n,
        omg: 102_628n,
      },
    );
  }
  progress(`a walk of ${LONGEST_WALK} and full transactions`);
  const walk: Hint = { ...lastOf(hoard, queued - LONGEST_WALK), walkLimit: BigInt(LONGEST_WALK) };
  measurements.push({
    operation: `start exit of a payment, hint ${LONGEST_WALK} exits early`,
    gas: await l1.measure(world.startExitCall(latest, people.hoarder.address, walk)),
    budget: MAX_TRANSACTION_GAS,
  });
  const offered = hoard.slice(0, OFFERED);
  const dead = await l1.undo(async () => {
    for (const exit of offered) await l1.send(await challengeCall(world, exit, people.hoarder));
    return measureFull(world, offered);
  });
  l1.wait(2 * MIN_EXIT_PERIOD);
  return [
    ...measurements,
    {
      operation: "process as many live exits as fit, in all",
      gas: await measureFull(world, offered),
      budget: MAX_TRANSACTION_GAS,
    },
    { operation: "process as many challenged exits as fit, in all", gas: dead, budget: MAX_TRANSACTION_GAS },
  ];
}

/** Processes a backlog that does not fit into one transaction: the call must end by itself, with progress made. */
function measureFull(world: World, backlog: readonly IncludedOutput[]): Promise<bigint> {
  const { l1, contract } = world;
  return l1.undo(async () => {
    const { gasUsed } = await l1.send(processCall(world, ETH, backlog));
    const head = await l1.call(contract, nextExit(ETH, SENTINEL));
    const processed = backlog.findIndex(({ outputId }) => outputId === head);
    if (processed <= 0) throw new RangeError(`a full transaction must process a part of the backlog, not ${processed}`);
    return gasUsed;
  });
}

const processCall = ({ contract, people }: World, asset: Address, exits: readonly IncludedOutput[]): Call => ({
  from: people.helper.address,
  to: contract,
  data: processExits(asset, exits.length, exits),
});

/** By a spend of 1 input and 2 outputs, signed by the owner of the exit and in no block. */
async function challengeCall(world: World, exit: IncludedOutput, owner: Signer): Promise<Call> {
  const { people, domain, contract } = world;
  const { depositor, challenger } = people;
  const spend = await sign(payment([exit], [to(depositor, ETH, 1n), to(owner, ETH, 1n)]), domain, [owner]);
  const data = challengeExit(spend, { preimages: [exit], inputIndex: 0 }, challenger.address);
  return { from: challenger.address, to: contract, data };
}

/** Starter 20 | deadline 5 | signature 64, signed by the owner of the output (R30). */
async function authorize(world: World, owner: Signer, exit: IncludedOutput, starter: Address): Promise<Hex> {
  const deadline = world.l1.now() + MIN_EXIT_PERIOD;
  const { position, outputId } = exit;
  const hash = exitAuthorizationDigest({ position, outputId, starter, deadline }, world.domain);
  const signature = toCompactSignature(await owner.sign({ hash }));
  return concatHex([starter, numberToHex(deadline, { size: 5 }), toHex(signature)]);
}

/** A payment of 1 input and 2 outputs, challenged by one of the same size that is in no block. */
function measureChallenge(world: World, { eth }: Ledger): Promise<Measurement> {
  const { l1, people } = world;
  const [owner] = people.payees;
  const [exit] = eth;
  if (owner === undefined || exit === undefined) throw new RangeError("the ledger has no payee");
  return l1.undo(async () => {
    await startAll(world, [exit]);
    const gas = await l1.measure(await challengeCall(world, exit, owner));
    return { operation: "challenge, 1-in-2-out by 1-in-2-out", gas, budget: 56_000n, omg: 292_218n };
  });
}

const to = ({ address }: Signer, token: Address, amount = AMOUNT): Output => plainOutput(address, token, amount);

const lastOf = (exits: readonly IncludedOutput[], count: number): Hint => {
  const entry = exits[count - 1];
  return entry === undefined ? FRONT : behind(entry);
};

const perUnit = (gas: bigint, units: number): bigint => (gas + BigInt(units) - 1n) / BigInt(units);
