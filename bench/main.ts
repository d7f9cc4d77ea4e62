// `npm run bench`: payments a second that the real service acknowledges over its port, each on disk before it is
// acknowledged, beside what this machine could recover of signatures if it did nothing else; where the processors' time goes; and
// in the same run how long answers take below that rate, how long a full block takes to its root, how fast a watcher executes
// everything from nothing, and what one receipt of thousands of payments takes.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type BenchNetwork, NO_RATE_LIMIT, withNetwork } from "./support/network.ts";
import { createReporter, createTable, grouped, percent, quantile } from "./support/report.ts";
import type { Load } from "./throughput/load.ts";
import { CPU_PARTS, createLoads, type Sustained } from "./throughput/loads.ts";
import { prepareOutputs } from "./throughput/prepare.ts";
import { measureProofs } from "./throughput/proofs.ts";
import { measureReceipt } from "./throughput/receipt.ts";
import { measureSealing } from "./throughput/sealing.ts";
import { SYNC_PARTS, syncWatcher } from "./throughput/sync.ts";

const { values } = parseArgs({
  options: { payments: { type: "string", default: "30000" }, only: { type: "string" }, threads: { type: "string" } },
});
/** Of each load. */
const PAYMENTS = Number(values.payments);
const PAYERS = 16;
const RECEIPT_PAYMENTS = 5_000;
const BLOCK_TRANSACTIONS = 65_536;
/** Of the sustained rate, where latency is measured and where proofs are asked for. */
const SHARES = [0.5, 0.9];
const PROOFS_SHARE = 0.7;
/** How the sustained rate is found, and how shares of it are sent. */
const FORMS: readonly { readonly sustained: Load; readonly paced?: Load }[] = (
  [
    {
      sustained: { form: "binary", perCall: 1_000, callsAtOnce: 8 },
      paced: { form: "binary", perCall: 100, callsAtOnce: 100 },
    },
    { sustained: { form: "JSON", perCall: 1_000, callsAtOnce: 8 } },
    {
      sustained: { form: "JSON", perCall: 1, callsAtOnce: 100 },
      paced: { form: "JSON", perCall: 1, callsAtOnce: 100 },
    },
  ] as const
).filter((_, index) => values.only === undefined || values.only.includes(String(index)));
const LOADS = FORMS.reduce((sum, { paced }) => sum + (paced === undefined ? 1 : 1 + SHARES.length), 1);

const reporter = createReporter((text) => process.stderr.write(text));
const { step } = reporter;
await withNetwork(
  {
    accounts: PAYERS,
    operatorOptions: [
      ...NO_RATE_LIMIT,
      ...["--l1-poll-ms", "1000"], // as on a real chain; a development network looks ten times as often
      ...(values.threads === undefined ? [] : ["--verifier-threads", values.threads]),
    ],
  },
  reporter,
  run,
);

