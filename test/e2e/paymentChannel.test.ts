import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseEther, parseGwei } from "viem";
import { z } from "zod";
import { openGuardedOutput } from "../../client/guardedOutputs.ts";
import {
  channelFileSchema,
  channelPaymentSchema,
  createChannelPayer,
  createChannelReceiver,
  openChannel,
  paymentDocument,
} from "../../client/paymentChannel.ts";
import { closePaymentChannel } from "../../protocol/conditions/paymentChannel.ts";
import { ETH } from "../../protocol/output.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { createNativeSigner } from "../../runtime/nativeSigner.ts";
import { type Deposited, EXIT_PERIOD, startTestNetwork } from "../support/devNetwork.ts";
import {
  type Guarded,
  type GuardedSpend,
  holdings,
  openFile,
  processAll,
  refusals,
  takeAll,
  takeToL1,
} from "../support/guarded.ts";
import { auditMoney } from "../support/moneyAudit.ts";
import { clientOf } from "../support/networkClient.ts";

const PAYMENTS = 100_000;

const FEE = parseEther("0.001");
const fees = JSON.stringify([{ token: ETH, amount: FEE.toString(), mergeFree: false }]);

const network = await startTestNetwork({ operatorOptions: ["--fees", fees] });
after(() => network.close());
const { ok, fails, data } = network;

const channel = join(data, "channel.json");
const payment = join(data, "payment.json");

interface Standing {
  readonly position: string;
  readonly paid: string;
  readonly left: string;
  readonly gained: string;
  readonly closeBefore: number;
}

const open = (amount: string, until: string) =>
  ok<Guarded>("channel", "open", "bob", amount, "eth", "--until", until, "--out", channel);
const pay = (amount: string, file = payment) => ok<Standing>("channel", "pay", channel, amount, "--out", file);
const asBob = (...words: readonly string[]) => ["channel", ...words, "--account", "bob"];
const accept = (...words: readonly string[]) => ok<Standing>(...asBob("accept", channel, ...words, "--trust-operator"));

/** Pays and receives in this process, as the two wallets' own programs would, and leaves the last payment in the file. */
async function payManyTimes(count: number, amount: bigint): Promise<number> {
  const [alice, bob, crypto] = await Promise.all([
    clientOf(network, "alice"),
    clientOf(network, "bob"),
    createNativeCrypto(),
  ]);
  const file = channelFileSchema.parse(JSON.parse(readFileSync(channel, "utf8")));
  const paid = channelPaymentSchema.parse(JSON.parse(readFileSync(payment, "utf8"))).paid;
  const opened = await openChannel(bob, await openGuardedOutput(bob, file), file.fee);
  const signer = createNativeSigner(await network.privateKey("alice"));
  const payer = createChannelPayer(opened, signer, { ...alice, crypto }, paid);
  const receiver = createChannelReceiver(opened, { ...bob, crypto });
  const begun = performance.now();
  for (let made = 0; made < count; made++) receiver.accept(await payer.pay(amount));
  const seconds = (performance.now() - begun) / 1000;
  const last = receiver.best();
  assert.ok(last);
  assert.equal(last.paid, paid + BigInt(count) * amount);
  writeFileSync(payment, JSON.stringify(z.encode(channelPaymentSchema, paymentDocument(opened, last))));
  return count / seconds;
}

