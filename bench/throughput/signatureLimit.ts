import { once } from "node:events";
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { bytesToHex, hexToBytes } from "viem";
import { toCompactSignature } from "../../protocol/signature.ts";
import { createNativeCrypto } from "../../runtime/nativeCrypto.ts";
import { createNativeSigner } from "../support/nativeSigner.ts";

/** What the machine can do at most: recover signers on every core and nothing else. */
export interface SignatureLimit {
  readonly threads: number;
  /** Recoveries a second, all threads together. */
  readonly rate: number;
  /** Processor time of one recovery while all processors are at it. */
  readonly microseconds: number;
}

const SIGNATURES = 256;

/** Measures for `seconds` with the library that the services use. */
export async function measureSignatureLimit(seconds: number): Promise<SignatureLimit> {
  const threads = availableParallelism();
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: null }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  for (const worker of workers) worker.postMessage(seconds);
  const rates = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0] as number));
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsed = (performance.now() - started) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  const rate = rates.reduce((sum, perThread) => sum + perThread, 0);
  return { threads, rate, microseconds: (user + system) / (rate * elapsed) };
}

async function recoverForever(): Promise<void> {
  const crypto = await createNativeCrypto();
  const signer = createNativeSigner(`0x${"01".repeat(32)}`);
  const samples = await Promise.all(
    Array.from({ length: SIGNATURES }, async (_, index) => {
      const digest = crypto.keccak256(Uint8Array.of(index));
      return { digest, signature: toCompactSignature(hexToBytes(await signer.sign({ hash: bytesToHex(digest) }))) };
    }),
  );
  parentPort?.on("message", (seconds: number) => {
    const started = performance.now();
    let recovered = 0;
    let elapsed = 0;
    while (elapsed < seconds * 1000) {
      for (const { digest, signature } of samples) {
        if (crypto.recoverSigner(digest, signature) !== signer.address) throw new Error("recovered another signer");
      }
      recovered += SIGNATURES;
      elapsed = performance.now() - started;
    }
    parentPort?.postMessage((recovered / elapsed) * 1000);
  });
  parentPort?.postMessage("ready");
}

if (!isMainThread) await recoverForever();
