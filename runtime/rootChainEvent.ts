import { getAbiItem } from "viem";
import { conditionsAbi } from "../protocol/generated/conditions.ts";
import { rootChainAbi } from "../protocol/generated/rootChain.ts";
import type { L1Event } from "./l1Follower.ts";

/** What is followed of a root chain: its own events, and the registrations of conditions. */
export const followedAbi = [...rootChainAbi, getAbiItem({ abi: conditionsAbi, name: "ConditionRegistered" })] as const;

/** An event of the root chain, or of its registry, with its place in the L1 log. */
export type RootChainEvent<Name extends AnyEvent["eventName"] = AnyEvent["eventName"]> = Extract<
  AnyEvent,
  { eventName: Name }
>;

type AnyEvent = L1Event<typeof followedAbi>;

/** A place in the L1 log, by which the order of things on L1 is told (R2). */
export interface L1Place {
  readonly block: bigint;
  readonly logIndex: number;
}
