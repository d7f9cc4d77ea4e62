import { type Address, erc20Abi } from "viem";
import type { Client } from "../../client/client.ts";
import { atL1 } from "../../client/l1.ts";
import { sumBalances } from "../../client/outputs.ts";
import { getOperatorStatus } from "../../client/status.ts";
import { getCredit } from "../../client/withdraw.ts";
import { ETH } from "../../protocol/output.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand } from "../command.ts";
import { table } from "../output.ts";
import { openWalletSession } from "../session.ts";
import { syncOutputs } from "../wallet.ts";

export const balance = defineCommand({
  name: "balance",
  summary: "show what the account has, proven against Ethereum",
  description: `Sums the account's unspent outputs per token. "verified" is proven to be on L1 with a proof that is now on your disk;
"pending" is the operator's promise for a block that is not committed yet; "disputed" is what the operator calls
committed and cannot prove; "conditional" is yours under conditions, for which see "plasma-cli outputs". Beside it: what the account holds on L1, and what L1 holds for it to withdraw.`,
  arguments: {},
  options: {},
  examples: [
    { run: "balance", does: "of the only or default account" },
    { run: "balance --account bob --json", does: "of another one, for a script" },
  ],
  next: "plasma-cli send <to> <amount>, or plasma-cli outputs",
  async run(context) {
    const session = await openWalletSession(context, "address");
    const { client, tokens, account } = session;
    await getOperatorStatus(client);
    const owned = new Map(sumBalances(await syncOutputs(session)).map((sum) => [sum.token, sum]));
    const known = [ETH, ...[...owned.keys(), ...tokens.addresses()].filter((token) => token !== ETH)];
    const balances = await Promise.all(
      [...new Set(known)].map(async (token) => {
        const { verified, pending, disputed, conditional } = owned.get(token) ?? NOTHING;
        const [unit, onL1, credit] = await Promise.all([
          tokens.unitOf(token),
          balanceOnL1(client, account.address, token),
          getCredit(client, account.address, token),
        ]);
        return { token, unit, verified, pending, disputed, conditional, onL1, credit };
      }),
    );
    // Most accounts have nothing under conditions, and do not ask what the column means.
    const columns = COLUMNS.filter(
      ([field]) => field !== "conditional" || balances.some((row) => row.conditional > 0n),
    );
    const rows = balances.map(({ unit, ...sums }) => [
      unit.symbol,
      ...columns.map(([field]) => formatAmount(sums[field], unit)),
    ]);
    return {
      data: {
        address: account.address,
        balances: balances.map(({ unit, ...sums }) => ({ symbol: unit.symbol, ...sums })),
      },
      text: `${account.name} ${account.address}\n\n${table(["token", ...columns.map(([, heading]) => heading)], rows)}`,
      next: balances.some(({ disputed }) => disputed > 0n)
        ? ["plasma-cli outputs   (says why an output is disputed; consider to exit everything that is verified)"]
        : [],
    };
  },
});

const COLUMNS = [
  ["verified", "verified"],
  ["pending", "pending"],
  ["disputed", "disputed"],
  ["conditional", "conditional"],
  ["onL1", "on L1"],
  ["credit", "to withdraw"],
] as const;

const NOTHING = { verified: 0n, pending: 0n, disputed: 0n, conditional: 0n };

function balanceOnL1(client: Client, address: Address, token: Address): Promise<bigint> {
  return atL1(
    token === ETH
      ? client.l1.getBalance({ address })
      : client.l1.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [address] }),
  );
}
