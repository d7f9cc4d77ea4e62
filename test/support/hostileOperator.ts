import { type Address, type Hex, toHex } from "viem";
import type { HDAccount } from "viem/accounts";
import * as z from "zod";
import { hashSchema, outputSchema, quantitySchema } from "../../protocol/json.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { type L1, OPERATOR } from "./l1.ts";
import { MISDEEDS, type Misdeed } from "./misdeeds.ts";
import { type Rpc, rpcTo } from "./rpc.ts";
import { startHostileOperatorProcess } from "./serviceProcess.ts";
import { type Ending, temporaryDirectory } from "./temporaryDirectory.ts";

const spendableSchema = z.object({ position: quantitySchema, outputId: hashSchema, output: outputSchema });

/** The order to commit a block. */
export const commitOrderSchema = z.object({
  misdeed: z.enum(Object.keys(MISDEEDS) as [Misdeed, ...Misdeed[]]),
  spentByThief: spendableSchema,
  ofVictim: spendableSchema,
});

/** The real operator in a process of its own, with somebody behind it who can turn it bad. */
export interface HostileOperator {
  /** Where it answers; two addresses, since it need not tell everybody the same. */
  readonly urls: readonly [string, string];
  readonly rpc: Rpc;
  readonly config: { readonly contract: Address };
  /** From now on it commits what it is told to, and nothing else. */
  turn(): Promise<void>;
  /** Returns the number of the block. */
  commit(misdeed: Misdeed, known: Known): Promise<bigint>;
  /** Builds on the newest block that L1 has now. */
  goBack(): Promise<void>;
  /** The thief starts to exit what was made up last. */
  takeInvention(): Promise<void>;
  /** Gives nobody the outputs and proofs of this owner any more. */
  deny(owner: Address): Promise<void>;
}

export interface Known {
  readonly spentByThief: LedgerOutput;
  readonly ofVictim: LedgerOutput;
}

/** Starts the operator, honest, until the test ends. */
export async function startHostileOperator(
  test: Ending,
  l1: L1,
  contract: Address,
  thief: HDAccount,
  options: Readonly<Record<string, unknown>> = {},
): Promise<HostileOperator> {
  const quick = { blockIntervalMs: 100, l1PollMs: 40, verifierThreads: 1, ratePerSecond: 1e6, rateBurst: 1e6 };
  const keys = [l1.account(OPERATOR), thief].map((account) => toHex(account.getHdKey().privateKey as Uint8Array));
  const child = await startHostileOperatorProcess(
    { dataDir: temporaryDirectory(test), l1Url: l1.url, contract, logLevel: "silent", ...quick, ...options },
    keys as [Hex, Hex],
  );
  test.after(() => child.end("SIGTERM"));
  const [first = "", second = "", control = ""] = child.url.split(" ");
  const order = rpcTo(control);
  return {
    urls: [first, second],
    rpc: rpcTo(first),
    config: { contract },
    turn: () => order("turn"),
    async commit(misdeed, known) {
      return BigInt(await order("commit", z.encode(commitOrderSchema, { misdeed, ...known })));
    },
    goBack: () => order("goBack"),
    takeInvention: () => order("takeInvention"),
    deny: (owner) => order("deny", owner),
  };
}
