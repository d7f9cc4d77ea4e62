// `npm run bench`: payments a second that the real service acknowledges over its port, each on disk before it is
// acknowledged, beside what this machine could recover of signatures if it did nothing else; where the processors' time goes; and
// in the same run how long a full block takes to its root, how fast a watcher executes everything from nothing, and what one
// receipt of thousands of payments takes.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { findFreePort } from "../cli/childProgram.ts";
import { DEV_DEFAULTS, startDevNetwork } from "../cli/devNetwork.ts";
import { dataPaths } from "../cli/paths.ts";
import { createNativeCrypto } from "../runtime/nativeCrypto.ts";
import { openAccounts } from "./support/accounts.ts";
import { readCpuTime } from "./support/cpuTime.ts";
import { createReporter, grouped } from "./support/report.ts";
import { type Load, startSender } from "./throughput/load.ts";
import { prepareOutputs, signPayments } from "./throughput/prepare.ts";
import { type MeasuredReceipt, measureReceipt } from "./throughput/receipt.ts";
import { measureSealing } from "./throughput/sealing.ts";
import { measureSignatureLimit, type SignatureLimit } from "./throughput/signatureLimit.ts";
import { type Synced, syncWatcher, untilCommitted } from "./throughput/sync.ts";

const { values } = parseArgs({
  options: { payments: { type: "string", default: "50000" }, only: { type: "string" }, threads: { type: "string" } },
});
const PAYMENTS = Number(values.payments);
const PAYERS = 16;
const LIMIT_SECONDS = 3;
const RECEIPT_PAYMENTS = 5_000;
const BLOCK_TRANSACTIONS = 65_536;
const LOADS: readonly Load[] = (
  [
    { form: "binary", perCall: 1_000, callsAtOnce: 8 },
    { form: "JSON", perCall: 1_000, callsAtOnce: 8 },
    { form: "JSON", perCall: 1, callsAtOnce: 100 },
  ] as const
).filter((_, index) => values.only === undefined || values.only.includes(String(index)));

const CPU_PARTS = ["sender", "operator: main", "verifiers", "others", "L1"];

