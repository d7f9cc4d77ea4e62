import type { Address } from "viem";
import { shippedAddress } from "../client/guardedOutputs.ts";
import { fromHex } from "../protocol/bytes.ts";
import { type ShippedCondition, shippedConditionCode } from "../protocol/conditions/shipped.ts";
import { SHIPPED_CONDITION_CODE } from "../protocol/generated/shippedConditions.ts";
import { CliError } from "./errors.ts";
import { readTextFile } from "./files.ts";
import { readAddress } from "./parameters.ts";
import type { Session } from "./session.ts";

/** Shipped conditions by the noun with which their money is handled. */
export const SHIPPED: Readonly<Record<ShippedCondition, string>> = {
  multiSignature: "multisig",
  hashTimeLock: "htlc",
  paymentChannel: "channel",
  limitOrder: "order",
};

const isShipped = (name: string): name is ShippedCondition => Object.hasOwn(SHIPPED_CONDITION_CODE, name);

/** Runtime code by the name of a shipped condition, or from a file of hex. Throws FILE_UNREADABLE, CODE_MALFORMED. */
export function readConditionCode(nameOrFile: string): Uint8Array {
  if (isShipped(nameOrFile)) return shippedConditionCode(nameOrFile);
  const written = readTextFile(nameOrFile)?.trim();
  if (written === undefined) throw new CliError("FILE_UNREADABLE", `there is no file ${nameOrFile}`);
  if (/^0x([0-9a-fA-F]{2})+$/.test(written)) return fromHex(written.toLowerCase());
  throw new CliError("CODE_MALFORMED", `${nameOrFile} is not runtime code in hex`);
}

/** The address of a condition, by name or written out. Throws ADDRESS_MALFORMED. */
export async function resolveCondition({ client }: Session, nameOrAddress: string): Promise<Address> {
  return isShipped(nameOrAddress) ? shippedAddress(client, nameOrAddress) : readAddress(nameOrAddress);
}

/** Names of the shipped conditions by their address on this chain. */
export async function shippedNames({ client }: Session): Promise<ReadonlyMap<Address, ShippedCondition>> {
  const names = Object.keys(SHIPPED).filter(isShipped);
  return new Map(await Promise.all(names.map(async (name) => [await shippedAddress(client, name), name] as const)));
}
