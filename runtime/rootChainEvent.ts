import type { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { L1Event } from "./l1Follower.ts";

/** An event of the root chain contract with its place in the L1 log. */
export type RootChainEvent<Name extends AnyEvent["eventName"] = AnyEvent["eventName"]> = Extract<
  AnyEvent,
  { eventName: Name }
>;

type AnyEvent = L1Event<typeof rootChainAbi>;

/** A place in the L1 log, by which the order of things on L1 is told (R2). */
export interface L1Place {
  readonly block: bigint;
  readonly logIndex: number;
}
