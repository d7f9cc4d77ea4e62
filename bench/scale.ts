// `npm run bench:scale`: how the service does with a long history behind it. An operator's store is filled with past payments, in
// steps up to 10 million unspent outputs, and at every step the real operator is started on it and measured beside one that has
// nothing in its store. `--plot FILE` draws how everything grows.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { parseEther } from "viem";
import { dataPaths } from "../cli/paths.ts";
import { deposit, waitForDeposit } from "../client/deposit.ts";
import { depositOutput, depositOutputId } from "../protocol/deposit.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import { ETH } from "../protocol/output.ts";
import { createNativeCrypto } from "../runtime/nativeCrypto.ts";
import { createHistory, type History } from "./scale/history.ts";
import type { Sample } from "./scale/historyProtocol.ts";
import { type MeasuredPayments, measurePayments, measureProofs } from "./scale/measure.ts";
import { type ScaleNetwork, startNetwork } from "./scale/network.ts";
import { plot } from "./scale/plot.ts";
import { diskUsage } from "./support/diskUsage.ts";
import { readMemory } from "./support/memory.ts";
import { createNativeSigner } from "./support/nativeSigner.ts";
import { seededRandom } from "./support/random.ts";
import { createReporter, grouped } from "./support/report.ts";
import { prepareOutputs } from "./throughput/prepare.ts";
import { untilCommitted } from "./throughput/sync.ts";

const { values } = parseArgs({
  options: {
    outputs: { type: "string", default: "10000000" },
    payments: { type: "string", default: "50000" },
    plot: { type: "string" },
    keep: { type: "string" },
  },
});
const OUTPUTS = Number(values.outputs);
const PAYMENTS = Number(values.payments);
const STEPS = [...[100_000, 1_000_000, 3_000_000, 10_000_000].filter((outputs) => outputs < OUTPUTS), OUTPUTS];
/** What a history leaves unspent: half as many outputs as it has payments. */
const PAYMENTS_PER_OUTPUT = 2;
const DEPOSIT = parseEther("10");
const PROOFS = 200;
const WAIT = { timeoutMs: 60_000, signal: new AbortController().signal };

/** What a store of one size costs. */
interface Measurement {
  readonly outputs: number;
  /** In the store when it was measured. */
  readonly payments: number;
  readonly writtenPerSecond: number;
  readonly restartSeconds: number;
  readonly diskBytes: number;
  /** Resident, when the service is ready and after the payments. */
  readonly readyBytes: number;
  readonly loadedBytes: number;
  readonly proofs: readonly number[];
  readonly paid: MeasuredPayments;
  /** The same payments, just before, by an operator with an empty store. */
  readonly paidWhenEmpty: MeasuredPayments;
}

