import type { Address } from "viem";
import * as z from "zod";
import { type ApiParams, type ApiResult, SUBSCRIPTION_RESULTS } from "../protocol/api.ts";
import { ApiError } from "./apiError.ts";
import type { ExitNotice } from "./exits.ts";
import type { RpcChannel } from "./jsonRpc.ts";
import type { LedgerEntry } from "./ledgerStore.ts";

type TransactionView = NonNullable<ApiResult<"plasma_getTransaction">>;
type BlockView = NonNullable<ApiResult<"plasma_getBlock">>;

const MAX_PER_CONNECTION = 100;

type Listener = (result: unknown) => void;

export type Subscriptions = ReturnType<typeof createSubscriptions>;

/** Who listens to what, and the way to tell them. A slow reader is the connection's business (runtime/httpServer.ts). */
export function createSubscriptions() {
  const listeners = { blocks: new Set<Listener>(), exits: new Set<Listener>() };
  const byAddress = new Map<Address, Set<Listener>>();
  const byChannel = new Map<RpcChannel, Map<string, () => void>>();
  let lastId = 0;

  const openChannel = (channel: RpcChannel) => {
    const subscriptions = new Map<string, () => void>();
    byChannel.set(channel, subscriptions);
    channel.onClose(() => {
      for (const end of subscriptions.values()) end();
      byChannel.delete(channel);
    });
    return subscriptions;
  };

  const listenTo = (topic: Set<Listener>, listener: Listener) => {
    topic.add(listener);
    return () => topic.delete(listener);
  };

  const listenToAddress = (address: Address, listener: Listener) => {
    const topic = byAddress.get(address) ?? new Set();
    byAddress.set(address, topic);
    topic.add(listener);
    return () => {
      topic.delete(listener);
      if (topic.size === 0) byAddress.delete(address);
    };
  };

  const tell = (topic: Iterable<Listener>, result: () => unknown) => {
    let encoded: unknown;
    for (const listener of topic) {
      encoded ??= result();
      listener(encoded);
    }
  };

  return {
    /** @throws WEBSOCKET_REQUIRED, TOO_MANY_SUBSCRIPTIONS */
    subscribe([topic, filter]: ApiParams<"plasma_subscribe">, channel: RpcChannel | undefined): string {
      if (channel === undefined) throw websocketRequired();
      const subscriptions = byChannel.get(channel) ?? openChannel(channel);
      if (subscriptions.size >= MAX_PER_CONNECTION) {
        const message = `A connection has at most ${MAX_PER_CONNECTION} subscriptions: open another one`;
        throw new ApiError("TOO_MANY_SUBSCRIPTIONS", message);
      }
      lastId += 1;
      const subscription = `0x${lastId.toString(16)}`;
      const listener: Listener = (result) => channel.notify("plasma_subscription", { subscription, result });
      const end =
        topic === "transactions" && filter !== undefined
          ? listenToAddress(filter.address, listener)
          : listenTo(listeners[topic === "exits" ? "exits" : "blocks"], listener);
      subscriptions.set(subscription, end);
      return subscription;
    },

    /** @throws WEBSOCKET_REQUIRED, SUBSCRIPTION_UNKNOWN */
    unsubscribe(subscription: string, channel: RpcChannel | undefined): true {
      if (channel === undefined) throw websocketRequired();
      const subscriptions = byChannel.get(channel);
      const end = subscriptions?.get(subscription);
      if (end === undefined) throw new ApiError("SUBSCRIPTION_UNKNOWN", "This connection has no such subscription");
      end();
      subscriptions?.delete(subscription);
      return true;
    },

    publishBlock(block: () => BlockView | null): void {
      tell(listeners.blocks, () => z.encode(SUBSCRIPTION_RESULTS.blocks.nullable(), block()));
    },

    publishExit(exit: ExitNotice): void {
      tell(listeners.exits, () => z.encode(SUBSCRIPTION_RESULTS.exits, exit));
    },

    publishTransaction(entry: LedgerEntry, transaction: () => TransactionView): void {
      if (byAddress.size === 0) return;
      const owners = new Set([...entry.spent, ...entry.created].map(({ output }) => output.owner));
      const interested = new Set([...owners].flatMap((owner) => [...(byAddress.get(owner) ?? [])]));
      tell(interested, () => z.encode(SUBSCRIPTION_RESULTS.transactions, transaction()));
    },
  };
}

const websocketRequired = () => new ApiError("WEBSOCKET_REQUIRED", "Subscriptions need a WebSocket connection");
