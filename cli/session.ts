import { type Account, createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount, toAccount } from "viem/accounts";
import { type Client, createClient, type Wallet } from "../client/client.ts";
import { clientError } from "../client/errors.ts";
import { atL1 } from "../client/l1.ts";
import { createWatcherApi, type WatcherApi } from "../client/watcherApi.ts";
import type { Context } from "./context.ts";
import { CliError } from "./errors.ts";
import { type AccountEntry, findAccount, unlockAccount } from "./keystore.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { createWalletStore, type WalletStore } from "./walletStore.ts";

/** A chain that answers, with the client for it. */
export interface Session {
  readonly client: Client;
  readonly tokens: Tokens;
}

/** A session in which an account acts. */
export interface WalletSession extends Session {
  readonly account: AccountEntry;
  readonly store: WalletStore;
  /** Told of every payment, so that it can leave with it when the chain goes bad (R24). */
  readonly watcher: WatcherApi;
}

const L1_TIMEOUT_MS = 30_000;
// A node on this machine is a development chain: blocks come as fast as they are asked for.
const LOCAL_POLL_MS = 100;
const REMOTE_POLL_MS = 2_000;

/** Connects to the chain of the settings, to read. Throws CONTRACT_NOT_SET, L1_*, CONTRACT_MISSING. */
export function openSession(context: Context): Promise<Session> {
  return connect(context, undefined);
}

/**
 * Connects as the account of the settings. `unlocked` asks for its password and can sign; otherwise the wallet can only be
 * quoted for. Throws like `openSession`, ACCOUNT_*, PASSWORD_*.
 */
export async function openWalletSession(context: Context, access: "unlocked" | "address"): Promise<WalletSession> {
  const entry = findAccount(context.paths, context.settings.account);
  const account = access === "unlocked" ? await unlock(context, entry) : toAccount(entry.address);
  const session = await connect(context, account);
  const store = createWalletStore(context.paths.chain(session.client.domain), entry.address);
  return { ...session, account: entry, store, watcher: createWatcherApi(context.settings.watcherUrl) };
}

async function unlock(context: Context, { name }: AccountEntry): Promise<Account> {
  const password = await context.secrets.password(`Password of account "${name}"`);
  return privateKeyToAccount(await unlockAccount(context.paths, name, password));
}

async function connect({ settings, paths }: Context, account: Account | undefined): Promise<Session> {
  const { rpcUrl, operatorUrl, contract, chainId: expected, fromBlock, logRange } = settings;
  if (contract === undefined) throw new CliError("CONTRACT_NOT_SET", "no root-chain contract is named");
  const transport = http(rpcUrl, { retryCount: 0, timeout: L1_TIMEOUT_MS });
  const pollingInterval = isLoopback(rpcUrl) ? LOCAL_POLL_MS : REMOTE_POLL_MS;
  const l1 = createPublicClient({ transport, pollingInterval, cacheTime: 0 });
  const [chainId, code] = await atL1(Promise.all([l1.getChainId(), l1.getCode({ address: contract })]));
  if (expected !== undefined && BigInt(chainId) !== expected) {
    throw clientError("L1_WRONG_CHAIN", `the Ethereum node serves chain ${chainId}, not ${expected}`, { chainId });
  }
  if (code === undefined)
    throw clientError("CONTRACT_MISSING", `there is no contract at ${contract} on chain ${chainId}`);
  const domain = { chainId: BigInt(chainId), contract };
  const wallet: Wallet | undefined = account && createWalletClient({ account, transport, pollingInterval });
  const client = createClient({
    domain,
    l1,
    operatorUrl,
    fromBlock,
    logRange,
    ...(wallet ? { wallet } : {}),
  });
  return { client, tokens: createTokens(client, paths.tokens(domain)) };
}

function isLoopback(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}