async function run(running: BenchNetwork): Promise<void> {
  const { network, paths, crypto, reader } = running;
  const quantiles = ["p50 ms", "p99 ms"];
  const rates = createTable(["form", "per call", "at once", "acknowledged / s", "limit", "of the limit", ...quantiles]);
  const costs = createTable(["form", "per call", ...CPU_PARTS, "all", "recovery", "of the limit"]);
  const waits = createTable(["form", "per call", "sent / s", "of the rate above", ...quantiles, "told to come again"]);
  const outputs = await step(`Split deposits into ${grouped(PAYMENTS * LOADS)} outputs`, (progress) =>
    prepareOutputs(running, PAYMENTS * LOADS, progress),
  );
  const loads = createLoads(running, { outputs: [...outputs], count: PAYMENTS }, reporter);
  const addRates = ({ form, perCall, callsAtOnce }: Load, { rate, limit, latencies, cpu }: Sustained) => {
    const perSecond = [rate, limit.rate].map((each) => grouped(Math.round(each)));
    const share = percent(rate / limit.rate);
    rates.push([form, grouped(perCall), callsAtOnce, ...perSecond, share, ...showQuantiles(latencies)]);
    const all = cpu.reduce((sum, part) => sum + part, 0);
    const times = [...cpu, all, limit.microseconds].map((time) => time.toFixed(1));
    costs.push([form, grouped(perCall), ...times, percent(limit.microseconds / all)]);
  };

  let proofs: readonly number[] = [];
  for (const { sustained, paced } of FORMS) {
    const measured = await loads.sustain(sustained);
    addRates(sustained, measured);
    if (paced === undefined) continue;
    const { form, perCall } = paced;
    for (const share of SHARES) {
      const perSecond = share * measured.rate;
      const { latencies, busy } = await loads.pace(paced, perSecond);
      const sent = grouped(Math.round(perSecond));
      waits.push([form, grouped(perCall), sent, percent(share), ...showQuantiles(latencies), grouped(busy)]);
    }
    if (proofs.length > 0) continue;
    await loads.pace(paced, PROOFS_SHARE * measured.rate, async (sending) => {
      proofs = await measureProofs(reader.operator, sending);
    });
  }
  const limit = await loads.measureLimit();
  const sealing = await step(`Make the root of a block of ${grouped(BLOCK_TRANSACTIONS)} payments`, async () =>
    measureSealing(BLOCK_TRANSACTIONS, crypto),
  );
  const synced = await step("Start a watcher with nothing, until it has executed every block", (progress) =>
    syncWatcher(paths, network.operatorUrl, progress),
  );
  const receipt = await step(`Make and verify a receipt of ${grouped(RECEIPT_PAYMENTS)} payments`, () =>
    measureReceipt(reader, RECEIPT_PAYMENTS),
  );
  const syncRate = synced.transactions / synced.seconds;
  const lines = [
    `Limit: signatures recovered / s by ${limit.threads} threads that do nothing else, measured before each load`,
    `${grouped(PAYMENTS)} payments of 1 input and 2 outputs, each by a key of its own, signed beforehand; the sender shares the ${availableParallelism()} processors with the service and L1`,
    "Durability: an acknowledgement leaves after fdatasync of the log; latency is that of a call",
    rates.toString(),
    "Processor time in µs a payment, until the last block is on L1; the last column is what would be reached with no processor idle",
    costs.toString(),
    "Below that rate, calls are due at fixed times and latency counts from then, whenever they could be sent",
    waits.toString(),
    `Proof of any output of ${grouped(LOADS * PAYMENTS)}, asked for at ${percent(PROOFS_SHARE)} of the rate: ` +
      `p50 ${quantile(proofs, 0.5).toFixed(1)} ms, p99 ${quantile(proofs, 0.99).toFixed(1)} ms, of ${grouped(proofs.length)}`,
    `A block of ${grouped(BLOCK_TRANSACTIONS)} payments: root in ${sealing.toFixed(3)} s after its last payment, ` +
      `${(sealing / (BLOCK_TRANSACTIONS / limit.rate)).toFixed(3)} of the time that recovering its signatures takes`,
    `A watcher with nothing executes ${grouped(Math.round(syncRate))} transactions / s, ${percent(syncRate / limit.rate)} of the limit: ` +
      `${grouped(synced.transactions)} in ${grouped(synced.blocks)} blocks, in ${synced.seconds.toFixed(1)} s from its start; ` +
      `processor time in µs a transaction: ${SYNC_PARTS.map((part, index) => `${part} ${synced.cpu[index]?.toFixed(1)}`).join(", ")}`,
    `A receipt of ${grouped(receipt.payments)} payments in ${grouped(receipt.blocks)} blocks: ` +
      `${grouped(receipt.bytes / receipt.payments)} bytes a payment, ${grouped(receipt.transactionBytes / receipt.payments)} of them the payment itself; ` +
      `made in ${receipt.secondsToMake.toFixed(2)} s, verified in ${receipt.secondsToVerify.toFixed(2)} s`,
  ];
  console.log(lines.join("\n"));
}

function showQuantiles(sorted: readonly number[]): string[] {
  return [0.5, 0.99].map((share) => quantile(sorted, share).toFixed(1));
}
