import type { Address } from "viem";
import { requireCondition } from "../client/conditions.ts";
import type { GuardedOutput } from "../client/guardedOutputs.ts";
import { exitPeriod, l1Time } from "../client/l1.ts";
import { buildPayment, type Payment } from "../client/payment.ts";
import { defaultEnd } from "../client/paymentEnd.ts";
import { getProof } from "../client/proofs.ts";
import { getFees, getOperatorStatus } from "../client/status.ts";
import { signPayment } from "../client/transactions.ts";
import type { Receipt } from "../protocol/api.ts";
import { conditionHash } from "../protocol/condition.ts";
import type { Guard } from "../protocol/conditions/guardedOutput.ts";
import { encodePosition, formatPosition } from "../protocol/position.ts";
import { formatAmount } from "./amounts.ts";
import type { Context } from "./context.ts";
import { describeMoney, guardedBy, moneyOf, type ShownTerms, writeGuardedFile } from "./guarded.ts";
import { fields, type Result } from "./output.ts";
import type { WalletSession } from "./session.ts";
import { inUnits } from "./shortage.ts";
import { buildWith, recordAndSend, spendableOutputs, waitAndKeepProofs } from "./wallet.ts";

export interface Funding {
  readonly guard: Guard;
  /** Whom an in-flight exit refunds; zero = nobody. */
  readonly owner: Address;
  readonly token: Address;
  readonly amount: bigint;
  /** Also where the condition is not registered or not final. */
  readonly anyway: boolean;
  readonly dryRun: boolean;
  readonly timeout: number | undefined;
}

/** Money under a condition, as it was paid there. */
export interface Funded {
  readonly receipt: Receipt;
  readonly output: GuardedOutput;
}

/**
 * Pays money under a condition and waits for the block. The payment ends after an hour (R24); the terms are on disk before it is sent. Undefined for a
 * dry run, of which nothing remains but the checks.
 * @throws CONDITION_UNREGISTERED, CONDITION_NOT_FINAL, and what `send` throws
 */
export async function fundGuarded(
  context: Context,
  session: WalletSession,
  { guard, owner, token, amount, anyway, dryRun, timeout }: Funding,
): Promise<Funded | undefined> {
  const { client, store, tokens, account } = session;
  await getOperatorStatus(client);
  if (!anyway) await requireCondition(client, guard.condition);
  const [spendable, fees, now, minExitPeriod] = await Promise.all([
    spendableOutputs(session, { usePending: false, retryRefused: false }),
    getFees(client),
    l1Time(client),
    exitPeriod(client),
  ]);
  const condition = conditionHash(guard.condition, guard.params);
  const payments: Payment[] = [{ to: owner, token, amount, condition }];
  const request = { owner: account.address, payments, fees, validBefore: defaultEnd(now, minExitPeriod) };
  const built = await inUnits(tokens, () => buildWith(spendable, (coins) => buildPayment({ ...request, coins })));
  if (dryRun) return undefined;
  store.saveGuard(guard);
  const receipt = await recordAndSend(session, await signPayment(client, built.transaction));
  const { status } = await waitAndKeepProofs(context, session, receipt.txId, timeout);
  const position = encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex: 0 });
  const proof = store.proofAt(position) ?? (await getProof(client, position));
  return { receipt: { ...receipt, status }, output: guardedBy(guard, proof, minExitPeriod) };
}

/** What was put under a condition; with no receipt, what would be. Writes the file for the other side where one is named. */
export async function fundedResult(
  { tokens }: WalletSession,
  funded: Funded | undefined,
  {
    noun,
    terms,
    file,
    write = writeGuardedFile,
    next,
    dryRun,
  }: {
    readonly noun: string;
    /** The terms as JSON, and as lines for people. */
    readonly terms: ShownTerms;
    /** Where the other side's file goes; by default it is that of a guarded output. */
    readonly file: string | undefined;
    readonly write?: (path: string, output: GuardedOutput) => string;
    readonly next: (position: string) => readonly string[];
    readonly dryRun: Pick<Funding, "token" | "amount">;
  },
): Promise<Result> {
  if (!funded) {
    const shown = formatAmount(dryRun.amount, await tokens.unitOf(dryRun.token));
    return {
      data: { dryRun: true, ...terms.data, amount: dryRun.amount, token: dryRun.token },
      text: `${fields([[noun, shown], ...terms.lines])}\nNothing was sent.`,
    };
  }
  const { output, receipt } = funded;
  const { position, outputId } = output.held;
  const written = file === undefined ? undefined : write(file, output);
  const name = formatPosition(position);
  return {
    data: {
      txId: receipt.txId,
      status: receipt.status,
      position: name,
      outputId,
      ...moneyOf(output),
      ...terms.data,
      file: written ?? null,
    },
    text: fields([
      [noun, `${await describeMoney(output, tokens)} as ${name}, ${receipt.status}`],
      ...terms.lines,
      ["transaction", receipt.txId],
      ...(written ? ([["file", written]] as const) : []),
    ]),
    next: next(name),
  };
}
