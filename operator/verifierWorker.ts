import { parentPort, workerData } from "node:worker_threads";
import { toHex } from "../protocol/bytes.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { leafHash } from "../protocol/merkle.ts";
import { recoverTransaction } from "../protocol/signature.ts";
import { decodeSignedTransaction } from "../protocol/transaction.ts";
import type { Domain } from "../protocol/typedData.ts";
import { createNativeCrypto } from "../runtime/nativeCrypto.ts";
import { packVerdicts, unpackTransactions, type Verdict, type VerifierJob } from "./verifierProtocol.ts";

const crypto = await createNativeCrypto();
const domain = workerData as Domain;

function verify(raw: Uint8Array): Verdict {
  try {
    const decoded = decodeSignedTransaction(raw);
    const { txId, signers } = recoverTransaction(decoded, domain, crypto);
    const witnessHash = toHex(crypto.keccak256(raw.subarray(decoded.bodyLength)));
    return { txId, signers, leaf: leafHash(txId, witnessHash, crypto.keccak256) };
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

parentPort?.on("message", (job: VerifierJob) => {
  const reply = packVerdicts([...unpackTransactions(job)].map(verify));
  parentPort?.postMessage(reply, [reply.verdicts.buffer]);
});
