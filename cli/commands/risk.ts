import { formatEther } from "viem";
import { type ChainTerms, readChainTerms } from "../../client/chainTerms.ts";
import { defineCommand } from "../command.ts";
import { describeDuration, describeTime } from "../names.ts";
import { fields } from "../output.ts";
import { openSession } from "../session.ts";

export const risk = defineCommand({
  name: "risk",
  summary: "whom and what this chain makes you trust",
  description: `Reads from the contract who can do what, how long an exit takes, and how much stands behind it, and says what follows. Nothing here is
the operator's word.`,
  arguments: {},
  options: {},
  examples: [{ run: "risk", does: "before you deposit" }],
  next: "plasma-cli doctor",
  async run(context) {
    const { client } = await openSession(context);
    const terms = await readChainTerms(client);
    return { data: { ...client.domain, ...terms }, text: `${describeTerms(terms)}\n\n${describeDuties(terms)}` };
  },
});

function describeTerms(terms: ChainTerms): string {
  const { now, minExitPeriod, newestBlockAt, operator, owner, balance, ethPot, isEthClosed, bond } = terms;
  return fields([
    ["exit period", describeDuration(minExitPeriod)],
    ["a deposit is back", `${describeDuration(minExitPeriod)} after its exit starts`],
    ["a payment is back", `up to ${describeDuration(2 * minExitPeriod)} after its block was committed`],
    ["bond of an exit", `${formatEther(bond)} ETH, comes back`],
    ["operator", `${operator}: can commit blocks, bad ones too, or stop; cannot take money of who exits in time`],
    ["owner", `${owner}: can name another operator, nothing else`],
    ["newest block", newestBlockAt === undefined ? "none yet" : describeTime(newestBlockAt, now)],
    ["owed in ETH", `${formatEther(ethPot)} ETH of ${formatEther(balance)} held`],
    ["deposits", isEthClosed ? "ETH is refused for ever: an exit could not be paid in full" : "taken"],
    ["pause, upgrade", "none: what is deployed is what holds"],
  ]);
}

/** What somebody has to do who relies on these terms. */
function describeDuties({ minExitPeriod }: ChainTerms): string {
  return [
    `Somebody must look at the chain for you every ${describeDuration(Math.floor(minExitPeriod / 4))}: a watcher, yours or one that you trust to look (A1).`,
    `Ethereum must be live and take a transaction within ${describeDuration(Math.floor(minExitPeriod / 8))} (A2).`,
    `When a block is bad or not shown, everything older must start to exit within ${describeDuration(minExitPeriod)} of its commit.`,
    "Proofs of your outputs must not be lost: back up the data directory.",
  ].join("\n");
}
