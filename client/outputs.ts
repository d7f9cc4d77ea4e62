import type { Address, Hex } from "viem";
import type { ApiResult } from "../protocol/api.ts";
import { isConditional } from "../protocol/conditionalSpend.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { sameOutput } from "../protocol/output.ts";
import type { ExitProof } from "../protocol/proof.ts";
import type { Client } from "./client.ts";
import { ClientError } from "./errors.ts";
import { getProof, verifyProofOnL1 } from "./proofs.ts";

/** An unspent output as the operator lists it. */
export type ListedOutput = ApiResult<"plasma_getOutputs">["outputs"][number];

/** An unspent output with what was found out about it without believing the operator. */
export interface CheckedOutput extends ListedOutput {
  /** There where the output is proven to be on L1: it is safe, and enough to exit. */
  readonly proof: ExitProof | undefined;
  /** Why there is no proof although the operator calls the output committed. */
  readonly problem: string | undefined;
}

const PAGE_SIZE = 1_000;
const PROOFS_AT_ONCE = 16;

/** Every unspent output of an address, oldest first: the operator's word. */
export async function getOutputs(client: Client, address: Address, token?: Address): Promise<ListedOutput[]> {
  const outputs: ListedOutput[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      address,
      limit: PAGE_SIZE,
      ...(token === undefined ? {} : { token }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.operator.call("plasma_getOutputs", query);
    outputs.push(...page.outputs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return outputs;
}

/**
 * Verifies every listed output against L1: with the proof that `known` has, else with one from the operator. A wrong proof
 * is reported with its output; only failures of L1 or of the connection are thrown.
 */
export async function checkOutputs(
  client: Client,
  listed: readonly ListedOutput[],
  known: (position: bigint, outputId: Hex) => ExitProof | undefined = () => undefined,
): Promise<CheckedOutput[]> {
  const checked: CheckedOutput[] = [];
  for (let start = 0; start < listed.length; start += PROOFS_AT_ONCE) {
    const batch = listed.slice(start, start + PROOFS_AT_ONCE);
    checked.push(
      ...(await Promise.all(
        batch.map((output) => checkOutput(client, output, known(output.position, output.outputId))),
      )),
    );
  }
  return checked;
}

export interface TokenBalance {
  readonly token: Address;
  /** Proven to be on L1. */
  readonly verified: bigint;
  /** Promised by the operator and not yet provable. */
  readonly pending: bigint;
  /** Called committed by the operator, without a proof that holds. */
  readonly disputed: bigint;
  /** Under conditions, counted nowhere else: what becomes of it is for them to say. */
  readonly conditional: bigint;
}

/** Sums checked outputs per token. Those that are exiting are on their way to L1 and count no more. */
export function sumBalances(outputs: readonly CheckedOutput[]): TokenBalance[] {
  const sums = new Map<Address, { -readonly [field in keyof TokenBalance]: TokenBalance[field] }>();
  for (const output of outputs) {
    const { token, amount, status, proof, problem } = output;
    if (status === "exiting" || status === "exited" || status === "spent") continue;
    const sum = sums.get(token) ?? { token, verified: 0n, pending: 0n, disputed: 0n, conditional: 0n };
    if (isConditional(output)) sum.conditional += amount;
    else if (proof) sum.verified += amount;
    else if (problem === undefined) sum.pending += amount;
    else sum.disputed += amount;
    sums.set(token, sum);
  }
  return [...sums.values()].sort((a, b) => (a.token < b.token ? -1 : 1));
}

/** What an address owns, per token. Throws like `getOutputs` and `checkOutputs`. */
export async function getBalance(client: Client, address: Address): Promise<TokenBalance[]> {
  return sumBalances(await checkOutputs(client, await getOutputs(client, address)));
}

async function checkOutput(client: Client, listed: ListedOutput, known: ExitProof | undefined): Promise<CheckedOutput> {
  if (listed.status !== "committed" && listed.status !== "exiting") {
    return { ...listed, proof: undefined, problem: undefined };
  }
  try {
    const proof = known ?? (await getProof(client, listed.position));
    if (known) await verifyProofOnL1(client, known);
    const isProven = proof.outputId === listed.outputId && sameOutput(proof.output, listed);
    return isProven
      ? { ...listed, proof, problem: undefined }
      : { ...listed, proof: undefined, problem: "PROOF_INVALID: the proof is of another output" };
  } catch (error) {
    const isVerdict = error instanceof ProtocolError || (error instanceof ClientError && error.kind === "refused");
    if (!isVerdict) throw error;
    return { ...listed, proof: undefined, problem: `${error.code}: ${error.message}` };
  }
}
