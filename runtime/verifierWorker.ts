import { parentPort, workerData } from "node:worker_threads";
import { type VerifiedBytes, verifyBytes } from "../protocol/blockEntry.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { createNativeCrypto } from "./nativeCrypto.ts";
import { packVerdicts, unpackTransactions, type VerifierJob, type VerifierSetup } from "./verifierProtocol.ts";

const crypto = await createNativeCrypto();
const { domain, stopping } = workerData as VerifierSetup;

function verify(raw: Uint8Array): VerifiedBytes | ProtocolError {
  try {
    return verifyBytes(raw, domain, crypto);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

parentPort?.on("message", (job: VerifierJob) => {
  // A thread that is ended from outside within the native library takes the whole process with it.
  if (Atomics.load(stopping, 0) === 1) return parentPort?.close();
  const reply = packVerdicts([...unpackTransactions(job)].map(verify));
  parentPort?.postMessage(reply, [reply.verdicts.buffer]);
});
