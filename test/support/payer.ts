import type { Address, Hex } from "viem";
import { toHex } from "../../protocol/bytes.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { ETH, type Output, outputIdOf, PLAIN } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";

export interface Spendable {
  readonly position: bigint;
  readonly outputId: Hex;
  readonly amount: bigint;
}

export interface SignedPayment {
  readonly txId: Hex;
  readonly raw: Hex;
  /** What the payer keeps, once it is known where the transaction stands. */
  changeAt(block: bigint, txIndex: number): Spendable;
}

/** Pays `amount` wei to an address from one output; the rest goes back to the payer, less the fee. */
export async function signPayment(
  domain: Domain,
  payer: Signer,
  source: Spendable,
  payment: { readonly to: Address; readonly amount: bigint; readonly fee?: bigint },
): Promise<SignedPayment> {
  const owner = payer.address.toLowerCase() as Address;
  const outputOf = (to: Address, amount: bigint): Output => ({ owner: to, token: ETH, amount, condition: PLAIN });
  const change = outputOf(owner, source.amount - payment.amount - (payment.fee ?? 0n));
  const transaction: Transaction = {
    inputs: [{ position: source.position, outputId: source.outputId }],
    outputs: [outputOf(payment.to, payment.amount), change],
    memo: ZERO_HASH,
    validAfter: 0,
    validBefore: 0,
  };
  const txId = txIdOf(transaction, domain);
  const signed = await signTransaction(transaction, domain, [payer]);
  return {
    txId,
    raw: toHex(encodeSignedTransaction(signed)),
    changeAt: (block, txIndex) => ({
      position: encodePosition({ block, txIndex, outputIndex: 1 }),
      outputId: outputIdOf(txId, 1, change),
      amount: change.amount,
    }),
  };
}