const reporter = createReporter((text) => process.stderr.write(text));
const { step } = reporter;
const crypto = await createNativeCrypto();
const random = seededRandom(2);
const directory = mkdtempSync(path.join(tmpdir(), "plasma-scale-"));
const kept = values.keep ?? path.join(directory, "large");
mkdirSync(kept, { recursive: true });
try {
  const measurements = await run();
  console.log(report(measurements));
  if (values.plot !== undefined) writeFileSync(values.plot, draw(measurements));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function run(): Promise<Measurement[]> {
  const paths = dataPaths(kept);
  const large = await startNetwork(
    "Start L1, contracts and the operator whose store will grow",
    paths,
    crypto,
    reporter,
  );
  let history: History | undefined;
  try {
    const credited = await step("Make the deposit that everything is paid from", () => depositFor(large));
    await large.network.operator.stop();
    history = createHistory(paths.operator, {
      domain: large.reader.domain,
      deposit: credited,
      outputs: OUTPUTS,
      paymentsBefore: STEPS.map((outputs) => outputs * PAYMENTS_PER_OUTPUT),
      samples: PAYMENTS,
    });
    const samples: Sample[] = [];
    const measurements: Measurement[] = [];
    for (const [index, outputs] of STEPS.entries()) {
      const payments = outputs * PAYMENTS_PER_OUTPUT;
      const before = (STEPS[index - 1] ?? 0) * PAYMENTS_PER_OUTPUT;
      const grown = await step(`Write payments until they leave ${grouped(outputs)} outputs`, async (progress) => {
        const { timestamp } = await large.reader.l1.getBlock();
        return (history as History).growTo(payments, Number(timestamp), progress);
      });
      samples.push(...grown.samples);
      const own = shuffled(samples.filter(({ measurement }) => measurement === index));
      measurements.push({
        outputs,
        payments: payments + index * PAYMENTS,
        writtenPerSecond: (payments - before) / grown.seconds,
        ...(await measure(large, paths.operator, own)),
      });
    }
    return measurements;
  } finally {
    await history?.stop();
    await large.network.stop();
  }
}

/** Starts the operator, which is stopped, on what its store holds now, and leaves it stopped. */
async function measure(large: ScaleNetwork, dataDirectory: string, samples: readonly Sample[]) {
  const { network, reader } = large;
  await step("Start the operator, until every block is on L1", async (progress) => {
    await network.restartOperator();
    await untilCommitted(reader.operator);
    progress("committed");
    await network.operator.stop();
  });
  const diskBytes = diskUsage(dataDirectory);
  const paidWhenEmpty = await measureEmpty(samples.length);
  const restartSeconds = await step("Start it again, until it is ready", async () => {
    const started = performance.now();
    await network.restartOperator();
    return (performance.now() - started) / 1000;
  });
  const readyBytes = readMemory(network.operator.pid).resident;
  const owned = samples.map((sample) => ({ ...sample, signer: createNativeSigner(sample.privateKey) }));
  const paid = await measurePayments(large, owned, crypto, reporter);
  const loadedBytes = readMemory(network.operator.pid).peak;
  const positions = samples.slice(0, PROOFS).map(({ position }) => position);
  const proofs = await step(`Ask for ${PROOFS} proofs`, () => measureProofs(reader.operator, positions));
  await network.operator.stop();
  return { restartSeconds, diskBytes, readyBytes, loadedBytes, proofs, paid, paidWhenEmpty };
}

/** The same load on a chain that is made for it and thrown away. */
async function measureEmpty(payments: number): Promise<MeasuredPayments> {
  const root = path.join(directory, "empty");
  const empty = await startNetwork("Start another network with an empty store", dataPaths(root), crypto, reporter);
  try {
    const opened = { reader: empty.reader, accounts: [empty.account] };
    const outputs = await step(`Split a deposit into ${grouped(payments)} outputs`, (progress) =>
      prepareOutputs(opened, payments, progress),
    );
    return await measurePayments(empty, shuffled(outputs.slice(0, payments)), crypto, reporter);
  } finally {
    await empty.network.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

async function depositFor({ account: { client } }: ScaleNetwork): Promise<LedgerOutput> {
  const { deposit: made, position } = await deposit(client, { token: ETH, amount: DEPOSIT });
  await waitForDeposit(client, position, WAIT);
  return { position, outputId: depositOutputId(made, crypto.keccak256), output: depositOutput(made) };
}

/** Payments come in no order of age. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** What share of its limit an operator reaches with this store, of what it reaches with none: machines differ from minute to minute. */
function relativeRate({ paid, paidWhenEmpty }: Measurement): number {
  return paid.rate / paid.limit / (paidWhenEmpty.rate / paidWhenEmpty.limit);
}

function report(measurements: readonly Measurement[]): string {
  const rates = createTable([
    ...["unspent outputs", "payments", "acknowledged / s", "limit", "of the limit", "empty store", "of its rate"],
    ...["µs a payment", "empty store"],
  ]);
  const costs = createTable([
    ...[
      "unspent outputs",
      "payments",
      "ready in s",
      "MB when ready",
      "MB at most",
      "bytes a payment",
      "proof p50 ms",
      "p99 ms",
    ],
    "written / s",
  ]);
  for (const measurement of measurements) {
    const { outputs, payments, paid, paidWhenEmpty } = measurement;
    rates.push([
      grouped(outputs),
      grouped(payments),
      grouped(Math.round(paid.rate)),
      grouped(Math.round(paid.limit)),
      percent(paid.rate / paid.limit),
      percent(paidWhenEmpty.rate / paidWhenEmpty.limit),
      percent(relativeRate(measurement)),
      paid.cpuMicroseconds.toFixed(1),
      paidWhenEmpty.cpuMicroseconds.toFixed(1),
    ]);
    costs.push([
      grouped(outputs),
      grouped(payments),
      measurement.restartSeconds.toFixed(2),
      megabytes(measurement.readyBytes),
      megabytes(measurement.loadedBytes),
      grouped(Math.round(measurement.diskBytes / payments)),
      quantile(measurement.proofs, 0.5).toFixed(1),
      quantile(measurement.proofs, 0.99).toFixed(1),
      grouped(Math.round(measurement.writtenPerSecond)),
    ]);
  }
  return [
    `${grouped(PAYMENTS)} payments of 1 input and 2 outputs, binary, 1,000 per call, of outputs of all ages, beside the same with an empty store`,
    rates.toString(),
    "From the start of the program until it is ready; resident memory; disk with everything committed; proofs of outputs of all ages, one after the other",
    costs.toString(),
  ].join("\n");
}

function draw(measurements: readonly Measurement[]): string {
  const pointsOf = (quantity: (measurement: Measurement) => number) =>
    measurements.map((measurement) => [measurement.outputs, quantity(measurement)] as const);
  return plot([
    {
      title: "Rate, as a share of that with an empty store",
      points: pointsOf(relativeRate),
      goal: { value: 0.8, text: "goal: at least 0.8" },
    },
    {
      title: "Resident memory at most, MB",
      points: pointsOf(({ loadedBytes }) => loadedBytes / 1e6),
      goal: { value: 1_500, text: "goal: at most 1,500" },
    },
    {
      title: "Restart to ready, seconds",
      points: pointsOf(({ restartSeconds }) => restartSeconds),
      goal: { value: 10, text: "goal: under 10" },
    },
    { title: "Disk, bytes a payment", points: pointsOf(({ diskBytes, payments }) => diskBytes / payments) },
  ]);
}

function createTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, colAligns: head.map(() => "right"), style: { head: [], border: [] } });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function megabytes(bytes: number): string {
  return grouped(Math.round(bytes / 1e6));
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
