import { type Hex, parseEther } from "viem";
import { deposit, waitForDeposit } from "../../client/deposit.ts";
import type { OperatorApi } from "../../client/operatorApi.ts";
import { API_LIMITS } from "../../protocol/api.ts";
import { toHex } from "../../protocol/bytes.ts";
import { depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { type Crypto, ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ETH, type Output, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import type { OpenNetwork } from "../support/accounts.ts";

/** An output and who can spend it. */
export interface OwnedOutput extends LedgerOutput {
  readonly signer: Signer;
}

const DEPOSIT = parseEther("1");
const WAIT = { timeoutMs: 60_000, signal: new AbortController().signal };

/** Deposits once per account and splits until there are `count` outputs, all acknowledged by the operator. */
export async function prepareOutputs(
  { reader, accounts }: OpenNetwork,
  count: number,
  progress: (text: string) => void,
): Promise<readonly OwnedOutput[]> {
  const { operator, domain, crypto } = reader;
  const outputs: OwnedOutput[] = [];
  for (const { client, signer } of accounts) {
    const { deposit: made, position } = await deposit(client, { token: ETH, amount: DEPOSIT });
    await waitForDeposit(client, position, WAIT);
    outputs.push({
      position: depositPositionOf(made),
      outputId: depositOutputId(made, crypto.keccak256),
      output: depositOutput(made),
      signer,
    });
  }
  while (outputs.length < count) {
    const missing = Math.ceil((count - outputs.length) / (LIMITS.maxOutputs - 1));
    const parents = outputs.splice(0, Math.min(outputs.length, missing, API_LIMITS.maxTransactionsPerCall));
    outputs.push(...(await splitOutputs(parents, operator, domain, crypto)));
    progress(`${outputs.length} of ${count}`);
  }
  return outputs;
}

/** Signs a payment of half of each output to the next owner. */
export async function signPayments(outputs: readonly OwnedOutput[], domain: Domain): Promise<Hex[]> {
  return Promise.all(
    outputs.map(async (source, index) => {
      const recipient = (outputs[(index + 1) % outputs.length] as OwnedOutput).output.owner;
      const half = source.output.amount / 2n;
      const pay = { ...source.output, owner: recipient, amount: half };
      const change = { ...source.output, amount: source.output.amount - half };
      return sign(spend(source, [pay, change]), source.signer, domain);
    }),
  );
}

/** Turns each output into as many as a transaction may have. */
async function splitOutputs(
  parents: readonly OwnedOutput[],
  operator: OperatorApi,
  domain: Domain,
  crypto: Crypto,
): Promise<OwnedOutput[]> {
  const transactions = parents.map((parent) => {
    const share = parent.output.amount / BigInt(LIMITS.maxOutputs);
    return spend(
      parent,
      Array.from({ length: LIMITS.maxOutputs }, () => ({ ...parent.output, amount: share })),
    );
  });
  const raws = await Promise.all(
    transactions.map((transaction, index) => sign(transaction, (parents[index] as OwnedOutput).signer, domain)),
  );
  const receipts = await operator.call("plasma_sendTransactions", raws);
  return transactions.flatMap((transaction, index) => {
    const receipt = receipts[index];
    if (receipt === undefined || "error" in receipt) throw new Error(`a split was refused: ${JSON.stringify(receipt)}`);
    const { signer } = parents[index] as OwnedOutput;
    const { blockNumber: block, txIndex } = receipt;
    const txId = txIdOf(transaction, domain, crypto.keccak256);
    return transaction.outputs.map((output, outputIndex) => ({
      position: encodePosition({ block, txIndex, outputIndex }),
      outputId: outputIdOf(txId, outputIndex, output, crypto.keccak256),
      output,
      signer,
    }));
  });
}

function spend({ position, outputId }: OwnedOutput, outputs: readonly Output[]): Transaction {
  return { inputs: [{ position, outputId }], outputs, memo: ZERO_HASH, validAfter: 0, validBefore: 0 };
}

async function sign(transaction: Transaction, signer: Signer, domain: Domain): Promise<Hex> {
  return toHex(encodeSignedTransaction(await signTransaction(transaction, domain, [signer])));
}
