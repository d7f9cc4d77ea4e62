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
  /** By its written position, such as 12:5:0 or d3, which for a deposit does not tell the whole position. */
  proofNamed(written: string): ExitProof | undefined;
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

/** Keeps one account's files of one chain below `chainDirectory`. */
export function createWalletStore(chainDirectory: string, account: Address): WalletStore {
  const root = join(chainDirectory, account);
  const proofDirectory = join(root, "proofs");
  const fileNamed = (written: string) => join(proofDirectory, `${written.replaceAll(":", "-")}.json`);
  const proofFile = (position: bigint) => fileNamed(formatPosition(position));
  const paymentFile = (txId: Hex) => join(root, "payments", `${txId}.json`);
  const spendersDirectory = (outputId: Hex) => join(root, "spends", outputId);
  const write = (path: string, value: unknown) => writePrivateFile(path, `${JSON.stringify(value, null, 2)}\n`);

  const payment = (txId: Hex) => readJsonFile(paymentFile(txId), signedSchema);

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
    recordPayment({ txId, raw, transaction }) {
      const stored: StoredPayment = { txId, raw, validBefore: transaction.validBefore, status: "signed" };
      write(paymentFile(txId), stored);
      // One empty file each, so that no two programs ever write the same one.
      for (const { outputId } of transaction.inputs) writePrivateFile(join(spendersDirectory(outputId), txId), "");
    },
    settlePayment(txId, status) {
      const stored = payment(txId);
      if (stored && stored.status !== "acknowledged") write(paymentFile(txId), { ...stored, status });
    },
    payment,
    paymentsSpending: (outputId) =>
      listFiles(spendersDirectory(outputId)).flatMap((txId) => payment(hashSchema.parse(txId)) ?? []),
  };
}

/** Whether a payment can still be taken into a block sealed at `time` or later. */
export function isOpen({ validBefore }: StoredPayment, time: number): boolean {
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
