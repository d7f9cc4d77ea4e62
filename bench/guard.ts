// `node bench/guard.ts`: many exits at once, some of them wrong, and one watcher with a key: how many L1 blocks pass from a wrong exit
// to its challenge, what the watcher asks of its L1 node, and what memory it takes.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type Hex, parseEventLogs } from "viem";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import { createLogger } from "../runtime/logger.ts";
import { startBareOperator } from "../test/support/bareOperator.ts";
import { startL1 } from "../test/support/l1.ts";
import { EXIT, type Known, startWatchedChain } from "../test/support/watchedChain.ts";
import { watcherConfig } from "../test/support/watcher.ts";
import { startWatcher } from "../watcher/service.ts";
import { createReporter, grouped, table } from "./support/report.ts";

const { values } = parseArgs({
  options: { exits: { type: "string", default: "1000" }, wrong: { type: "string", default: "100" } },
});
const EXITS = Number(values.exits);
const WRONG = Number(values.wrong);
/** L1 time between two blocks, in seconds. */
const BLOCK_SECONDS = 12;
const HOUR_BLOCKS = 3_600 / BLOCK_SECONDS;

const { step } = createReporter((line) => process.stderr.write(line));
const endings: (() => unknown)[] = [];
const ending = { after: (end: () => void | Promise<void>) => void endings.push(end) };
try {
  await run();
} finally {
  for (const end of endings.reverse()) await end();
}

async function run(): Promise<void> {
  const l1 = await startL1();
  ending.after(() => l1.close());
  const chain = await startWatchedChain(l1);
  const operator = await startBareOperator(ending, l1, chain.contract);
  const calls = await startCounter(l1.url);
  const deposits: Known[] = [];
  await step(`Deposit ${grouped(EXITS)} times`, async (progress) => {
    while (deposits.length < EXITS) {
      deposits.push(await chain.deposit(1_000n + BigInt(deposits.length)));
      progress(`${deposits.length}`);
    }
  });
  const isWrong = (index: number) => index % Math.floor(EXITS / WRONG) === 0;
  const spent = deposits.filter((_, index) => isWrong(index));
  await step(`Spend ${grouped(spent.length)} of them in one block`, async () => {
    const payments = [];
    for (const source of spent) payments.push((await chain.payment(source, chain.bob)).raw);
    await operator.commit(payments);
  });

  const directory = mkdtempSync(path.join(tmpdir(), "plasma-guard-"));
  ending.after(() => rmSync(directory, { recursive: true, force: true }));
  const overrides = { sources: [operator.url], act: true, l1PollMs: 200, logLevel: "silent", l1Url: calls.url };
  const config = watcherConfig(l1, chain.contract, directory, { ...overrides, maxDailyCostEth: "1000" });
  const watcher = await startWatcher(config, { account: chain.carol, logger: createLogger("silent"), clock: Date.now });
  ending.after(() => watcher.stop());
  const before = calls.count();

  await step(`Start ${grouped(EXITS)} exits in an hour of L1 time`, async (progress) => {
    for (const [index, source] of deposits.entries()) {
      await chain.exit(source, deposits[index - 1]);
      if (index % Math.ceil(EXITS / HOUR_BLOCKS) === 0) await chain.game.pass(BLOCK_SECONDS);
      progress(`${index + 1}`);
    }
  });
  const waited = await step("Wait until every wrong one is challenged", async (progress) => {
    const started = performance.now();
    for (;;) {
      const states = await Promise.all(spent.map((output) => chain.exitStateOf(output)));
      const open = states.filter((state) => state !== EXIT.challenged).length;
      if (open === 0) return performance.now() - started;
      progress(`${open} are open`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
  const logs = await l1.client.getLogs({ address: chain.contract, fromBlock: 0n });
  const blockOf = (eventName: "ExitStarted" | "ExitChallenged") =>
    new Map(
      parseEventLogs({ abi: rootChainAbi, eventName, logs }).map((event): [Hex, bigint] => [
        event.args.outputId,
        event.blockNumber,
      ]),
    );
  const [started, challenged] = [blockOf("ExitStarted"), blockOf("ExitChallenged")];
  const delays = spent
    .map(({ outputId }) => Number((challenged.get(outputId) ?? 0n) - (started.get(outputId) ?? 0n)))
    .sort((a, b) => a - b);
  console.log(
    table([
      ["exits, wrong, challenged", `${grouped(EXITS)}, ${grouped(spent.length)}, ${grouped(challenged.size)}`],
      [
        "honest exits challenged",
        grouped([...challenged.keys()].filter((id) => !spent.some((one) => one.outputId === id)).length),
      ],
      [
        "L1 blocks to the challenge",
        `median ${delays[delays.length >> 1]}, worst ${delays.at(-1)} (every L1 transaction is a block here)`,
      ],
      ["waited after the last exit", `${(waited / 1000).toFixed(1)} s`],
      [
        "L1 calls",
        `${grouped(calls.count() - before)}, ${((calls.count() - before) / spent.length).toFixed(1)} a challenge`,
      ],
      ["memory of this process", `${grouped(Math.round(process.memoryUsage().rss / 2 ** 20))} MiB, L1 node and all`],
    ]),
  );
}

/** The L1 node behind a count of what is asked of it. */
async function startCounter(target: string): Promise<{ readonly url: string; count(): number }> {
  let count = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const document: unknown = JSON.parse(body);
    count += Array.isArray(document) ? document.length : 1;
    const answer = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.after(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("the server has no port");
  return { url: `http://127.0.0.1:${address.port}`, count: () => count };
}
