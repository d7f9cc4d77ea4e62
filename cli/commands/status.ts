import { ClientError } from "../../client/errors.ts";
import { atL1, rootChain } from "../../client/l1.ts";
import { getOperatorStatus, type OperatorStatus } from "../../client/status.ts";
import { ETH } from "../../protocol/output.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand } from "../command.ts";
import { describeDuration } from "../names.ts";
import { counted, fields } from "../output.ts";
import { openSession } from "../session.ts";

export const status = defineCommand({
  name: "status",
  summary: "show the chain: contract, blocks, operator, fees",
  description: `Reads the contract from L1 and asks the operator how far it is and what it wants as a fee. What the contract says needs no
trust; the rest is the operator's word.`,
  arguments: {},
  options: {},
  examples: [{ run: "status", does: "is everything there?" }],
  next: "plasma-cli balance",
  async run(context) {
    const { client, tokens } = await openSession(context);
    const contract = rootChain(client);
    const [head, minExitPeriod, operatorKey, newestBlock, deposits, [ethPot]] = await atL1(
      Promise.all([
        client.l1.getBlock({ blockTag: "latest" }),
        client.l1.readContract({ ...contract, functionName: "minExitPeriod" }),
        client.l1.readContract({ ...contract, functionName: "operator" }),
        client.l1.readContract({ ...contract, functionName: "newestBlock" }),
        client.l1.readContract({ ...contract, functionName: "depositCount" }),
        client.l1.readContract({ ...contract, functionName: "pot", args: [ETH] }),
      ]),
    );
    const operator = await askOperator(() => getOperatorStatus(client));
    const fees = await Promise.all(
      (operator.status?.feePolicy ?? []).map(async ({ token, amount, mergeFree }) =>
        [formatAmount(amount, await tokens.unitOf(token)), ...(mergeFree ? ["merging is free"] : [])].join(", "),
      ),
    );
    const ethUnit = await tokens.unitOf(ETH);
    const { chainId, contract: address } = client.domain;
    return {
      data: {
        chainId,
        contract: address,
        l1: { number: head.number, timestamp: Number(head.timestamp) },
        minExitPeriod,
        operatorKey: operatorKey.toLowerCase(),
        committedBlock: newestBlock,
        depositCount: deposits,
        pot: ethPot,
        operator: operator.status
          ? {
              url: client.operator.url,
              latestBlock: operator.status.latestBlock,
              committedBlock: operator.status.committedBlock,
              pendingTransactions: operator.status.pendingTransactions,
              followerLag: operator.status.followerLag,
              fees: operator.status.feePolicy,
              signatureLibrary: operator.status.signatureLibrary,
              version: operator.status.clientVersion,
            }
          : null,
        problem: operator.problem ?? null,
      },
      text: fields([
        ["chain", `${chainId}, L1 block ${head.number}`],
        ["contract", address],
        ["exit period", describeDuration(Number(minExitPeriod))],
        ["blocks on L1", `${newestBlock}`],
        ["deposits", `${deposits}, ${formatAmount(ethPot, ethUnit)} owed`],
        ["operator key", operatorKey.toLowerCase()],
        ["operator", operator.status ? describe(client.operator.url, operator.status) : (operator.problem ?? "")],
        ...(operator.status ? ([["fee", fees.length === 0 ? "none" : fees.join(" or ")]] as const) : []),
      ]),
      next: operator.status ? [] : ["plasma-cli outputs   (what can exit without the operator)"],
    };
  },
});

function describe(url: string, { latestBlock, pendingTransactions, followerLag }: OperatorStatus): string {
  return `${url}, block ${latestBlock}, ${pendingTransactions} pending, ${counted(followerLag, "L1 block")} behind`;
}

/** The operator may be down: the chain is there all the same. */
async function askOperator(
  ask: () => Promise<OperatorStatus>,
): Promise<{ readonly status?: OperatorStatus; readonly problem?: string }> {
  try {
    return { status: await ask() };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { problem: `${error.code}: ${error.message}` };
  }
}
