import { parseEther } from "viem";
import type { Client } from "../../client/client.ts";
import { deposit, waitForDeposit } from "../../client/deposit.ts";
import { uploadTransactions } from "../../client/uploadTransactions.ts";
import { encodeBlock } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import { depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { type Crypto, ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ETH, type Output, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, toCompactSignature } from "../../protocol/signature.ts";
import { encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import { MAX_UPLOAD_TRANSACTIONS } from "../../protocol/upload.ts";
import type { OpenNetwork } from "../support/accounts.ts";
import { createNativeSigner } from "../support/nativeSigner.ts";

/** An output and who can spend it. */
export interface OwnedOutput extends LedgerOutput {
  readonly signer: Signer;
}

const DEPOSIT = parseEther("1");
const WAIT = { timeoutMs: 60_000, signal: new AbortController().signal };

/** Deposits once per account and splits until there are `count` outputs, each of an owner of its own, all acknowledged. */
export async function prepareOutputs(
  { reader, accounts }: OpenNetwork,
  count: number,
  progress: (text: string) => void,
): Promise<readonly OwnedOutput[]> {
  const { keccak256 } = reader.crypto;
  let owners = 0;
  const newOwner = () => createNativeSigner(toHex(keccak256(new TextEncoder().encode(`owner ${owners++}`))));
  let outputs: OwnedOutput[] = [];
  for (const { client, signer } of accounts) {
    const { deposit: made, position } = await deposit(client, { token: ETH, amount: DEPOSIT });
    await waitForDeposit(client, position, WAIT);
    const outputId = depositOutputId(made, keccak256);
    outputs.push({ position: depositPositionOf(made), outputId, output: depositOutput(made), signer });
  }
  while (outputs.length < count) {
    const missing = Math.ceil((count - outputs.length) / (LIMITS.maxOutputs - 1));
    const parents = outputs.slice(0, Math.min(missing, MAX_UPLOAD_TRANSACTIONS));
    outputs = [...outputs.slice(parents.length), ...(await splitOutputs(parents, newOwner, reader))];
    progress(`${outputs.length} of ${count}`);
  }
  return outputs;
}

/** Signs a payment of half of each output to the next owner; packed as in an upload. */
export async function signPayments(
  outputs: readonly OwnedOutput[],
  domain: Domain,
  crypto: Crypto,
): Promise<Uint8Array> {
  const raws: Uint8Array[] = [];
  for (const [index, source] of outputs.entries()) {
    const recipient = (outputs[(index + 1) % outputs.length] as OwnedOutput).output.owner;
    const half = source.output.amount / 2n;
    const pay = { ...source.output, owner: recipient, amount: half };
    const change = { ...source.output, amount: source.output.amount - half };
    raws.push(await sign(spend(source, [pay, change]), source.signer, domain, crypto));
  }
  return encodeBlock(raws);
}

/** Turns each output into as many as a transaction may have, each of an owner of its own. */
async function splitOutputs(
  parents: readonly OwnedOutput[],
  newOwner: () => Signer,
  { operator, domain, crypto }: Client,
): Promise<OwnedOutput[]> {
  const splits = parents.map((parent) => {
    const amount = parent.output.amount / BigInt(LIMITS.maxOutputs);
    const owners = Array.from({ length: LIMITS.maxOutputs }, newOwner);
    const transaction = spend(
      parent,
      owners.map(({ address }) => ({ ...parent.output, owner: address, amount })),
    );
    return { parent, owners, transaction };
  });
  const raws = await Promise.all(
    splits.map(({ parent, transaction }) => sign(transaction, parent.signer, domain, crypto)),
  );
  const answers = await uploadTransactions(operator.url, raws);
  return splits.flatMap(({ owners, transaction }, index) => {
    const answer = answers[index];
    if (answer === undefined || "code" in answer) throw new Error(`a split was refused: ${JSON.stringify(answer)}`);
    const { blockNumber: block, txIndex } = answer;
    const txId = txIdOf(transaction, domain, crypto.keccak256);
    return transaction.outputs.map((output, outputIndex) => ({
      position: encodePosition({ block, txIndex, outputIndex }),
      outputId: outputIdOf(txId, outputIndex, output, crypto.keccak256),
      output,
      signer: owners[outputIndex] as Signer,
    }));
  });
}

function spend({ position, outputId }: OwnedOutput, outputs: readonly Output[]): Transaction {
  return { inputs: [{ position, outputId }], outputs, memo: ZERO_HASH, validAfter: 0, validBefore: 0 };
}

async function sign(
  transaction: Transaction,
  signer: Signer,
  domain: Domain,
  { keccak256 }: Crypto,
): Promise<Uint8Array> {
  const signature = toCompactSignature(await signer.sign({ hash: txIdOf(transaction, domain, keccak256) }));
  return encodeSignedTransaction({ transaction, signatures: [signature], reveals: [] });
}