const { step } = createReporter((text) => process.stderr.write(text));
const directory = mkdtempSync(path.join(tmpdir(), "plasma-bench-"));
const paths = dataPaths(path.join(directory, "data"));
try {
  await run();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Again beside everything that is compared with it: a machine is rarely as fast from one minute to the next. */
function measureLimit(): Promise<SignatureLimit> {
  return step(`Recover signatures on every core for ${LIMIT_SECONDS} s`, () => measureSignatureLimit(LIMIT_SECONDS));
}

async function run(): Promise<void> {
  const network = await step("Start L1, contracts and the operator", async (progress) =>
    startDevNetwork(
      {
        ...DEV_DEFAULTS,
        watcherPort: undefined,
        rpcPort: await findFreePort("127.0.0.1"),
        operatorPort: await findFreePort("127.0.0.1"),
        accountNames: Array.from({ length: PAYERS }, (_, index) => `payer-${index}`),
        operatorOptions: [
          ...["--rate-per-second", "1000000", "--rate-burst", "1000000"],
          ...["--l1-poll-ms", "1000"], // as on a real chain; a development network looks ten times as often
          ...(values.threads === undefined ? [] : ["--verifier-threads", values.threads]),
        ],
      },
      { paths, env: process.env, signal: new AbortController().signal, progress },
    ),
  );
  const rates = createTable([
    "form",
    "per call",
    "calls at once",
    "acknowledged / s",
    "limit",
    "of the limit",
    "p50 ms",
    "p99 ms",
  ]);
  const costs = createTable(["form", "per call", ...CPU_PARTS, "all", "recovery", "of the limit"]);
  let limit: SignatureLimit;
  let sealing: number;
  let synced: Synced | undefined;
  let receipt: MeasuredReceipt | undefined;
  const crypto = await createNativeCrypto();
  try {
    const opened = await step(`Open ${PAYERS} keystores`, (progress) => openAccounts(network, paths, crypto, progress));
    const outputs = await step(`Split deposits into ${grouped(PAYMENTS * LOADS.length)} outputs`, (progress) =>
      prepareOutputs(opened, PAYMENTS * LOADS.length, progress),
    );
    for (const [index, load] of LOADS.entries()) {
      const spent = outputs.slice(index * PAYMENTS, (index + 1) * PAYMENTS);
      const sender = await step(`Sign ${grouped(PAYMENTS)} payments`, async () => {
        const payments = await signPayments(spent, opened.reader.domain, crypto);
        return startSender({ url: network.operatorUrl, payments, load });
      });
      const { form, perCall, callsAtOnce } = load;
      await untilCommitted(opened.reader.operator);
      limit = await measureLimit();
      const sent = `Send them as ${form}, ${grouped(perCall)} per call, ${callsAtOnce} calls at once`;
      const before = readCpuParts(network);
      const { seconds, latencies, cpuSeconds } = await step(sent, () => sender.run());
      await untilCommitted(opened.reader.operator);
      const spentBy = [cpuSeconds, ...readCpuParts(network).map((after, part) => after - (before[part] as number))];
      const cpu = spentBy.map((time) => (time * 1e6) / PAYMENTS);
      const rate = PAYMENTS / seconds;
      rates.push([
        form,
        grouped(perCall),
        callsAtOnce,
        grouped(Math.round(rate)),
        grouped(Math.round(limit.rate)),
        percent(rate / limit.rate),
        quantile(latencies, 0.5).toFixed(1),
        quantile(latencies, 0.99).toFixed(1),
      ]);
      const all = cpu.reduce((sum, part) => sum + part, 0);
      costs.push([
        form,
        grouped(perCall),
        ...cpu.map((part) => part.toFixed(1)),
        all.toFixed(1),
        limit.microseconds.toFixed(1),
        percent(limit.microseconds / all),
      ]);
    }
    limit = await measureLimit();
    sealing = await step(`Make the root of a block of ${grouped(BLOCK_TRANSACTIONS)} payments`, async () =>
      measureSealing(BLOCK_TRANSACTIONS, crypto),
    );
    if (values.only === undefined) {
      synced = await step("Start a watcher with nothing, until it has executed every block", (progress) =>
        syncWatcher(paths, network.operatorUrl, progress),
      );
      receipt = await step(`Make and verify a receipt of ${grouped(RECEIPT_PAYMENTS)} payments`, () =>
        measureReceipt(opened.reader, RECEIPT_PAYMENTS),
      );
    }
  } finally {
    await network.stop();
  }
  const lines = [
    `Limit: signatures recovered / s by ${limit.threads} threads that do nothing else, measured before each load`,
    `${grouped(PAYMENTS)} payments of 1 input and 2 outputs, each by a key of its own, signed beforehand; the sender shares the ${availableParallelism()} processors with the service and L1`,
    "Durability: an acknowledgement leaves after fdatasync of the log; latency is that of a call",
    rates.toString(),
    "Processor time in µs a payment, until the last block is on L1; the last column is what would be reached with no processor idle",
    costs.toString(),
    `A block of ${grouped(BLOCK_TRANSACTIONS)} payments: root in ${sealing.toFixed(3)} s after its last payment, ` +
      `${(sealing / (BLOCK_TRANSACTIONS / limit.rate)).toFixed(3)} of the time that recovering its signatures takes`,
  ];
  if (synced !== undefined) {
    const rate = synced.transactions / synced.seconds;
    lines.push(
      `A watcher with nothing executes ${grouped(Math.round(rate))} transactions / s, ${percent(rate / limit.rate)} of the limit: ` +
        `${grouped(synced.transactions)} in ${grouped(synced.blocks)} blocks, in ${synced.seconds.toFixed(1)} s from its start`,
    );
  }
  if (receipt !== undefined) {
    lines.push(
      `A receipt of ${grouped(receipt.payments)} payments in ${grouped(receipt.blocks)} blocks: ` +
        `${grouped(receipt.bytes / receipt.payments)} bytes a payment, ${grouped(receipt.transactionBytes / receipt.payments)} of them the payment itself; ` +
        `made in ${receipt.secondsToMake.toFixed(2)} s, verified in ${receipt.secondsToVerify.toFixed(2)} s`,
    );
  }
  console.log(lines.join("\n"));
}

/** Processor seconds that the parts of the network have used, in the order of CPU_PARTS. */
function readCpuParts({ operator, l1 }: { operator: { pid: number }; l1: { pid: number } }): number[] {
  const service = readCpuTime(operator.pid);
  const inThreads = (name: string) =>
    service.threads.reduce((sum, thread) => sum + (thread.name === name ? thread.seconds : 0), 0);
  const [main, verifiers] = [inThreads("MainThread"), inThreads("WorkerThread")];
  return [main, verifiers, service.total - main - verifiers, readCpuTime(l1.pid).total];
}

function createTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, colAligns: head.map(() => "right"), style: { head: [], border: [] } });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
