import type { Address } from "viem";
import { findDeposit } from "../client/deposit.ts";
import { depositPositionOf } from "../protocol/deposit.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { parsePosition } from "../protocol/position.ts";
import { CliError } from "./errors.ts";
import { listAccounts } from "./keystore.ts";
import { readAddress } from "./parameters.ts";
import type { DataPaths } from "./paths.ts";
import type { Session } from "./session.ts";

/** An address, or the name of one of the wallet's own accounts. Throws ADDRESS_MALFORMED. */
export function resolveAddress(paths: DataPaths, nameOrAddress: string): Address {
  const own = listAccounts(paths).find(({ name }) => name === nameOrAddress);
  return own?.address ?? readAddress(nameOrAddress);
}

/** A position as people write it: 12:5:0, d3 (looked up on L1), or the packed number. Throws POSITION_MALFORMED, DEPOSIT_UNKNOWN. */
export async function resolvePosition({ client }: Session, written: string): Promise<bigint> {
  const [, index] = /^d(\d{1,10})$/.exec(written) ?? [];
  if (index !== undefined) return depositPositionOf(await findDeposit(client, Number(index)));
  try {
    return parsePosition(written);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CliError("POSITION_MALFORMED", `"${written}" is not a position`);
  }
}

/** An L1 time for people, absolute. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** An L1 time for people: absolute, and relative to the newest L1 block. */
export function describeTime(seconds: number, now: number): string {
  const relative = describeDuration(Math.abs(seconds - now));
  return `${formatTime(seconds)} (${seconds >= now ? `in ${relative}` : `${relative} ago`})`;
}

/** Seconds for people, in the largest unit that leaves two or more of it. */
export function describeDuration(seconds: number): string {
  const [size, unit] =
    seconds < 120
      ? [1, "s"]
      : seconds < 7_200
        ? [60, "min"]
        : seconds < 172_800
          ? [3_600, "h"]
          : ([86_400, "days"] as const);
  return `${Math.round(seconds / size)} ${unit}`;
}
