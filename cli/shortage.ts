import { z } from "zod";
import { ClientError } from "../client/errors.ts";
import { addressSchema } from "../protocol/json.ts";
import { formatAmount } from "./amounts.ts";
import type { Tokens } from "./tokens.ts";

const shortageSchema = z.object({ token: addressSchema, needed: z.bigint(), available: z.bigint() });

/** Runs what may fail for lack of money, and says what is missing in the token's own unit. */
export async function inUnits<T>(tokens: Tokens, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const shortage = error instanceof ClientError ? shortageSchema.safeParse(error.details) : undefined;
    if (!(error instanceof ClientError) || !shortage?.success) throw error;
    const { token, needed, available } = shortage.data;
    const unit = await tokens.unitOf(token);
    const message = `${formatAmount(needed, unit)} are needed and there are ${formatAmount(available, unit)}`;
    throw new ClientError(error.code, error, message, error.details, { cause: error });
  }
}
