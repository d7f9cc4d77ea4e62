// `node bench/overload.ts`: what the real service does beyond its capacity and among peers that mean no good. It must say "busy" at once,
// keep its latency for what it takes, lose nothing of that, and stay within bounded memory. Fails where something acknowledged is missing.
import { parseArgs } from "node:util";
import type { OperatorApi } from "../client/operatorApi.ts";
import { decodeBlock } from "../protocol/block.ts";
import { toHex } from "../protocol/bytes.ts";
import { sendGarbage } from "./overload/garbage.ts";
import { type HonestPeer, PAYMENTS_PER_SECOND, payMeanwhile, watchMemory } from "./overload/observe.ts";
import { requireAll, sendBeyondCapacity } from "./overload/payments.ts";
import { openIdle, readSlowly } from "./overload/peers.ts";
import { sendPayments } from "./support/jsonSender.ts";
import { type BenchNetwork, NO_RATE_LIMIT, withNetwork } from "./support/network.ts";
import { createReporter, grouped, quantile, table } from "./support/report.ts";
import { prepareOutputs, signPayments } from "./throughput/prepare.ts";
import { untilCommitted } from "./throughput/sync.ts";

const { values } = parseArgs({
  options: {
    payments: { type: "string", default: "40000" },
    idle: { type: "string", default: "10000" },
    readers: { type: "string", default: "200" },
    garbage: { type: "string", default: "1024" },
  },
});
const [PAYMENTS, IDLE, READERS, GARBAGE_MIB] = [values.payments, values.idle, values.readers, values.garbage].map(
  Number,
) as [number, number, number, number];
const PAYERS = 4;
const PER_CALL = 100;
/** Calls that wait for an answer where the service is used as it should be, and where it is not. */
const ORDERLY = 8;
const EXCESSIVE = 400;
/** How long an honest peer is watched beside those that say nothing, and beside those that read nothing. */
const IDLE_MS = 3_000;
const READERS_MS = 20_000;
const GARBAGE_SECONDS = 60;
const HONEST_PAYMENTS = PAYMENTS_PER_SECOND * ((IDLE_MS + READERS_MS) / 1_000 + GARBAGE_SECONDS);

const { step } = createReporter((text) => process.stderr.write(text));
await withNetwork(
  { accounts: PAYERS, operatorOptions: [...NO_RATE_LIMIT, "--max-connections", String(IDLE + 2_000)] },
  { step },
  run,
);

async function run({ network, reader, accounts, crypto }: BenchNetwork): Promise<void> {
  const url = network.operatorUrl;
  const count = 2 * PAYMENTS + HONEST_PAYMENTS;
  const outputs = await step(`Split deposits into ${grouped(count)} outputs`, (progress) =>
    prepareOutputs({ reader, accounts }, count, progress),
  );
  const [first, second, third] = await step(`Sign ${grouped(count)} payments`, async () => {
    const packed = await signPayments(outputs.slice(0, count), reader.domain, crypto);
    const raws = decodeBlock(packed).map((raw) => toHex(raw));
    return [raws.slice(0, PAYMENTS), raws.slice(PAYMENTS, 2 * PAYMENTS), raws.slice(2 * PAYMENTS)] as const;
  });
  const memory = watchMemory(url);
  const rows: (readonly [string, string])[] = [];
  const note = (name: string, value: string) => rows.push([name, value]);
  const mib = () => `${grouped(Math.round(memory.takePeak() / 2 ** 20))} MiB`;

  const orderly = await step(`Send them, ${ORDERLY} calls of ${PER_CALL} at once`, (progress) =>
    sendPayments(url, first, { perCall: PER_CALL, callsAtOnce: ORDERLY }, progress),
  );
  const rate = (count: number, seconds: number) => `${grouped(Math.round(count / seconds))} acknowledged / s`;
  note(
    `${ORDERLY} calls at once`,
    `${rate(first.length, orderly.seconds)}, ${latency(orderly.latencies)}; memory ${mib()}`,
  );

  const beyond = await step(
    `Send as many again, ${EXCESSIVE} calls at once, again and again until they are taken`,
    (progress) => sendBeyondCapacity(url, second, { perCall: PER_CALL, callsAtOnce: EXCESSIVE }, progress),
  );
  note(
    `${EXCESSIVE} calls at once`,
    `${rate(second.length, beyond.seconds)}, ${latency(beyond.accepted)}; memory ${mib()}`,
  );
  note("of these, told to come again", `${grouped(beyond.refused.length)} calls, ${latency(beyond.refused)}`);
  const found = await step("Look up every acknowledged payment at its place", (progress) =>
    requireAll(url, beyond.receipts, progress),
  );
  note("acknowledged and found at their places", `${grouped(found)} of ${grouped(second.length)}`);

  const waiting = async (milliseconds: number) => {
    const pause = new Promise((resolve) => setTimeout(resolve, milliseconds));
    return honest(await payMeanwhile(url, third, pause));
  };
  const idle = await step(`Open ${grouped(IDLE)} connections and say nothing`, () => openIdle(url, IDLE));
  note(`beside ${grouped(idle.open())} idle connections`, `${await waiting(IDLE_MS)}; memory ${mib()}`);
  idle.close();
  const readers = await step(`${grouped(READERS)} peers ask for much and read nothing`, async () =>
    readSlowly(url, READERS, await largestBlock(reader.operator)),
  );
  note(`beside ${grouped(READERS)} slow readers`, `${await waiting(READERS_MS)}; memory ${mib()}`);
  readers.close();
  const sent = await step(`Send ${grouped(GARBAGE_MIB)} MiB of garbage`, async () => {
    const sending = sendGarbage(url, GARBAGE_MIB * 2 ** 20);
    return { peer: await payMeanwhile(url, third, sending), ...(await sending) };
  });
  note(
    `beside ${grouped(Math.round(sent.bytes / 2 ** 20))} MiB of garbage`,
    `${honest(sent.peer)}; memory ${mib()}; answers ${sent.answers}`,
  );
  memory.stop();
  console.log(table(rows));
}

/** The committed block with the most entries. */
async function largestBlock(operator: OperatorApi): Promise<bigint> {
  const last = await untilCommitted(operator);
  let largest = { number: 1n, txCount: 0 };
  for (let number = 1n; number <= last; number++) {
    const block = await operator.call("plasma_getBlock", number);
    if (block !== null && block.txCount > largest.txCount) largest = block;
  }
  return largest.number;
}

function honest({ latencies, busy }: HonestPeer): string {
  return `${grouped(latencies.length)} payments of an honest peer, ${latency(latencies)}, told to come again ${grouped(busy)} times`;
}

function latency(sorted: readonly number[]): string {
  return `p50 ${quantile(sorted, 0.5).toFixed(1)} ms, p99 ${quantile(sorted, 0.99).toFixed(1)} ms`;
}
