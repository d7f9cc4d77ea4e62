import { clientError } from "../../client/errors.ts";
import { findInFlightExit, type InFlightExit } from "../../client/inFlightExits.ts";
import { respondCall, respondNonCanonical } from "../../client/respondNonCanonical.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { findInclusion } from "../evidence.ts";
import { resolveAddress } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun, readHash } from "../parameters.ts";
import { readProofFile } from "../proofFile.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession, type WalletSession } from "../session.ts";

export const respond = defineCommand({
  name: "respond",
  summary: "answer a competitor: show that the transaction came first",
  description: `When an in-flight exit is contested although its transaction stands in a block before the competitor, this shows it, and the
outputs are paid after all. The exit's bond becomes yours. The place of the transaction comes from this wallet's files, from a
proof file of any of its outputs, or from the operator. It counts until the exit is processed.`,
  arguments: { transaction: required("<txId>", "id of the transaction", readHash) },
  options: {
    proof: optional("--proof <file>", "use the proof of one of its outputs in this file", text),
    beneficiary: optional("--beneficiary <address>", "who gets the bond (default: the account)", text),
    dryRun,
  },
  examples: [
    { run: "exit next", does: "says where an answer is due" },
    { run: "respond 0x5b1d…", does: "answer" },
    { run: "respond 0x5b1d… --proof proof.json", does: "with a proof that somebody sent you" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client } = session;
    const exit = await findInFlightExit(client, input.transaction);
    const { txId, terms } = exit;
    const beneficiary = input.beneficiary === undefined ? undefined : resolveAddress(context.paths, input.beneficiary);
    const request = { exit, inclusion: await chooseInclusion(session, exit, input.proof), beneficiary };
    const { header, txIndex } = request.inclusion;
    const data = { txId, block: header.number, txIndex, reward: terms.bond };
    const shown = [
      ["stands in", `block ${header.number}, transaction ${txIndex}`],
      ["bond that becomes yours", formatAmount(terms.bond, ETH_UNIT)],
    ] as const;
    if (input.dryRun) return dryRunResult(client, [respondCall(client, request)], data, shown);
    context.progress("Responding …");
    const { transactionHash, gasUsed } = await respondNonCanonical(client, request);
    return {
      data: { ...data, transactionHash, gasUsed },
      text: fields([["answered for", txId], ...shown, ["L1 transaction", `${transactionHash} (${gasUsed} gas)`]]),
      next: ["plasma-cli exit next"],
    };
  },
});

async function chooseInclusion(
  session: WalletSession,
  exit: InFlightExit,
  file: string | undefined,
): Promise<Inclusion> {
  const proof = file === undefined ? undefined : readProofFile(file);
  const inclusion =
    proof?.kind === "transaction" ? proof.inclusion : proof ? undefined : await findInclusion(session, exit);
  if (inclusion) return inclusion;
  throw clientError("INCLUSION_UNKNOWN", `nobody shows a block that includes ${exit.txId}`, { txId: exit.txId });
}
