import type { Account, Address, Chain, PublicClient, Transport, WalletClient } from "viem";
import { type ConditionVm, createConditionVm } from "../protocol/conditionVm.ts";
import { type Crypto, portableCrypto } from "../protocol/hashing.ts";
import type { Domain } from "../protocol/typedData.ts";
import { clientError } from "./errors.ts";
import { createOperatorApi, type OperatorApi } from "./operatorApi.ts";

export type Wallet = WalletClient<Transport, Chain | undefined, Account>;

/** What every verb of the client works with. */
export interface Client {
  readonly domain: Domain;
  readonly l1: PublicClient;
  readonly crypto: Crypto;
  /** Block that the contract was deployed in, or an earlier one: no event is older. */
  readonly fromBlock: bigint;
  /** L1 blocks whose events are asked for at once. */
  readonly logRange: bigint;
  readonly operator: OperatorApi;
  readonly wallet: Wallet | undefined;
  /** What runs spending conditions, opened where one is met. */
  readonly openConditionVm: () => Promise<ConditionVm>;
}

export interface ClientOptions {
  readonly domain: Domain;
  readonly l1: PublicClient;
  readonly operatorUrl: string;
  /** Signs payments and sends to L1; verbs that only read need none. */
  readonly wallet?: Wallet;
  readonly fromBlock?: bigint;
  readonly logRange?: bigint;
  /** Native hashing and recovery where the platform has them. */
  readonly crypto?: Crypto;
  /** By default the VM runs where the client does. */
  readonly openConditionVm?: () => Promise<ConditionVm>;
}

// What most providers allow.
const DEFAULT_LOG_RANGE = 10_000n;

/** Puts the parts together; nothing is contacted. Each verb is a function of its own that takes the client first. */
export function createClient(options: ClientOptions): Client {
  return {
    domain: options.domain,
    l1: options.l1,
    crypto: options.crypto ?? portableCrypto,
    fromBlock: options.fromBlock ?? 0n,
    logRange: options.logRange ?? DEFAULT_LOG_RANGE,
    operator: createOperatorApi(options.operatorUrl),
    wallet: options.wallet,
    openConditionVm: options.openConditionVm ?? (() => createConditionVm(options.crypto?.keccak256)),
  };
}

/** The wallet with its address in lowercase. Throws WALLET_NEEDED. */
export function requireWallet(client: Client): { wallet: Wallet; address: Address } {
  if (!client.wallet) throw clientError("WALLET_NEEDED", "this needs a wallet");
  return { wallet: client.wallet, address: client.wallet.account.address.toLowerCase() as Address };
}
