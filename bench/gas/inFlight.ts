import { type Address, type Hex, keccak256 } from "viem";
import { exitableAt } from "../../protocol/exit.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE, type InFlightTerms } from "../../protocol/inFlight.ts";
import { ETH } from "../../protocol/output.ts";
import type { Signer } from "../../protocol/signature.ts";
import { commitFull, unshownInput } from "./fullBlock.ts";
import {
  challengeNonCanonical,
  challengePiggyback,
  FRONT,
  type OpenFlight,
  piggyback,
  processInFlight,
  respondNonCanonical,
  spendOf,
  startInFlightExit,
} from "./inFlightCalls.ts";
import { type Call, MAX_TRANSACTION_GAS } from "./l1.ts";
import type { Measurement } from "./operations.ts";
import {
  blockTree,
  type IncludedOutput,
  includedOutput,
  payment,
  plainOutput,
  type SignedEntry,
  sign,
} from "./plasma.ts";
import { BOND, MIN_EXIT_PERIOD, type World } from "./world.ts";

const LEAVES = 65_536;

const INPUT_PIECE = 0;
const OUTPUT_PIECE = FIRST_OUTPUT_PIECE;
const CHANGE_PIECE = FIRST_OUTPUT_PIECE + 1;
/** A transfer of ETH to one more existing account: cold access 2,600, value 9,000, less the stipend. */
const ANOTHER_PAYMENT = 9_300n;

/** A transaction to take to L1, with its inputs as they were created. */
export interface Flight {
  readonly entry: SignedEntry;
  readonly inputs: readonly IncludedOutput[];
  /** The newest block when the youngest condition of its inputs was registered; 0 without one. */
  readonly registeredBehind?: bigint;
}

/** Every move of the game (R10, R11, R14) for payments of 1 input and 2 outputs, and the start for 4 and 4. */
export async function measureInFlight(world: World, outputs: readonly IncludedOutput[]): Promise<Measurement[]> {
  const { l1, people } = world;
  const { payees, depositor, challenger, helper } = people;
  const [owner] = payees;
  if (owner === undefined) throw new RangeError("there is no payee");
  const measurements: Measurement[] = [];
  const add = (operation: string, gas: bigint, budget: bigint, omg?: bigint) =>
    measurements.push({
      operation,
      gas,
      budget,
      ...(omg !== undefined && { omg }),
    });
  const call = (from: Signer, data: Hex, value = 0n): Call => ({ from: from.address, to: world.contract, data, value });
  const gasOf = (from: Signer, data: Hex, value?: bigint) => l1.measure(call(from, data, value));

  const small = await makeFlight(world, outputs.slice(0, 1), payees.slice(0, 1), 2);
  const large = await makeFlight(world, outputs.slice(1, 5), payees.slice(1, 5), 4);
  const rival = await pay(world, small.inputs, payees.slice(0, 1), 1n);
  const [place, rivalPlace] = await commitTogether(world, [small.entry, rival]);
  if (!place || !rivalPlace) throw new RangeError("nothing was committed");
  const received = includedOutput(small.entry, 0, place);
  const largest = await makeLargestFlight(world);
  const spend = await pay(world, [received], [depositor], 1n);
  return l1.undo(async () => {
    l1.wait(MIN_EXIT_PERIOD);

    // A token's first exit ever pays for its queue as well.
    await l1.send(world.startExitCall(outputs.at(-1) as IncludedOutput, payees.at(-1)?.address ?? "0x", FRONT));
    add("start in-flight, 1-in-2-out", await gasOf(owner, startInFlightExit(small), BOND), 100_000n, 749_597n);
    add("start in-flight, 4-in-4-out", await gasOf(owner, startInFlightExit(large), BOND), 200_000n, 2_117_346n);
    await l1.undo(async () => {
      const alone = await open(world, small, owner);
      await l1.send(call(owner, piggyback(alone, CHANGE_PIECE), BOND));
      l1.wait(3 * MIN_EXIT_PERIOD);
      const gas = await gasOf(helper, processInFlight({ ...alone, inputs: [] }, ETH));
      add("process in-flight, canonical, one output of the starter", gas, 112_000n, 518_653n);
    });
    const flight = await open(world, small, owner);
    const joinOutput = piggyback(flight, OUTPUT_PIECE);
    const joinInput = piggyback(flight, INPUT_PIECE);
    add("piggyback, first", await gasOf(depositor, joinOutput, BOND), 93_000n, 404_166n);
    await l1.send(call(owner, joinInput, BOND));
    add("piggyback, second", await gasOf(depositor, joinOutput, BOND), 44_000n, 288_542n);
    await l1.send(call(depositor, joinOutput, BOND));

    const byRival = spendOf(rival, { preimages: small.inputs, inputIndex: 0 });
    const contest = challengeNonCanonical(flight, { ...byRival, inclusion: rivalPlace }, challenger.address);
    add("challenge non-canonical, competitor in a block", await gasOf(challenger, contest), 95_000n, 421_038n);
    await l1.undo(async () => {
      await l1.send(call(challenger, contest));
      const respond = respondNonCanonical(flight, place, challenger.address);
      add("respond non-canonical", await gasOf(challenger, respond), 55_000n, 97_204n);
    });
    const spentInput = challengePiggyback(flight, INPUT_PIECE, byRival, challenger.address);
    add("challenge an input as spent", await gasOf(challenger, spentInput), 60_000n, 396_344n);
    const bySpend = spendOf(spend, { preimages: [received], inputIndex: 0, source: { body: "0x", inclusion: place } });
    const spentOutput = challengePiggyback(flight, OUTPUT_PIECE, bySpend, challenger.address);
    add("challenge an output as spent", await gasOf(challenger, spentOutput), 75_000n, 426_225n);
    await l1.send(call(challenger, spentInput));
    l1.wait(2 * MIN_EXIT_PERIOD);
    const gas = await gasOf(helper, processInFlight({ ...flight, inputs: [] }, ETH));
    add("process in-flight, canonical, one output of another", gas, 112_000n + ANOTHER_PAYMENT);
    add("process in-flight, the largest entry", await measureLargestEntry(world, largest), MAX_TRANSACTION_GAS);
    return measurements;
  });
}

