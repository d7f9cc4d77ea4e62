import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { guardSchema } from "../client/guardedOutputs.ts";
import { type ChannelState, channelStateSchema } from "../client/paymentChannel.ts";
import { savedTransactionSchema } from "../client/savedTransaction.ts";
import type { SignedPayment } from "../client/transactions.ts";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { conditionHash } from "../protocol/condition.ts";
import type { Guard } from "../protocol/conditions/guardedOutput.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import { hashSchema } from "../protocol/json.ts";
import { formatPosition } from "../protocol/position.ts";
import { type ExitProof, exitProofSchema, serializeExitProof } from "../protocol/proof.ts";
import { isMissing, readJsonFile, writePrivateFile } from "./files.ts";

/** What became of a payment that the wallet signed. `signed`: nobody answered, so it may or may not have been taken. */
export type SpendStatus = "signed" | "acknowledged" | "refused";

const paymentSchema = savedTransactionSchema.extend({
  txId: hashSchema,
  /** L1 timestamp in seconds, 0 for none. */
  validBefore: z.int().min(0),
  status: z.enum(["signed", "acknowledged", "refused"]),
});

/** Of what a secret was made, which without the key tells nothing. */
const saltSchema = z.object({ salt: hashSchema });

/** A signed payment with all that its in-flight exit needs (R24). */
export type StoredPayment = z.output<typeof paymentSchema>;

/** What one account must never lose: the proofs of its outputs, and every payment it signed (R24). Nothing is deleted. */
export interface WalletStore {
  proofFile(position: bigint): string;
  proofAt(position: bigint): ExitProof | undefined;
  /** By its written position, such as 12:5:0 or d3, which for a deposit does not tell the whole position. */
  proofNamed(written: string): ExitProof | undefined;
  saveProof(proof: ExitProof): void;
  /** All proofs, oldest output first. */
  proofs(): ExitProof[];
  paymentFile(txId: Hex): string;
  /** Keeps a signed payment with the proofs of its inputs; called before it is sent. */
  recordPayment(payment: SignedPayment, inputs: readonly ExitProof[]): void;
  settlePayment(txId: Hex, status: SpendStatus): void;
  /** Adds what was found out about a payment later, signatures that others have added among it. */
  completePayment(
    txId: Hex,
    found: { readonly raw: Hex; readonly inputs: readonly ExitProof[]; readonly inclusion: Inclusion | undefined },
  ): void;
  payment(txId: Hex): StoredPayment | undefined;
  payments(): StoredPayment[];
  /** Payments signed by this wallet that spend an output. */
  paymentsSpending(outputId: Hex): StoredPayment[];
  /** Keeps the terms under which an output is or will be; called before money is put there, since the chain has only their hash. */
  saveGuard(guard: Guard): void;
  /** The terms with this hash. */
  guard(condition: Hex): Guard | undefined;
  /** Keeps of what the secret with this hash is made; called before the hash is used. */
  saveSalt(hash: Hex, salt: Hex): void;
  salt(hash: Hex): Hex | undefined;
  /** Keeps the last state of a channel, by the output that holds its money; called before the payment is handed over, or delivered for. */
  saveChannel(outputId: Hex, state: ChannelState): void;
  channel(outputId: Hex): ChannelState | undefined;
}

/** Keeps one account's files of one chain below `chainDirectory`. */
export function createWalletStore(chainDirectory: string, account: Address): WalletStore {
  const root = join(chainDirectory, account);
  const proofDirectory = join(root, "proofs");
  const paymentDirectory = join(root, "payments");
  const fileNamed = (written: string) => join(proofDirectory, `${written.replaceAll(":", "-")}.json`);
  const proofFile = (position: bigint) => fileNamed(formatPosition(position));
  const paymentFile = (txId: Hex) => join(paymentDirectory, `${txId}.json`);
  const spendersDirectory = (outputId: Hex) => join(root, "spends", outputId);
  const guardFile = (condition: Hex) => join(root, "guards", `${condition}.json`);
  const channelFile = (outputId: Hex) => join(root, "channels", `${outputId}.json`);
  const saltFile = (hash: Hex) => join(root, "salts", `${hash}.json`);
  const write = (path: string, value: unknown) => writePrivateFile(path, `${JSON.stringify(value, null, 2)}\n`);

  const payment = (txId: Hex) => readJsonFile(paymentFile(txId), paymentSchema);
  const writePayment = (stored: StoredPayment) => write(paymentFile(stored.txId), z.encode(paymentSchema, stored));

  return {
    proofFile,
    proofAt: (position) => readJsonFile(proofFile(position), exitProofSchema),
    proofNamed: (written) =>
      /^(d\d+|\d+:\d+:\d+)$/.test(written) ? readJsonFile(fileNamed(written), exitProofSchema) : undefined,
    saveProof: (proof) => write(proofFile(proof.position), serializeExitProof(proof)),
    proofs: () =>
      listFiles(proofDirectory)
        .flatMap((file) => readJsonFile(join(proofDirectory, file), exitProofSchema) ?? [])
        .sort((a, b) => (a.position < b.position ? -1 : 1)),
    paymentFile,
    recordPayment({ txId, raw, transaction }, inputs) {
      writePayment({ txId, raw, inputs: [...inputs], validBefore: transaction.validBefore, status: "signed" });
      // One empty file each, so that no two programs ever write the same one.
      for (const { outputId } of transaction.inputs) writePrivateFile(join(spendersDirectory(outputId), txId), "");
    },
    settlePayment(txId, status) {
      const stored = payment(txId);
      if (stored && stored.status !== "acknowledged") writePayment({ ...stored, status });
    },
    completePayment(txId, { raw, inputs, inclusion }) {
      const stored = payment(txId);
      if (stored) writePayment({ ...stored, raw, inputs: [...inputs], ...(inclusion ? { inclusion } : {}) });
    },
    payment,
    payments: () =>
      listFiles(paymentDirectory).flatMap((file) => readJsonFile(join(paymentDirectory, file), paymentSchema) ?? []),
    paymentsSpending: (outputId) =>
      listFiles(spendersDirectory(outputId)).flatMap((txId) => payment(hashSchema.parse(txId)) ?? []),
    saveGuard: ({ condition, params }) =>
      write(guardFile(conditionHash(condition, params)), { condition, params: toHex(params) }),
    guard(hash) {
      const kept = readJsonFile(guardFile(hash), guardSchema);
      return kept && { condition: kept.condition, params: fromHex(kept.params) };
    },
    saveSalt: (hash, salt) => write(saltFile(hash), { salt }),
    saveChannel: (outputId, state) => write(channelFile(outputId), z.encode(channelStateSchema, state)),
    channel: (outputId) => readJsonFile(channelFile(outputId), channelStateSchema),
    salt: (hash) => readJsonFile(saltFile(hash), saltSchema)?.salt,
  };
}

/** Whether a payment can still be taken into a block sealed at `time` or later. */
export function isOpen({ validBefore }: Pick<StoredPayment, "validBefore">, time: number): boolean {
  return validBefore === 0 || time < validBefore;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => !file.endsWith(".tmp"));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}
