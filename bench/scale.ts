// `npm run bench:scale`: how the service does with a long history behind it. An operator's store is filled with past payments, in
// steps up to 10 million unspent outputs, and at every step the real operator is started on it and measured beside one that has
// nothing in its store. `--plot FILE` draws how everything grows; `--outputs` ends earlier.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseEther } from "viem";
import { deposit, waitForDeposit } from "../client/deposit.ts";
import { depositOutput, depositOutputId } from "../protocol/deposit.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { ETH } from "../protocol/output.ts";
import { createHistory, type Growth } from "./scale/history.ts";
import { formatMeasurements, type Measurement, plotMeasurements } from "./scale/measurement.ts";
import type { Sample } from "./scale/pastPayments.ts";
import { diskUsage } from "./support/diskUsage.ts";
import { readMemory } from "./support/memory.ts";
import { createNativeSigner } from "./support/nativeSigner.ts";
import { type BenchNetwork, NO_RATE_LIMIT, withNetwork } from "./support/network.ts";
import { seededRandom } from "./support/random.ts";
import { createReporter, grouped } from "./support/report.ts";
import { createLoads, type Sustained } from "./throughput/loads.ts";
import { type OwnedOutput, prepareOutputs } from "./throughput/prepare.ts";
import { measureProofs } from "./throughput/proofs.ts";
import { untilCommitted } from "./throughput/sync.ts";

const { values } = parseArgs({
  options: {
    outputs: { type: "string", default: "10000000" },
    payments: { type: "string", default: "50000" },
    plot: { type: "string" },
  },
});
const OUTPUTS = Number(values.outputs);
/** Of each load. */
const PAYMENTS = Number(values.payments);
/** Sent before every load and not counted, because a program that has just started is slow. */
const WARM_UP = Math.ceil(PAYMENTS / 5);
const SPENT = WARM_UP + PAYMENTS;
const STEPS = [...[100_000, 1_000_000, 3_000_000, 10_000_000].filter((outputs) => outputs < OUTPUTS), OUTPUTS];
/** A history leaves half as many outputs as it has payments. */
const PAYMENTS_BEFORE = STEPS.map((outputs) => outputs * 2);
const LOAD = { form: "binary", perCall: 1_000, callsAtOnce: 8 } as const;
const PROOFS_MS = 5_000;
const DEPOSIT = parseEther("10");
const DEPOSIT_WAIT = { timeoutMs: 60_000, signal: new AbortController().signal };
const NETWORK = {
  accounts: 1,
  minExitPeriod: 7 * 24 * 3_600, // no operator commits a block that waited for an eighth of this, and writing a history takes minutes
  operatorOptions: [
    ...NO_RATE_LIMIT,
    ...["--max-wait-ms", "60000"], // what is measured is how much it takes, however long it stands still meanwhile
    ...["--l1-poll-ms", "1000"], // as on a real chain; a development network looks ten times as often
  ],
};

const random = seededRandom(2);
const reporter = createReporter((text) => process.stderr.write(text));
const { step } = reporter;
const measurements = await withNetwork(NETWORK, reporter, measureAll);
console.log(
  `${grouped(PAYMENTS)} payments of 1 input and 2 outputs, binary, 1,000 per call, of outputs of all ages, and the same just before with an empty store`,
);
console.log(formatMeasurements(measurements));
if (values.plot !== undefined) writeFileSync(values.plot, plotMeasurements(measurements));

async function measureAll(large: BenchNetwork): Promise<Measurement[]> {
  const credited = await step("Make the deposit that everything is paid from", () => depositOn(large));
  await large.network.operator.stop();
  const setup = {
    domain: large.reader.domain,
    deposit: credited,
    outputs: OUTPUTS,
    paymentsBefore: PAYMENTS_BEFORE,
    samples: SPENT,
  };
  const history = createHistory(large.paths.operator, setup, large.crypto);
  const samples: Sample[] = [];
  const done: Measurement[] = [];
  for (const [index, outputs] of STEPS.entries()) {
    const { timestamp } = await large.reader.l1.getBlock();
    const grown = await step(`Write payments until they leave ${grouped(outputs)} outputs`, (progress) =>
      history.growTo(PAYMENTS_BEFORE[index] as number, Number(timestamp), progress),
    );
    samples.push(...grown.samples);
    const own = samples.filter(({ measurement }) => measurement === index).map(toOwned);
    done.push(await measure(large, { outputs, grown, own, payments: history.size() + index * SPENT }));
  }
  return done;
}

/** Starts the operator, which is stopped, on what its store holds now, and leaves it stopped. */
async function measure(
  large: BenchNetwork,
  {
    outputs,
    payments,
    grown,
    own,
  }: {
    readonly outputs: number;
    readonly payments: number;
    readonly grown: Growth;
    readonly own: readonly OwnedOutput[];
  },
): Promise<Measurement> {
  const { network, reader } = large;
  await step("Start the operator, until every block is on L1", async () => {
    await network.restartOperator();
    await untilCommitted(reader.operator);
    await network.operator.stop();
  });
  const diskBytes = diskUsage(large.paths.operator);
  const sustainedWhenEmpty = await withNetwork(NETWORK, reporter, sustainOnNothing);
  const restartSeconds = await step("Start the operator again, until it is ready", async () => {
    const started = performance.now();
    await network.restartOperator();
    return (performance.now() - started) / 1000;
  });
  const readyBytes = readMemory(network.operator.pid).resident;
  const sustained = await sustain(large, own);
  const proofs = await step("Ask for proofs", () => measureProofs(reader.operator, delay(PROOFS_MS)));
  const peakBytes = readMemory(network.operator.pid).peak;
  await network.operator.stop();
  return {
    ...{ outputs, payments, writtenPerSecond: grown.payments / grown.seconds },
    ...{ restartSeconds, diskBytes, readyBytes, peakBytes, proofs, sustained, sustainedWhenEmpty },
  };
}

async function sustainOnNothing(empty: BenchNetwork): Promise<Sustained> {
  const outputs = await step(`Split a deposit into ${grouped(SPENT)} outputs`, (progress) =>
    prepareOutputs(empty, SPENT, progress),
  );
  return sustain(empty, outputs.slice(0, SPENT));
}

/** Spends outputs in no order of age. */
async function sustain(running: BenchNetwork, outputs: readonly OwnedOutput[]): Promise<Sustained> {
  const shuffled = outputs
    .map((output) => ({ output, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ output }) => output);
  await createLoads(running, { outputs: shuffled, count: WARM_UP }, reporter).sustain(LOAD);
  return createLoads(running, { outputs: shuffled, count: PAYMENTS }, reporter).sustain(LOAD);
}

async function depositOn({ accounts, crypto }: BenchNetwork): Promise<LedgerOutput> {
  const [payer] = accounts;
  if (payer === undefined) throw new RangeError("the network has no account with money");
  const { deposit: made, position } = await deposit(payer.client, { token: ETH, amount: DEPOSIT });
  await waitForDeposit(payer.client, position, DEPOSIT_WAIT);
  return { position, outputId: depositOutputId(made, crypto.keccak256), output: depositOutput(made) };
}

function toOwned({ privateKey, ...output }: Sample): OwnedOutput {
  return { ...output, signer: createNativeSigner(privateKey) };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