/** 8 inputs and 8 outputs of a token, of as many people. */
async function makeLargestFlight(world: World): Promise<Flight> {
  const { token, domain, people } = world;
  const { spenders, payees, depositor } = people;
  const pieceTo = ({ address }: Signer) => plainOutput(address, token, 1n);
  const unshown = spenders.map((_, index) => unshownInput(index));
  const funds = await sign(payment(unshown, spenders.map(pieceTo)), domain, [depositor]);
  const place = await commitFull(world, funds);
  const inputs = spenders.map((_, index) => includedOutput(funds, index, place));
  return {
    entry: await sign(payment(inputs, payees.slice(0, spenders.length).map(pieceTo)), domain, spenders),
    inputs,
  };
}

/** Everybody takes part. */
async function measureLargestEntry(world: World, largest: Flight): Promise<bigint> {
  const { l1, contract, token, people } = world;
  const { spenders, payees, helper } = people;
  const receivers = payees.slice(0, spenders.length);
  const [starter] = spenders;
  if (starter === undefined) throw new RangeError("there is no spender");
  const flight = await open(world, largest, starter);
  const join = async ({ address }: Signer, piece: number) =>
    l1.send({ from: address, to: contract, data: piggyback(flight, piece), value: BOND });
  for (const [index, spender] of spenders.entries()) await join(spender, INPUT_PIECE + index);
  for (const [index, receiver] of receivers.entries()) await join(receiver, OUTPUT_PIECE + index);
  l1.wait(3 * MIN_EXIT_PERIOD);
  return l1.measure({ from: helper.address, to: contract, data: processInFlight(flight, token) });
}

/** Starts the exit of `flight`. */
export async function open(world: World, flight: Flight, starter: Signer): Promise<OpenFlight> {
  const { l1, contract } = world;
  await l1.send({ from: starter.address, to: contract, data: startInFlightExit(flight), value: BOND });
  return { ...flight, terms: termsOf(flight, l1.now(), starter.address) };
}

/** Pays the depositor in equal parts, of which the last is the sender's change. */
async function makeFlight(
  world: World,
  inputs: readonly IncludedOutput[],
  owners: readonly Signer[],
  outputCount: number,
): Promise<Flight> {
  const sum = inputs.reduce((total, { output }) => total + output.amount, 0n);
  const { depositor } = world.people;
  const outputs = Array.from({ length: outputCount }, (_, index) => {
    const { address } = index < outputCount - 1 ? depositor : (owners[0] ?? depositor);
    return plainOutput(address, ETH, sum / BigInt(outputCount));
  });
  return { entry: await sign(payment(inputs, outputs), world.domain, owners), inputs };
}

/** Two outputs of `amount` from the first input. */
function pay(
  { domain, people }: World,
  inputs: readonly IncludedOutput[],
  owners: readonly Signer[],
  amount: bigint,
): Promise<SignedEntry> {
  const outputs = [people.hoarder, people.depositor].map(({ address }) => plainOutput(address, ETH, amount));
  return sign(payment(inputs, outputs), domain, owners);
}

/** Commits a block with these entries first and gives where they stand. */
async function commitTogether(world: World, entries: readonly SignedEntry[]): Promise<Inclusion[]> {
  const tree = blockTree(entries, LEAVES);
  const header = await world.commit(world.seal(tree.root, LEAVES));
  return entries.map(({ witness }, txIndex) => ({
    header,
    txIndex,
    witnessHash: keccak256(witness),
    path: tree.path(txIndex),
  }));
}

/** What the contract fixed when the exit started at `startedAt`. */
function termsOf({ inputs, registeredBehind = 0n }: Flight, startedAt: number, starter: Address): InFlightTerms {
  const [youngest] = [...inputs].sort((a, b) => (a.position < b.position ? 1 : -1));
  if (youngest === undefined) throw new RangeError("there is no input");
  const times = { startedAt, minExitPeriod: MIN_EXIT_PERIOD, blockTimestamp: youngest.inclusion.header.timestamp };
  const { position } = youngest;
  return { startedAt, exitableAt: exitableAt(times), registeredBehind, position, bond: BOND, starter };
}
