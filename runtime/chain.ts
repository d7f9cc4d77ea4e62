import path from "node:path";
import { type ChainConditions, createConditions } from "./conditions.ts";
import { type DataDirectory, lockDataDirectory } from "./dataDirectory.ts";
import { createL1Follower, type L1Follower, type L1Handler } from "./l1Follower.ts";
import { createLedgerStore, type LedgerStore } from "./ledgerStore.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { createNativeCrypto, type NativeCrypto } from "./nativeCrypto.ts";
import { connectRootChain, type RootChainContract } from "./rootChain.ts";
import { followedAbi } from "./rootChainEvent.ts";
import { createRootChainState, type RootChainState } from "./rootChainState.ts";
import type { ChainConfig } from "./serviceOptions.ts";
import { openStore, type Store, type StoreIdentity } from "./store.ts";

/** The store of one service and L1 as far as it is in it. */
export interface Chain extends ChainParts {
  readonly follower: L1Follower;
  close(): Promise<void>;
}

export interface ChainParts {
  readonly contract: RootChainContract;
  readonly store: Store;
  readonly ledgerStore: LedgerStore;
  readonly rootChain: RootChainState;
  readonly conditions: ChainConditions;
  readonly crypto: NativeCrypto;
}

interface Modules {
  readonly kind: StoreIdentity["kind"];
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What takes in the events of L1; the root chain's state alone by default. */
  readonly handlerOver?: (parts: ChainParts) => L1Handler<typeof followedAbi>;
}

/**
 * Takes the data directory, opens its store for the contract and reads L1 up to its head.
 * Throws the RuntimeErrors of the data directory, of the store, of the L1 client and of the follower.
 */
export async function openChain(
  config: ChainConfig,
  { kind, logger, metrics, handlerOver = ({ rootChain }) => rootChain }: Modules,
): Promise<Chain> {
  const directory = lockDataDirectory(config.dataDir);
  let store: Store | undefined;
  let conditions: ChainConditions | undefined;
  try {
    const contract = await connectRootChain({ url: config.l1Url, contract: config.contract, chainId: config.chainId });
    const crypto = await createNativeCrypto();
    store = openStore(path.join(directory.path, "store.sqlite"), { kind, ...contract.domain });
    const { keccak256 } = crypto;
    const ledgerStore = createLedgerStore(store);
    const rootChain = createRootChainState(store, ledgerStore, keccak256);
    const { client, conditions: registry } = contract;
    conditions = createConditions({ client, registry, store, keccak256, logger, metrics });
    const parts: ChainParts = { contract, store, ledgerStore, rootChain, conditions, crypto };
    const follower = createL1Follower(
      {
        abi: followedAbi,
        contracts: [config.contract, contract.conditions],
        fromBlock: config.fromBlock,
        finality: config.finality,
        maxRange: config.l1MaxRange,
        pollMs: config.l1PollMs,
      },
      { client: contract.client, store, handler: handlerOver(parts), logger, metrics },
    );
    await follower.catchUp();
    return { ...parts, follower, close: closer(store, directory, conditions) };
  } catch (error) {
    await closer(store, directory, conditions)();
    throw error;
  }
}

const closer =
  (store: Store | undefined, directory: DataDirectory, conditions: ChainConditions | undefined) => async () => {
    await conditions?.stop();
    store?.close();
    directory.release();
  };
