import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import { z } from "zod";
import type { SignedPayment } from "../client/transactions.ts";
import { bytesSchema, hashSchema } from "../protocol/json.ts";
import { formatPosition } from "../protocol/position.ts";
import { type ExitProof, exitProofSchema, serializeExitProof } from "../protocol/proof.ts";
import { isMissing, readJsonFile, writePrivateFile } from "./files.ts";

/** What became of a payment that the wallet signed. `signed`: nobody answered, so it may or may not have been taken. */
export type SpendStatus = "signed" | "acknowledged" | "refused";

const signedSchema = z.strictObject({
  txId: hashSchema,
  raw: bytesSchema,
  /** L1 timestamp in seconds, 0 for none. */
  validBefore: z.int().min(0),
  status: z.enum(["signed", "acknowledged", "refused"]),
});

export type StoredPayment = z.output<typeof signedSchema>;

/** What one account must never lose: the proofs of its outputs, and every payment it signed (R24). Nothing is deleted. */
export interface WalletStore {
  proofFile(position: bigint): string;
  proofAt(position: bigint): ExitProof | undefined;
  saveProof(proof: ExitProof): void;
  /** All proofs, oldest output first. */
  proofs(): ExitProof[];
  /** Keeps a signed payment; called before it is sent. */
  recordPayment(payment: SignedPayment): void;
  settlePayment(txId: Hex, status: SpendStatus): void;
  payment(txId: Hex): StoredPayment | undefined;
  /** Payments signed by this wallet that spend an output. */
  paymentsSpending(outputId: Hex): StoredPayment[];
}

const spendersSchema = z.array(hashSchema);

/** Keeps one account's files of one chain below `chainDirectory`. */
export function createWalletStore(chainDirectory: string, account: Address): WalletStore {
  const root = join(chainDirectory, account);
  const proofDirectory = join(root, "proofs");
  const proofFile = (position: bigint) => join(proofDirectory, `${formatPosition(position).replaceAll(":", "-")}.json`);
  const paymentFile = (txId: Hex) => join(root, "payments", `${txId}.json`);
  const spendersFile = (outputId: Hex) => join(root, "spends", `${outputId}.json`);
  const write = (path: string, value: unknown) => writePrivateFile(path, `${JSON.stringify(value, null, 2)}\n`);

  const spendersOf = (outputId: Hex) => readJsonFile(spendersFile(outputId), spendersSchema) ?? [];
  const payment = (txId: Hex) => readJsonFile(paymentFile(txId), signedSchema);

  return {
    proofFile,
    proofAt: (position) => readJsonFile(proofFile(position), exitProofSchema),
    saveProof: (proof) => write(proofFile(proof.position), serializeExitProof(proof)),
    proofs: () =>
      listFiles(proofDirectory)
        .flatMap((file) => readJsonFile(join(proofDirectory, file), exitProofSchema) ?? [])
        .sort((a, b) => (a.position < b.position ? -1 : 1)),
    recordPayment({ txId, raw, transaction }) {
      const stored: StoredPayment = { txId, raw, validBefore: transaction.validBefore, status: "signed" };
      write(paymentFile(txId), stored);
      for (const { outputId } of transaction.inputs) {
        write(spendersFile(outputId), [...new Set([...spendersOf(outputId), txId])]);
      }
    },
    settlePayment(txId, status) {
      const stored = payment(txId);
      if (stored && stored.status !== "acknowledged") write(paymentFile(txId), { ...stored, status });
    },
    payment,
    paymentsSpending: (outputId) => spendersOf(outputId).flatMap((txId) => payment(txId) ?? []),
  };
}

/** Whether a payment can still be taken into a block sealed at `time` or later. */
export function isOpen({ validBefore }: StoredPayment, time: number): boolean {
  return validBefore === 0 || time < validBefore;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => file.endsWith(".json"));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}
