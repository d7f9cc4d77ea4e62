// `node bench/conditions.ts`: conditional spends a second through the real service, beside plain payments in the same run, and whether
// plain payments are slower once there are conditions: before the service has met one, between conditional spends, and while
// somebody else sends them.
import { parseArgs } from "node:util";
import { type Hex, keccak256 } from "viem";
import { l1Time } from "../client/l1.ts";
import { decodeBlock } from "../protocol/block.ts";
import { toHex } from "../protocol/bytes.ts";
import { shippedConditionCode } from "../protocol/conditions/shipped.ts";
import { claimLocks, lockOutputs, registerLock } from "./conditions/hashTimeLocks.ts";
import type { OpenAccount } from "./support/accounts.ts";
import { sendPayments } from "./support/jsonSender.ts";
import { type BenchNetwork, NO_RATE_LIMIT, withNetwork } from "./support/network.ts";
import { createReporter, grouped, table } from "./support/report.ts";
import { prepareOutputs, signPayments } from "./throughput/prepare.ts";

const { values } = parseArgs({
  options: { plain: { type: "string", default: "10000" }, conditional: { type: "string", default: "2000" } },
});
/** Of each of three rounds, and of each of two. */
const [PLAIN, CONDITIONAL] = [Number(values.plain), Number(values.conditional)];
const PAYERS = 4;
const LOAD = { perCall: 100, callsAtOnce: 8 };
const SECRET: Hex = `0x${"5e".repeat(32)}`;
const YEAR_SECONDS = 365 * 86_400;

const { step } = createReporter((text) => process.stderr.write(text));
await withNetwork({ accounts: PAYERS, operatorOptions: NO_RATE_LIMIT }, { step }, run);

async function run({ network, reader, accounts, crypto }: BenchNetwork): Promise<void> {
  const { domain } = reader;
  const code = shippedConditionCode("hashTimeLock");
  const [payer] = accounts as readonly [OpenAccount];
  const condition = await step("Register the hash time-lock", () => registerLock(payer.client, code));
  const timeout = (await l1Time(reader)) + YEAR_SECONDS;
  const terms = { hash: keccak256(SECRET), receiver: payer.signer.address, timeout };
  const count = 3 * PLAIN + 2 * CONDITIONAL;
  const outputs = await step(`Split deposits into ${grouped(count)} outputs`, (progress) =>
    prepareOutputs({ reader, accounts }, count, progress),
  );
  const locks = await step(`Lock ${grouped(2 * CONDITIONAL)} of them`, () =>
    lockOutputs(reader, outputs.slice(3 * PLAIN, count), { condition, terms }),
  );
  const payments = await step("Sign payments", () => signPayments(outputs.slice(0, 3 * PLAIN), domain, crypto));
  const raws = decodeBlock(payments).map((raw) => toHex(raw));
  const [first, between, beside] = [0, 1, 2].map((round) => raws.slice(round * PLAIN, (round + 1) * PLAIN)) as [
    Hex[],
    Hex[],
    Hex[],
  ];
  const claims = await claimLocks(locks, { condition, terms, secret: SECRET, receiver: payer.signer, domain });

  const send = async (what: string, raws: readonly Hex[]) => {
    const { seconds } = await step(what, (progress) => sendPayments(network.operatorUrl, raws, LOAD, progress));
    return raws.length / seconds;
  };
  const before = await send("Plain payments, before any condition", first);
  const alone = await send("Conditional spends", claims.slice(0, CONDITIONAL));
  const after = await send("Plain payments, after them", between);
  const [mixed, mixedClaims] = await Promise.all([
    send("Plain payments while conditional spends come", beside),
    send("Conditional spends while plain payments come", claims.slice(CONDITIONAL)),
  ]);
  const rate = (perSecond: number) =>
    `${grouped(Math.round(perSecond))} acknowledged / s, ${(perSecond / before).toFixed(2)} of the first row`;
  console.log(
    table([
      ["plain payments, before any condition", rate(before)],
      ["conditional spends (hash time-lock)", rate(alone)],
      ["plain payments, after them", rate(after)],
      ["plain payments, while conditional spends come", rate(mixed)],
      ["conditional spends, while plain payments come", rate(mixedClaims)],
      [
        "calls",
        `of ${LOAD.perCall}, ${LOAD.callsAtOnce} at once; acknowledged when on disk; the sender shares the processors`,
      ],
    ]),
  );
}
