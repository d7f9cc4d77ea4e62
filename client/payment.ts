import type { Address, Hex } from "viem";
import type { ApiResult } from "../protocol/api.ts";
import { ZERO_HASH } from "../protocol/hashing.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type Output, PLAIN } from "../protocol/output.ts";
import type { Transaction } from "../protocol/transaction.ts";
import { type Coin, isPlain, largestFirst, selectCoins } from "./coinSelection.ts";
import { clientError } from "./errors.ts";

/** What the operator takes as fees: any one of these is enough. An empty list asks for nothing. */
export type FeePolicy = ApiResult<"plasma_fees">;

export interface Payment {
  readonly to: Address;
  /** Zero = ETH. */
  readonly token: Address;
  /** Base units. */
  readonly amount: bigint;
  /** What guards the output; plain by default. `to` is then whom an in-flight exit refunds (R17), and may be nobody: zero. */
  readonly condition?: Hex | undefined;
}

export interface Fee {
  readonly token: Address;
  readonly amount: bigint;
}

export interface PaymentRequest {
  /** The payer, who also gets the change. */
  readonly owner: Address;
  readonly payments: readonly Payment[];
  /** What may be spent. */
  readonly coins: readonly Coin[];
  readonly fees: FeePolicy;
  /** The token to pay the fee in; by default one that is paid anyway, else the first that the coins cover. */
  readonly feeToken?: Address | undefined;
  readonly memo?: Hex | undefined;
  /** L1 timestamps in seconds, 0 for none (R3). */
  readonly validAfter?: number | undefined;
  readonly validBefore?: number | undefined;
}

export interface BuiltPayment {
  readonly transaction: Transaction;
  readonly fee: Fee | undefined;
}

/**
 * The transaction that makes the payments: fewest inputs, the fee, and the change back to the owner, one output a token.
 * Throws PAYMENTS_EMPTY, AMOUNT_OUT_OF_RANGE, FEE_TOKEN_REFUSED, FUNDS_LOW, TOO_MANY_INPUTS, TOO_MANY_OUTPUTS.
 */
export function buildPayment(request: PaymentRequest): BuiltPayment {
  const { owner, payments, coins, fees, feeToken } = request;
  if (payments.length === 0) throw clientError("PAYMENTS_EMPTY", "there is nothing to pay");
  const paid = sumByToken(payments);
  const [fee] = feeChoices(fees, feeToken, paid, coins);
  const target = new Map(paid);
  if (fee) target.set(fee.token, (target.get(fee.token) ?? 0n) + fee.amount);
  const chosen = selectCoins(coins, target);
  const change = [...target].flatMap(([token, needed]) => {
    const excess = chosen.reduce((sum, coin) => (coin.token === token ? sum + coin.amount : sum), 0n) - needed;
    return excess > 0n ? [{ owner, token, amount: excess, condition: PLAIN }] : [];
  });
  const outputs = [
    ...payments.map(({ to, token, amount, condition = PLAIN }) => ({ owner: to, token, amount, condition })),
    ...change,
  ];
  return { transaction: assemble(request, chosen, outputs), fee };
}

export interface MergeRequest extends Omit<PaymentRequest, "payments" | "feeToken"> {
  readonly token: Address;
}

/**
 * The transaction that joins the smallest outputs of one token, as many as fit, into one. Where the operator wants a fee
 * for it, it is taken from the merged money, or paid with other outputs when this token is not taken as a fee.
 * Throws MERGE_POINTLESS, FUNDS_LOW, TOO_MANY_INPUTS.
 */
export function buildMerge(request: MergeRequest): BuiltPayment {
  const { owner, token, coins, fees } = request;
  const own = fees.find((offer) => offer.token === token);
  const [fee] = own?.mergeFree ? [] : own ? [own] : feeChoices(fees, undefined, new Map(), coins);
  const feeCoins = fee && fee !== own ? selectCoins(coins, new Map([[fee.token, fee.amount]])) : [];
  const chosen = coins
    .filter((coin) => coin.token === token && isPlain(coin))
    .sort((a, b) => largestFirst(b, a))
    .slice(0, LIMITS.maxInputs - feeCoins.length);
  if (chosen.length < 2) throw clientError("MERGE_POINTLESS", `only ${chosen.length} of two outputs can be merged now`);

  const sums = sumByToken([...chosen, ...feeCoins]);
  if (fee) sums.set(fee.token, (sums.get(fee.token) ?? 0n) - fee.amount);
  const merged = sums.get(token) ?? 0n;
  if (merged <= 0n) throw clientError("FUNDS_LOW", "the outputs are worth less than the fee");
  const outputs = [...sums].flatMap(([of, amount]) =>
    amount > 0n ? [{ owner, token: of, amount, condition: PLAIN }] : [],
  );
  return { transaction: assemble(request, [...chosen, ...feeCoins], outputs), fee };
}

/**
 * The fee of a transaction that has nothing else to pay it with than what it spends of one token.
 * @throws FEE_TOKEN_REFUSED where the operator wants fees and takes none in this token
 */
export function feeIn(fees: FeePolicy, token: Address): bigint {
  if (fees.length === 0) return 0n;
  const offer = fees.find((candidate) => candidate.token === token);
  if (!offer) throw clientError("FEE_TOKEN_REFUSED", `the operator takes no fee in ${token}`, { feeToken: token });
  return offer.amount;
}

/** Fees that would do, best first. */
function feeChoices(
  fees: FeePolicy,
  feeToken: Address | undefined,
  paid: ReadonlyMap<Address, bigint>,
  coins: readonly Coin[],
): FeePolicy {
  if (feeToken !== undefined) {
    const offer = fees.find(({ token }) => token === feeToken);
    if (!offer) throw clientError("FEE_TOKEN_REFUSED", `the operator takes no fee in ${feeToken}`, { feeToken });
    return [offer];
  }
  const owned = sumByToken(coins.filter(isPlain));
  const covers = ({ token, amount }: Fee) => (owned.get(token) ?? 0n) >= (paid.get(token) ?? 0n) + amount;
  const rank = (offer: Fee) => (covers(offer) ? 0 : 2) + (paid.has(offer.token) ? 0 : 1);
  return fees.toSorted((a, b) => rank(a) - rank(b));
}

function assemble(
  { memo = ZERO_HASH, validAfter = 0, validBefore = 0 }: Pick<PaymentRequest, "memo" | "validAfter" | "validBefore">,
  coins: readonly Coin[],
  outputs: readonly Output[],
): Transaction {
  for (const { amount } of outputs) {
    if (amount < 1n || amount >= 1n << 128n) {
      throw clientError("AMOUNT_OUT_OF_RANGE", `an output cannot hold ${amount}`, { amount });
    }
  }
  if (outputs.length > LIMITS.maxOutputs) {
    const message = `that makes ${outputs.length} outputs, and a transaction has at most ${LIMITS.maxOutputs}`;
    throw clientError("TOO_MANY_OUTPUTS", message, { outputs: outputs.length });
  }
  const inputs = coins.map(({ position, outputId }) => ({ position, outputId }));
  return { inputs, outputs: [...outputs], memo, validAfter, validBefore };
}

function sumByToken(amounts: readonly { readonly token: Address; readonly amount: bigint }[]): Map<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const { token, amount } of amounts) sums.set(token, (sums.get(token) ?? 0n) + amount);
  return sums;
}
