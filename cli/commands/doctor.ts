import { formatEther } from "viem";
import { currentBond } from "../../client/bond.ts";
import { ClientError } from "../../client/errors.ts";
import { atL1 } from "../../client/l1.ts";
import { verifyProofOnL1 } from "../../client/proofs.ts";
import { getNewestHeader, getOperatorStatus } from "../../client/status.ts";
import { createWatcherApi } from "../../client/watcherApi.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { formatPosition } from "../../protocol/position.ts";
import { RuntimeError } from "../../runtime/errors.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../errors.ts";
import { counted } from "../output.ts";
import { openSession, openWalletSession, type Session, type WalletSession } from "../session.ts";

interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  readonly finding: string;
}

/** What a look at one thing found. */
type Finding = Omit<Check, "name">;

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that everything is in order, and say what is not",
  description: `Looks at the Ethereum node, the contract, the operator, the watcher, the account's ETH for exits, and every proof that the wallet keeps.
Nothing is changed and no password is needed.`,
  arguments: {},
  options: {},
  examples: [{ run: "doctor", does: "when something is odd, and now and then" }],
  next: "plasma-cli risk",
  async run(context) {
    const checks: Check[] = [];
    const check = async (name: string, look: () => Promise<Finding>) => {
      checks.push({ name, ...(await look().catch(failed)) });
    };
    await check("Ethereum", () => checkL1(context));
    await check("operator", async () => checkOperator(await openSession(context)));
    await check("watcher", () => checkWatcher(context));
    await check("account", async () => checkFunds(await openWalletSession(context, "address")));
    await check("proofs", async () => checkProofs(await openWalletSession(context, "address")));
    const lines = checks.map(({ name, status, finding }) => `${MARKS[status]} ${name.padEnd(9)} ${finding}`);
    return { data: { checks }, text: lines.join("\n") };
  },
});

const MARKS = { ok: "ok     ", warning: "warning", failed: "FAILED " } as const;

/** What is expected to go wrong is a finding. */
function failed(error: unknown): Finding {
  if (error instanceof ClientError || error instanceof CliError) {
    return { status: "failed", finding: `${error.code}: ${error.message}. ${error.next}` };
  }
  if (error instanceof RuntimeError || error instanceof ProtocolError) {
    return { status: "failed", finding: `${error.code}: ${error.message}` };
  }
  throw error;
}

async function checkL1(context: Context): Promise<Finding> {
  const { client } = await openSession(context);
  const { number } = await atL1(client.l1.getBlock({ blockTag: "latest" }));
  const { chainId, contract } = client.domain;
  return { status: "ok", finding: `chain ${chainId}, block ${number}, contract ${contract}` };
}

async function checkOperator({ client }: Session): Promise<Finding> {
  const { latestBlock, committedBlock, followerLag } = await getOperatorStatus(client);
  const header = await getNewestHeader(client);
  const behind = latestBlock - committedBlock;
  if (behind > 1n || followerLag > 16) {
    return { status: "warning", finding: `${counted(behind, "block")} not on L1, ${followerLag} L1 blocks behind` };
  }
  return { status: "ok", finding: header ? `its block ${header.number} is the one on L1` : "no block yet" };
}

async function checkWatcher({ settings }: Context): Promise<Finding> {
  const api = createWatcherApi(settings.watcherUrl);
  const [{ validBlock, committedBlock }, { alerts }] = await Promise.all([
    api.call("plasma_getVerification"),
    api.call("plasma_getAlerts", {}),
  ]);
  const critical = alerts.filter(({ severity }) => severity === "critical");
  if (critical.length > 0) {
    const names = critical.map(({ code, subject }) => `${code} (${subject})`).join(", ");
    return { status: "failed", finding: `${names}. See: plasma-cli watch --once` };
  }
  const isBehind = committedBlock > validBlock;
  const state = `block ${validBlock} of ${committedBlock} verified, ${counted(alerts.length, "alert")}`;
  return { status: isBehind ? "warning" : "ok", finding: state };
}

async function checkFunds({ client, account }: WalletSession): Promise<Finding> {
  const [balance, bond] = await Promise.all([
    atL1(client.l1.getBalance({ address: account.address })),
    currentBond(client),
  ]);
  const state = `${account.name} has ${formatEther(balance)} ETH on L1, an exit takes ${formatEther(bond)} ETH and gas`;
  return balance > 2n * bond
    ? { status: "ok", finding: state }
    : { status: "warning", finding: `${state}: send it some, or use plasma-cli exit authorize` };
}

async function checkProofs({ client, store }: WalletSession): Promise<Finding> {
  const proofs = store.proofs();
  for (const proof of proofs) {
    try {
      await verifyProofOnL1(client, proof);
    } catch (error) {
      const { finding } = failed(error);
      return { status: "failed", finding: `${formatPosition(proof.position)}: ${finding}` };
    }
  }
  return { status: "ok", finding: `${counted(proofs.length, "proof")} on disk, each true on L1` };
}
