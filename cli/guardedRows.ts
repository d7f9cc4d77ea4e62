import { decodeTerms, type GuardedStep, guardedStep, type Terms } from "../client/guardedSteps.ts";
import { exitPeriod } from "../client/l1.ts";
import type { ListedOutput } from "../client/outputs.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import type { Guard } from "../protocol/conditions/guardedOutput.ts";
import type { LedgerOutput } from "../protocol/ledger.ts";
import type { Output } from "../protocol/output.ts";
import { formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import { SHIPPED, shippedNames } from "./conditionCode.ts";
import { describeTime } from "./names.ts";
import type { WalletSession } from "./session.ts";
import { orNothing } from "./wallet.ts";
import type { StoredPayment } from "./walletStore.ts";

/** An output under a condition that concerns this wallet, and what it may do about it. */
export interface GuardedRow extends LedgerOutput {
  readonly status: ListedOutput["status"] | "stored";
  /** Undefined where this wallet does not keep the terms. */
  readonly guard: Guard | undefined;
  readonly terms: Terms;
  readonly step: GuardedStep | undefined;
}

/**
 * Outputs under conditions of which this wallet keeps proof and terms, or that the operator lists as its own, and that nothing of it spends. `now` is
 * L1 time. Where the operator does not answer, what is on disk.
 */
export async function guardedRows(
  session: WalletSession,
  listed: readonly (Output & Omit<LedgerOutput, "output"> & Pick<GuardedRow, "status">)[],
  now: number,
): Promise<GuardedRow[]> {
  const { client, store, account } = session;
  const kept = store.proofs().flatMap(({ position, outputId, output }) => {
    const isListed = listed.some((other) => other.outputId === outputId);
    return isConditional(output) && store.guard(output.condition) && !isListed
      ? [{ position, outputId, output, status: undefined }]
      : [];
  });
  const own = listed.flatMap(({ position, outputId, status, owner, token, amount, condition }) => {
    const output = { owner, token, amount, condition };
    return isConditional(output) ? [{ position, outputId, output, status }] : [];
  });
  if (kept.length + own.length === 0) return [];
  const [minExitPeriod, names] = await Promise.all([exitPeriod(client), shippedNames(session)]);
  const rows: GuardedRow[] = [];
  for (const held of [...own, ...kept]) {
    if (store.paymentsSpending(held.outputId).some(({ status }) => status !== "refused")) continue;
    const status = held.status ?? (await outputStatus(session, held.position));
    if (status === "spent" || status === "exited") continue;
    const { position, outputId, output } = held;
    const guard = store.guard(output.condition);
    const terms = guard ? decodeTerms(names.get(guard.condition), guard.params) : ({ kind: "other" } as const);
    const step = guardedStep(terms, output.owner, account.address, { now, minExitPeriod });
    rows.push({ position, outputId, output, status, guard, terms, step });
  }
  return rows.sort((a, b) => (a.position < b.position ? -1 : 1));
}

/** How far the operator says that an output has come; `stored` where it says nothing. */
export async function outputStatus({ client }: WalletSession, position: bigint): Promise<GuardedRow["status"]> {
  return (await client.operator.call("plasma_getOutput", position).catch(orNothing))?.status ?? "stored";
}

/**
 * Until when the in-flight exit of a claim or a closing has to start, so that no refund wins against it (R19). Undefined for what nothing presses.
 */
export async function safeUntil(session: WalletSession, { inputs }: StoredPayment): Promise<number | undefined> {
  const { client, store, account } = session;
  for (const { output } of inputs) {
    const guard = store.guard(output.condition);
    if (!guard) continue;
    const terms = decodeTerms((await shippedNames(session)).get(guard.condition), guard.params);
    const minExitPeriod = await exitPeriod(client);
    const step = guardedStep(terms, output.owner, account.address, { now: 0, minExitPeriod });
    if (step?.action === "claim" || step?.action === "close") return step.before;
  }
  return undefined;
}

/** The stable JSON of such an output. */
export function guardedRowData({ position, outputId, output, status, guard, terms, step }: GuardedRow) {
  return {
    position: formatPosition(position),
    outputId,
    ...output,
    status,
    kind: guard ? terms.kind : null,
    next: step ?? null,
  };
}

/** The same for people: what it is, and what to do about it. */
export async function describeGuardedRow(
  { position, output, guard, terms, step }: GuardedRow,
  { tokens }: WalletSession,
  now: number,
): Promise<string> {
  const kind = terms.kind === "other" ? "condition" : terms.kind;
  const name = `${formatPosition(position)}  ${formatAmount(output.amount, await tokens.unitOf(output.token))}  ${kind}`;
  return `${name}\n    ${guard ? advice(formatPosition(position), terms, step, now) : "its terms are not kept here"}`;
}

function advice(position: string, terms: Terms, step: GuardedStep | undefined, now: number): string {
  const noun = terms.kind === "other" ? "" : SHIPPED[terms.kind];
  switch (step?.action) {
    case "claim":
    case "close": {
      const command = `plasma-cli ${noun} ${step.action} ${position}`;
      return step.isSafe
        ? `before ${describeTime(step.before, now)}: ${command}`
        : `a refund may win: ${command} --anyway`;
    }
    case "refund":
      return `${step.isDue ? "now" : `from ${describeTime(step.at, now)} on`}: plasma-cli ${noun} refund ${position}`;
    case "cancel":
      return `${step.until > now ? "may be filled until" : "has ended"} ${describeTime(step.until, now)}; to end it: plasma-cli order cancel ${position}`;
    case "spend":
      return `may be spent as its condition allows: plasma-cli ${terms.kind === "other" ? "" : "multisig "}spend ${position}`;
    default:
      return "nothing to do for this account";
  }
}
