import { parentPort, workerData } from "node:worker_threads";
import { verifyTransaction } from "../protocol/blockEntry.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Domain } from "../protocol/typedData.ts";
import { createNativeCrypto } from "./nativeCrypto.ts";
import { packVerdicts, unpackTransactions, type Verdict, type VerifierJob } from "./verifierProtocol.ts";

const crypto = await createNativeCrypto();
const domain = workerData as Domain;

function verify(raw: Uint8Array): Verdict {
  try {
    return verifyTransaction(raw, domain, crypto);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

parentPort?.on("message", (job: VerifierJob) => {
  const reply = packVerdicts([...unpackTransactions(job)].map(verify));
  parentPort?.postMessage(reply, [reply.verdicts.buffer]);
});