test("a channel from alice to bob", async (t) => {
  await ok<Deposited>("deposit", "30", "eth", "--wait");
  await ok("condition", "register", "paymentChannel");

  await t.test("alice opens it, and bob accepts it once its block is on Ethereum", async () => {
    await fails("CHANNEL_TOO_SHORT", 2, "channel", "open", "bob", "10", "eth", "--until", "+20min");
    await open("10", "+30d");
    await fails("BLOCK_NOT_VALIDATED", 3, ...asBob("accept", channel));
    await fails("CHANNEL_WRONG_SIDE", 2, "channel", "accept", channel, "--trust-operator");
    assert.equal(BigInt((await accept()).left), parseEther("10") - FEE);
    await fails("CHANNEL_EMPTY", 3, ...asBob("close", channel));
  });

  await t.test("payments are signatures in files; an older one is worth nothing", async () => {
    const first = join(data, "first.json");
    await pay("1 eth", first);
    assert.equal((await accept(first)).gained, parseEther("1").toString());
    assert.equal((await pay("0.5 eth")).paid, parseEther("1.5").toString());
    const { gained, paid, left } = await accept(payment);
    assert.deepEqual([gained, paid, left].map(BigInt), [parseEther("0.5"), parseEther("1.5"), parseEther("8.5") - FEE]);
    await fails("CHANNEL_STATE_INVALID", 3, ...asBob("accept", channel, first));
    await fails("CHANNEL_STATE_INVALID", 3, "channel", "pay", channel, "9", "eth", "--out", payment);
    await fails("AMOUNT_WRONG_TOKEN", 2, "channel", "pay", channel, "1", "DEV", "--out", payment);
    const forged = join(data, "forged.json");
    const document = JSON.parse(readFileSync(payment, "utf8"));
    writeFileSync(forged, JSON.stringify({ ...document, paid: "0x7ce66c50e2840000" }));
    await fails("CHANNEL_SIGNATURE_INVALID", 3, ...asBob("accept", channel, forged));
  });

  await t.test(`${PAYMENTS} payments in one run`, async (run) => {
    const perSecond = await payManyTimes(PAYMENTS, parseGwei("20"));
    run.diagnostic(`${Math.round(perSecond)} payments a second, both sides in one thread`);
    const { paid } = await accept(payment);
    assert.equal(BigInt(paid), parseEther("1.5") + BigInt(PAYMENTS) * parseGwei("20"));
  });

  await t.test("alice cannot close with an old state, nor spend the money alone", async () => {
    const file = openFile(channel);
    const alice = await clientOf(network, "alice");
    const document = channelFileSchema.parse(JSON.parse(readFileSync(channel, "utf8")));
    const opened = await openChannel(alice, await openGuardedOutput(alice, document), document.fee);
    const refused = ["TX_CONDITION_REFUSED", "CONDITION_REFUSED"];
    assert.deepEqual(await refusals(network, "alice", file, closePaymentChannel(opened, parseEther("1"))), refused);
    assert.deepEqual(await refusals(network, "alice", file, takeAll(file, network.address("alice"))), refused);
    assert.deepEqual(await refusals(network, "bob", file, takeAll(file, network.address("bob"))), [
      "TX_CONDITION_REFUSED",
      "CONDITION_REFUSED",
    ]);
    await fails("REFUND_TOO_EARLY", 3, "channel", "refund", channel);
  });

  await t.test("bob closes it with the last state, once", async () => {
    const planned = await ok<GuardedSpend>(...asBob("close", channel, "--dry-run"));
    const closed = await ok<GuardedSpend>(...asBob("close", channel));
    assert.deepEqual(
      planned.outputs.map(({ owner, amount }) => [owner, amount]),
      closed.outputs.map(({ owner, amount }) => [owner, amount]),
    );
    const bobs = parseEther("1.5") + BigInt(PAYMENTS) * parseGwei("20");
    assert.deepEqual(await holdings(network, "bob"), [bobs, 0n]);
    assert.deepEqual(await holdings(network, "alice"), [parseEther("30") - bobs - 2n * FEE, 0n]);
    await pay("0.1 eth");
    await fails("CHANNEL_CLOSED", 3, ...asBob("accept", channel, payment));
  });

  await t.test("what bob does not close goes back to alice at its end", async () => {
    const [before] = await holdings(network, "alice");
    await open("5", "+3h");
    await accept();
    await pay("2 eth");
    await network.pass(3 * EXIT_PERIOD);
    await fails("CHANNEL_EXPIRING", 3, ...asBob("accept", channel, payment));
    await ok<GuardedSpend>("channel", "refund", channel);
    assert.deepEqual(await holdings(network, "alice"), [before - 2n * FEE, 0n]);
  });

  await t.test("with the operator gone bob closes on Ethereum, and alice's refund comes second", async () => {
    const { position } = await open("5", "+2h");
    await accept();
    await pay("3 eth");
    await accept(payment);
    await network.operator.stop("SIGKILL");
    const audit = await auditMoney(network);
    const { conditional } = await ok<{
      conditional: { position: string; next: { action: string; isSafe: boolean } }[];
    }>(...["exit", "next", "--account", "bob"]);
    const row = conditional.find((output) => output.position === position);
    assert.deepEqual([row?.next.action, row?.next.isSafe], ["close", true]);
    const closing = await ok<GuardedSpend>(...asBob("close", channel, "--offline"));
    await takeToL1(network, closing.txId, "bob", ["alice"]);
    await network.pass(2 * EXIT_PERIOD);
    const refund = await ok<GuardedSpend>("channel", "refund", channel, "--offline");
    await takeToL1(network, refund.txId, "alice", []);
    const [processed] = await processAll(network);
    assert.deepEqual(
      processed?.decided.map(({ txId, canonical }) => [txId, canonical]),
      [
        [closing.txId, true],
        [refund.txId, false],
      ],
    );
    assert.deepEqual(await audit.gains(), { alice: parseEther("2") - FEE, bob: parseEther("3"), carol: 0n });
  });
});
