// The operator service as a process of its own that turns bad when it is told to. argv: JSON of the options, the operator's private
// key, the thief's. Prints the URLs of its two faces and of its control. Until it turns it is the real service; from then on the
// real one answers for the past, and blocks are whatever the misdeed says.
import { createPublicClient, createWalletClient, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { startExit } from "../../client/startExit.ts";
import { getNewestHeader } from "../../client/status.ts";
import { operatorOptions } from "../../operator/options.ts";
import { startOperator } from "../../operator/service.ts";
import { GENESIS } from "../../protocol/block.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { decodeFeeClaim, FEE_CLAIM_TYPE, feeClaimOutput } from "../../protocol/feeClaim.ts";
import { outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import type { InclusionProof } from "../../protocol/proof.ts";
import { decodeSignedTransaction } from "../../protocol/transaction.ts";
import { feeClaimIdOf, txIdOf } from "../../protocol/typedData.ts";
import { createLogger } from "../../runtime/logger.ts";
import { type BlockForge, createBlockForge } from "./blockForge.ts";
import { commitOrderSchema } from "./hostileOperator.ts";
import { forwardCall, type JsonRpcAnswer, type JsonRpcCall, startJsonRpcServer } from "./jsonRpcServer.ts";
import { type BadBlock, MISDEEDS } from "./misdeeds.ts";

const [options = "{}", operatorKey, thiefKey] = process.argv.slice(2);
const config = operatorOptions.parse(JSON.parse(options));
const account = privateKeyToAccount(operatorKey as Hex);
const thief = privateKeyToAccount(thiefKey as Hex);
const l1 = createPublicClient({ transport: http(config.l1Url), pollingInterval: 20, cacheTime: 0 });
const domain = { chainId: BigInt(await l1.getChainId()), contract: config.contract };
const logger = createLogger(config.logLevel);

const serve = (readOnly: boolean) =>
  startOperator({ ...config, port: 0, readOnly }, { account, logger, clock: Date.now });
const walletOf = (signer: typeof account) =>
  createWalletClient({ account: signer, transport: http(config.l1Url), pollingInterval: 20 });
const clientOf = (signer: typeof account) =>
  createClient({ domain, l1, operatorUrl: service.url, wallet: walletOf(signer) });

let service = await serve(false);
/** Undefined as long as the operator is honest. */
let forge: BlockForge | undefined;
let invention: InclusionProof | undefined;
let pending: readonly Uint8Array[] = [];
/** Owner who is given no outputs and proofs. */
let denied: string | undefined;
const shown = new Map<bigint, BadBlock["shown"]>();

const turned = (): BlockForge => {
  if (forge === undefined) throw new TypeError("the operator is still honest");
  return forge;
};

/** Takes payments from then on, and promises them a place in the next block. */
async function turn(): Promise<null> {
  await service.stop();
  service = await serve(true);
  const parent = (await getNewestHeader(clientOf(account))) ?? GENESIS;
  forge = createBlockForge({ l1, wallet: walletOf(account), contract: config.contract, parent });
  return null;
}

async function commit(order: unknown) {
  const { misdeed, ...known } = commitOrderSchema.parse(order);
  const number = turned().parent().number + 1n;
  const block: BadBlock = await MISDEEDS[misdeed]({ ...known, domain, block: number, pending, thief });
  shown.set(number, block.shown);
  await turned().commit(block.entries, block.changes);
  pending = [];
  if (block.invention !== undefined) invention = proofOfFirstOutput(number, block.invention);
  return toHexNumber(number);
}

/** Builds on the header again that it built on before its last block. */
async function goBack(): Promise<null> {
  const parent = (await getNewestHeader(clientOf(account))) ?? GENESIS;
  turned().goBack(parent);
  return null;
}

/** The thief starts to exit what the last misdeed made up. */
async function takeInvention(): Promise<null> {
  if (invention === undefined) throw new TypeError("nothing was made up");
  await startExit(clientOf(thief), invention);
  return null;
}

/** The proof of an entry's first output, as true as the block is on L1. */
function proofOfFirstOutput(number: bigint, txIndex: number): InclusionProof {
  const raw = turned().entriesOf(number)?.[txIndex] ?? new Uint8Array(0);
  const inclusion = turned().inclusion(number, txIndex);
  const place = { ...domain, position: encodePosition({ block: number, txIndex, outputIndex: 0 }), inclusion };
  if (raw[0] === FEE_CLAIM_TYPE) {
    const claim = decodeFeeClaim(raw);
    const output = feeClaimOutput(claim);
    const outputId = outputIdOf(feeClaimIdOf(claim, domain), 0, output);
    return { version: 1, kind: "feeClaim", ...place, outputId, output, body: toHex(raw), witness: "0x" };
  }
  const { transaction, bodyLength } = decodeSignedTransaction(raw);
  const [output] = transaction.outputs;
  if (output === undefined) throw new RangeError("every transaction has an output");
  const outputId = outputIdOf(txIdOf(transaction, domain), 0, output);
  const [body, witness] = [toHex(raw.subarray(0, bodyLength)), toHex(raw.subarray(bodyLength))];
  return { version: 1, kind: "transaction", ...place, outputId, output, body, witness };
}

const toHexNumber = (number: bigint) => `0x${number.toString(16)}`;

/** What face `face` answers once the operator has turned. */
async function answer(face: 0 | 1, call: JsonRpcCall): Promise<JsonRpcAnswer | undefined> {
  if (forge === undefined) return forwardCall(service.url, call);
  switch (call.method) {
    case "plasma_sendTransaction": {
      const raw = fromHex(call.params[0] as Hex);
      const txId = txIdOf(decodeSignedTransaction(raw).transaction, domain);
      const txIndex = pending.length;
      pending = [...pending, raw];
      const blockNumber = toHexNumber(forge.parent().number + 1n);
      return { result: { txId, blockNumber, txIndex, status: "pending" } };
    }
    case "plasma_getBlockTransactions": {
      const number = BigInt((call.params[0] as { number: Hex }).number);
      const entries = forge.entriesOf(number);
      if (entries === undefined) return forwardCall(service.url, call);
      const seen = shown.get(number);
      return { result: { entries: ((seen ? seen[face] : entries) ?? []).map((raw) => toHex(raw)) } };
    }
    case "plasma_getProof":
    case "plasma_getOutputs": {
      const told = await forwardCall(service.url, call);
      return denied !== undefined && JSON.stringify(told).includes(denied) ? undefined : told;
    }
    default:
      return forwardCall(service.url, call);
  }
}

const orders: Readonly<Record<string, (param: unknown) => Promise<unknown>>> = {
  turn,
  commit,
  goBack,
  takeInvention,
  /** Gives nobody the outputs and proofs of this owner any more. */
  deny: async (owner) => {
    denied = String(owner);
  },
};

const faces = await Promise.all(([0, 1] as const).map((face) => startJsonRpcServer((call) => answer(face, call))));
const control = await startJsonRpcServer(async ({ method, params }) => {
  try {
    return { result: (await orders[method]?.(params[0])) ?? null };
  } catch (error) {
    return { error: { message: String(error), data: { code: "HOSTILE_FAILED" } } };
  }
});
process.stdout.write(`${[...faces, control].map(({ url }) => url).join(" ")}\n`);
process.once("SIGTERM", async () => {
  await Promise.all([...faces, control].map(({ close }) => close()));
  await service.stop();
});
