import type { Address, Hex } from "viem";
import type { Client } from "../../client/client.ts";
import { registerCondition } from "../../client/conditions.ts";
import { API_LIMITS } from "../../protocol/api.ts";
import { toHex } from "../../protocol/bytes.ts";
import { claimHashTimeLock, type HashTimeLock, hashTimeLockOutput } from "../../protocol/conditions/hashTimeLock.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import type { OwnedOutput } from "../throughput/prepare.ts";

interface Lock {
  readonly condition: Address;
  readonly terms: HashTimeLock;
}

const WAIT = { timeoutMs: 60_000, signal: new AbortController().signal };

/** Registers the code, and waits until the operator may count it. */
export async function registerLock(client: Client, code: Uint8Array): Promise<Address> {
  return (await registerCondition(client, code, WAIT)).condition;
}

/** Puts each output under the lock, all acknowledged by the operator. */
export async function lockOutputs(
  { operator, domain, crypto }: Client,
  outputs: readonly OwnedOutput[],
  { condition, terms }: Lock,
): Promise<readonly LedgerOutput[]> {
  const locks: LedgerOutput[] = [];
  for (let from = 0; from < outputs.length; from += API_LIMITS.maxTransactionsPerCall) {
    const transactions = outputs.slice(from, from + API_LIMITS.maxTransactionsPerCall).map((source) => {
      const { owner, token, amount } = source.output;
      const locked = hashTimeLockOutput(condition, terms, { sender: owner, token, amount });
      const inputs = [{ position: source.position, outputId: source.outputId }];
      const window = { validAfter: 0, validBefore: terms.timeout };
      const transaction: Transaction = { inputs, outputs: [locked], memo: ZERO_HASH, ...window };
      return { source, transaction };
    });
    const raws = await Promise.all(
      transactions.map(async ({ source, transaction }) =>
        toHex(encodeSignedTransaction(await signTransaction(transaction, domain, [source.signer]))),
      ),
    );
    for (const [index, receipt] of (await operator.call("plasma_sendTransactions", raws)).entries()) {
      if ("error" in receipt) throw new Error(`a lock was refused: ${JSON.stringify(receipt)}`);
      const { transaction } = transactions[index] as (typeof transactions)[number];
      const [output] = transaction.outputs as [LedgerOutput["output"]];
      locks.push({
        position: encodePosition({ block: receipt.blockNumber, txIndex: receipt.txIndex, outputIndex: 0 }),
        outputId: outputIdOf(txIdOf(transaction, domain, crypto.keccak256), 0, output, crypto.keccak256),
        output,
      });
    }
  }
  return locks;
}

/** Signs the claim of each. */
export function claimLocks(
  locks: readonly LedgerOutput[],
  {
    condition,
    terms,
    secret,
    receiver,
    domain,
  }: Lock & { readonly secret: Hex; readonly receiver: Signer; readonly domain: Domain },
): Promise<Hex[]> {
  return Promise.all(
    locks.map(async (lock) => {
      const { transaction, reveals } = claimHashTimeLock(lock, condition, terms, { secret, fee: 0n });
      return toHex(encodeSignedTransaction(await signTransaction(transaction, domain, [receiver], reveals)));
    }),
  );
}
