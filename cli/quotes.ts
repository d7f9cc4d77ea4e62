import type { Client } from "../client/client.ts";
import { ClientError } from "../client/errors.ts";
import { type L1Call, type L1Quote, quoteCall } from "../client/l1.ts";
import { ETH_UNIT, formatAmount } from "./amounts.ts";
import { fields, type Result } from "./output.ts";

/**
 * What L1 transactions would cost, one after the other. Those behind the first depend on what it does, so only the first
 * can be quoted: the others say undefined.
 */
async function quoteInOrder(client: Client, calls: readonly L1Call[]): Promise<(L1Quote | undefined)[]> {
  return Promise.all(calls.map((call, index) => (index === 0 ? quoteCall(client, call) : undefined)));
}

/** A quote, or nothing where there is nothing to send or L1 refuses it as things stand. */
export async function quoteOrNothing(
  client: Client,
  call: () => Promise<L1Call | undefined> | L1Call | undefined,
): Promise<L1Quote | undefined> {
  try {
    const made = await call();
    return made && (await quoteCall(client, made));
  } catch (error) {
    if (error instanceof ClientError && error.kind === "refused") return undefined;
    throw error;
  }
}

/** A cost for people, as the end of a sentence. */
export function describeCost(quote: L1Quote | undefined): string {
  return quote ? `, at most ${quote.gas} gas or about ${formatAmount(quote.fee, ETH_UNIT)}` : "";
}

/** The answer of `--dry-run`: nothing was sent. */
export async function dryRunResult(
  client: Client,
  calls: readonly L1Call[],
  data: Readonly<Record<string, unknown>>,
  details: readonly (readonly [string, string])[] = [],
): Promise<Result> {
  const quotes = await quoteInOrder(client, calls);
  const costs = calls.map(({ purpose, value }, index): readonly [string, string] => {
    const quote = quotes[index];
    const cost = quote
      ? `${quote.gas} gas, about ${formatAmount(quote.fee, ETH_UNIT)}`
      : "cost known after the step before";
    return [purpose, value === 0n ? cost : `${cost}, sending ${formatAmount(value, ETH_UNIT)}`];
  });
  return {
    data: {
      dryRun: true,
      ...data,
      transactions: calls.map(({ purpose, value }, index) => ({
        purpose,
        value,
        gas: quotes[index]?.gas ?? null,
        gasPrice: quotes[index]?.gasPrice ?? null,
        fee: quotes[index]?.fee ?? null,
      })),
    },
    text: `${fields([...details, ...costs])}\nNothing was sent.`,
  };
}
