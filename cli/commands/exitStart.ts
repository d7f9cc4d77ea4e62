import { ClientError } from "../../client/errors.ts";
import { l1Time } from "../../client/l1.ts";
import { planExit, startExit } from "../../client/startExit.ts";
import { formatPosition } from "../../protocol/position.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, flag, optional, text } from "../command.ts";
import { CliError } from "../errors.ts";
import { describeTime } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun } from "../parameters.ts";
import { readAuthorizationFile, readProofFile } from "../proofFile.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession, type WalletSession } from "../session.ts";
import { exitBlocker, findOwnProof } from "../wallet.ts";

export const exitStart = defineCommand({
  name: "exit start",
  summary: "start to take an output back to Ethereum",
  description: `Starts the exit of one of your outputs with its proof: the stored one, the one in --proof, or the operator's. Nobody's
help is needed. A bond goes with it and comes back with the money. Until the exit is processed anybody may show that you
have spent the output, which ends the exit and costs the bond; so it is refused for an output that this wallet has spent.`,
  arguments: { position: optional("[position]", "such as 12:5:0 or d3; not needed with --proof", text) },
  options: {
    proof: optional("--proof <file>", "use this proof file", text),
    authorization: optional("--authorization <file>", "the owner's permission, where he is somebody else", text),
    spentAnyway: flag("--spent-anyway", "exit although the output is spent (dishonest; for tests and demonstrations)"),
    dryRun,
  },
  examples: [
    { run: "exit start 12:5:0", does: "an output of block 12" },
    { run: "exit start --proof proof.json", does: "from a proof file, on any machine" },
    { run: "exit start d3 --dry-run", does: "a deposit: bond, gas and time first" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client, tokens, store, account } = session;
    const proof = await chooseProof(session, input.position, input.proof);
    const authorization = input.authorization === undefined ? undefined : readAuthorizationFile(input.authorization);
    const now = await l1Time(client);
    if (!input.spentAnyway) await refuseSpent(session, proof, now);

    const name = formatPosition(proof.position);
    const amount = formatAmount(proof.output.amount, await tokens.unitOf(proof.output.token));
    const { outputId } = proof;
    if (input.dryRun) {
      const { call, bond, exitableAt } = await planExit(client, proof, authorization);
      return dryRunResult(client, [call], { position: name, outputId, bond, exitableAt }, [
        ["output", `${name}, ${amount}`],
        ["bond", formatAmount(bond, ETH_UNIT)],
        ["processed after", describeTime(exitableAt, now)],
      ]);
    }
    if (proof.output.owner === account.address) store.saveProof(proof);
    context.progress(`Starting the exit of ${name} …`);
    const { bond, exitableAt, transactionHash, gasUsed } = await startExit(client, proof, authorization);
    return {
      data: {
        position: name,
        outputId,
        token: proof.output.token,
        amount: proof.output.amount,
        bond,
        exitableAt,
        transactionHash,
        gasUsed,
      },
      text: fields([
        ["exit", `${name}, ${amount}`],
        ["bond", formatAmount(bond, ETH_UNIT)],
        ["processed after", describeTime(exitableAt, now)],
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: ["plasma-cli exit next   (what to do, and when)"],
    };
  },
});

function chooseProof(session: WalletSession, position: string | undefined, file: string | undefined) {
  if (file !== undefined) return readProofFile(file);
  if (position === undefined) throw new CliError("USAGE", "name a position, or a proof file with --proof");
  return findOwnProof(session, position);
}

/** Asks the wallet's own record, and the operator where it answers. Throws SPENT_BY_WALLET, OUTPUT_SPENT. */
async function refuseSpent({ client, store }: WalletSession, proof: ExitProof, now: number): Promise<void> {
  const { outputId } = proof;
  const payment = exitBlocker(store, outputId, now);
  if (payment) throw new CliError("SPENT_BY_WALLET", `this wallet has spent the output in ${payment.txId}`);
  try {
    const spend = await client.operator.call("plasma_getSpend", outputId);
    if (spend) throw new CliError("OUTPUT_SPENT", `the output is spent in ${spend.txId}`);
  } catch (error) {
    if (error instanceof ClientError && error.kind === "network") return;
    throw error;
  }
}
