// `npm run bench`: payments a second that the real service acknowledges over its port, each on disk before it is
// acknowledged, beside what this machine could recover of signatures if it did nothing else; and in the same run how fast a
// watcher executes them all from nothing, and what one receipt of thousands of them takes.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { findFreePort } from "../cli/childProgram.ts";
import { DEV_DEFAULTS, startDevNetwork } from "../cli/devNetwork.ts";
import { dataPaths } from "../cli/paths.ts";
import { requireWallet } from "../client/client.ts";
import { createNativeCrypto } from "../runtime/nativeCrypto.ts";
import { type OpenAccount, openAccounts } from "./support/accounts.ts";
import { createReporter, grouped } from "./support/report.ts";
import { type Load, sendPayments } from "./throughput/load.ts";
import { prepareOutputs, signPayments } from "./throughput/prepare.ts";
import { type MeasuredReceipt, measureReceipt } from "./throughput/receipt.ts";
import { measureSignatureLimit } from "./throughput/signatureLimit.ts";
import { type Synced, syncWatcher } from "./throughput/sync.ts";

const { values } = parseArgs({ options: { payments: { type: "string", default: "20000" } } });
const PAYMENTS = Number(values.payments);
const PAYERS = 16;
const LIMIT_SECONDS = 3;
const RECEIPT_PAYMENTS = 5_000;
const LOADS: readonly Load[] = [
  { perCall: 1_000, callsAtOnce: 4 },
  { perCall: 100, callsAtOnce: 8 },
  { perCall: 1, callsAtOnce: 64 },
];

const { step } = createReporter((text) => process.stderr.write(text));
const directory = mkdtempSync(path.join(tmpdir(), "plasma-bench-"));
const paths = dataPaths(path.join(directory, "data"));
try {
  await run();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const limit = await step(`Recover signatures on every core for ${LIMIT_SECONDS} s`, () =>
    measureSignatureLimit(LIMIT_SECONDS),
  );
  const network = await step("Start L1, contracts and the operator", async (progress) =>
    startDevNetwork(
      {
        ...DEV_DEFAULTS,
        watcherPort: undefined,
        rpcPort: await findFreePort("127.0.0.1"),
        operatorPort: await findFreePort("127.0.0.1"),
        accountNames: Array.from({ length: PAYERS }, (_, index) => `payer-${index}`),
        operatorOptions: ["--rate-per-second", "1000000", "--rate-burst", "1000000"],
      },
      { paths, env: process.env, signal: new AbortController().signal, progress },
    ),
  );
  const table = new Table({
    head: ["per call", "calls at once", "payments", "acknowledged / s", "of the limit", "p50 ms", "p99 ms"],
    colAligns: Array.from({ length: 7 }, () => "right" as const),
    style: { head: [], border: [] },
  });
  let synced: Synced;
  let receipt: MeasuredReceipt;
  try {
    const crypto = await createNativeCrypto();
    const opened = await step(`Open ${PAYERS} keystores`, (progress) => openAccounts(network, paths, crypto, progress));
    const outputs = await step(`Split deposits into ${grouped(PAYMENTS * LOADS.length)} outputs`, (progress) =>
      prepareOutputs(opened, PAYMENTS * LOADS.length, progress),
    );
    for (const [index, load] of LOADS.entries()) {
      const spent = outputs.slice(index * PAYMENTS, (index + 1) * PAYMENTS);
      const raws = await step(`Sign ${grouped(PAYMENTS)} payments`, () => signPayments(spent, opened.reader.domain));
      const { seconds, latencies } = await step(
        `Send them, ${grouped(load.perCall)} per call, ${load.callsAtOnce} calls at once`,
        (progress) => sendPayments(network.operatorUrl, raws, load, progress),
      );
      const rate = PAYMENTS / seconds;
      table.push([
        grouped(load.perCall),
        load.callsAtOnce,
        grouped(PAYMENTS),
        grouped(Math.round(rate)),
        `${((rate / limit.rate) * 100).toFixed(1)} %`,
        quantile(latencies, 0.5).toFixed(1),
        quantile(latencies, 0.99).toFixed(1),
      ]);
    }
    synced = await step("Start a watcher with nothing, until it has executed every block", (progress) =>
      syncWatcher(paths, network.operatorUrl, progress),
    );
    const [payer] = opened.accounts;
    receipt = await step(`Make and verify a receipt of ${grouped(RECEIPT_PAYMENTS)} payments of one account`, () =>
      measureReceipt(opened.reader, requireWallet((payer as OpenAccount).client).address, RECEIPT_PAYMENTS),
    );
  } finally {
    await network.stop();
  }
  console.log(
    [
      `Limit: ${grouped(Math.round(limit.rate))} signatures recovered / s by ${limit.threads} threads that do nothing else`,
      `Payments of 1 input and 2 outputs, signed beforehand; the sender shares the ${availableParallelism()} cores with the service and L1`,
      "Durability: an acknowledgement leaves after fdatasync of the log; latency is that of a call",
      table.toString(),
      `A watcher with nothing executes ${grouped(Math.round(synced.transactions / synced.seconds))} transactions / s: ` +
        `${grouped(synced.transactions)} in ${grouped(synced.blocks)} blocks, in ${synced.seconds.toFixed(1)} s from its start`,
      `A receipt of ${grouped(receipt.payments)} payments in ${grouped(receipt.blocks)} blocks: ` +
        `${grouped(receipt.bytes / receipt.payments)} bytes a payment, ${grouped(receipt.transactionBytes / receipt.payments)} of them the payment itself; ` +
        `made in ${receipt.secondsToMake.toFixed(2)} s, verified in ${receipt.secondsToVerify.toFixed(2)} s`,
    ].join("\n"),
  );
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
