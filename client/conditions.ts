import { type Address, encodeFunctionData, type Hex } from "viem";
import { toHex } from "../protocol/bytes.ts";
import { conditionAddress } from "../protocol/condition.ts";
import { conditionsAbi } from "../protocol/generated/conditions.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { assertPureCode } from "../protocol/pureCode.ts";
import type { Client } from "./client.ts";
import { clientError } from "./errors.ts";
import { blockRanges } from "./events.ts";
import { atL1, type L1Call, rootChain, sendCall } from "./l1.ts";
import { poll, type WaitOptions } from "./poll.ts";

/** A condition as the registry of the root chain has it. */
export interface FoundCondition {
  readonly condition: Address;
  /** keccak256 of its runtime code. */
  readonly codeHash: Hex;
  /** Newest committed block when it was registered: it is good for later ones (R9). */
  readonly newestBlock: bigint;
  /** Whether L1 takes the registration for final: before that a reorg may undo it. */
  readonly isFinal: boolean;
}

/** Address of the registry that belongs to the root chain; it never changes. */
export async function conditionRegistry(client: Client): Promise<Address> {
  const address = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "conditions" }));
  return address.toLowerCase() as Address;
}

/** What is registered at an address; undefined where nothing is. */
export async function findCondition(client: Client, condition: Address): Promise<FoundCondition | undefined> {
  const registry = await conditionRegistry(client);
  const read = (blockTag: "latest" | "finalized") =>
    atL1(
      client.l1.readContract({
        address: registry,
        abi: conditionsAbi,
        functionName: "registrationOf",
        args: [condition],
        blockTag,
      }),
    );
  const [[codeHash, newestBlock], [finalHash]] = await Promise.all([read("latest"), read("finalized")]);
  return codeHash === ZERO_HASH ? undefined : { condition, codeHash, newestBlock, isFinal: finalHash === codeHash };
}

/**
 * What everybody asks before putting money under a condition, for money under one that is not registered cannot be spent.
 * @throws CONDITION_UNREGISTERED, CONDITION_NOT_FINAL
 */
export async function requireCondition(client: Client, condition: Address): Promise<FoundCondition> {
  const found = await findCondition(client, condition);
  if (!found) throw clientError("CONDITION_UNREGISTERED", `no condition is registered at ${condition}`, { condition });
  if (found.isFinal) return found;
  throw clientError("CONDITION_NOT_FINAL", `the registration of ${condition} may still be undone`, { condition });
}

/** Every registered condition, oldest first. */
export async function listConditions(client: Client): Promise<FoundCondition[]> {
  const [registry, head, { number: finalBlock }] = await Promise.all([
    conditionRegistry(client),
    atL1(client.l1.getBlockNumber()),
    atL1(client.l1.getBlock({ blockTag: "finalized" })),
  ]);
  const found: FoundCondition[] = [];
  for (const range of blockRanges(client, head)) {
    const query = { address: registry, abi: conditionsAbi, eventName: "ConditionRegistered", ...range } as const;
    for (const { args, blockNumber } of await atL1(client.l1.getContractEvents({ ...query, strict: true }))) {
      const condition = args.condition.toLowerCase() as Address;
      found.push({ ...args, condition, isFinal: blockNumber <= finalBlock });
    }
  }
  return found;
}

export interface PlannedRegistration {
  readonly condition: Address;
  /** Undefined where somebody has registered the same code already. */
  readonly call: L1Call | undefined;
}

/**
 * The L1 transaction that registers runtime code as a condition, which anybody may do once (R15).
 * @throws CONDITION_CODE_SIZE, CONDITION_OPCODE_FORBIDDEN
 */
export async function planRegistration(client: Client, code: Uint8Array): Promise<PlannedRegistration> {
  assertPureCode(code);
  const registry = await conditionRegistry(client);
  const condition = conditionAddress(registry, code, client.crypto.keccak256);
  if (await findCondition(client, condition)) return { condition, call: undefined };
  const data = encodeFunctionData({ abi: conditionsAbi, functionName: "register", args: [toHex(code)] });
  return { condition, call: { purpose: "register condition", to: registry, data, value: 0n } };
}

export interface RegisteredCode extends FoundCondition {
  /** Undefined where somebody had registered it before. */
  readonly transactionHash: Hex | undefined;
  readonly gasUsed: bigint;
}

/**
 * Registers runtime code unless it is registered, and waits until L1 takes that for final.
 * @throws WAIT_TIMEOUT, and like `planRegistration` and `sendCall`
 */
export async function registerCondition(
  client: Client,
  code: Uint8Array,
  options: WaitOptions,
): Promise<RegisteredCode> {
  const { condition, call } = await planRegistration(client, code);
  const sent = call && (await sendCall(client, call));
  const ask = () => findCondition(client, condition);
  const found = await poll(ask, (answer) => answer?.isFinal === true, `condition ${condition} is not final`, options);
  if (!found) throw clientError("CONDITION_UNREGISTERED", `no condition is registered at ${condition}`, { condition });
  return { ...found, transactionHash: sent?.transactionHash, gasUsed: sent?.gasUsed ?? 0n };
}
