import { l1Time } from "../../client/l1.ts";
import type { SavedTransaction } from "../../client/savedTransaction.ts";
import { type PlannedInFlightExit, planInFlightExit, startInFlightExit } from "../../client/startInFlightExit.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, required, text } from "../command.ts";
import { describePieces } from "../inFlightRows.ts";
import { describeTime } from "../names.ts";
import { fields } from "../output.ts";
import { dryRun, isHash, readHash } from "../parameters.ts";
import { formatPiece, pieces } from "../pieces.ts";
import { readTransactionFile } from "../proofFile.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession, type WalletSession } from "../session.ts";
import { completeInputs, findTransaction } from "../wallet.ts";
import { isOpen } from "../walletStore.ts";

export const exitInFlight = defineCommand({
  name: "exit in-flight",
  summary: "take a payment to Ethereum whose block nobody can see",
  description: `Starts the in-flight exit of a whole transaction, from what this wallet kept when it signed it, or from a file that "tx --save"
or another wallet made. Nobody's help is needed. If the transaction is the rightful spend of its inputs its outputs are paid,
else its inputs are; both to those who take part. Your own inputs and outputs take part at once, on both sides, because nobody
knows yet which will be paid. A bond goes with the exit and one with each of them; they come back unless somebody shows a spend.`,
  arguments: { transaction: required("<transaction>", "id of a payment, or a file with one", text) },
  options: { pieces, dryRun },
  examples: [
    { run: "exit in-flight 0x5b1d… --dry-run", does: "what takes part, bonds, gas and times first" },
    {
      run: "exit in-flight 0x5b1d…",
      does: "a payment of this wallet that was never answered, or whose block is withheld",
    },
    { run: "exit in-flight payment.json --pieces out1", does: "from a file, with one output only" },
  ],
  next: "plasma-cli exit next",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun ? "address" : "unlocked");
    const { client } = session;
    const request = { saved: await openSaved(session, input.transaction), pieces: input.pieces };
    if (input.dryRun) {
      const planned = await planInFlightExit(client, request);
      return dryRunResult(client, [planned.call], dataOf(planned), await detailsOf(session, planned));
    }
    context.progress("Starting the in-flight exit …");
    const started = await startInFlightExit(client, request);
    const { transactionHash, gasUsed } = started;
    return {
      data: { ...dataOf(started), transactionHash, gasUsed },
      text: fields([...(await detailsOf(session, started)), ["L1 transaction", `${transactionHash} (${gasUsed} gas)`]]),
      next: [
        "plasma-cli exit next   (what to do, and when)",
        `plasma-cli exit piggyback ${started.opened.txId}   (the receivers, to be paid)`,
      ],
    };
  },
});

type Start = Omit<PlannedInFlightExit, "call">;

function openSaved(session: WalletSession, written: string): Promise<SavedTransaction> {
  return isHash(written)
    ? findTransaction(session, readHash(written))
    : completeInputs(session, readTransactionFile(written));
}

function dataOf({ opened, pieces: own, bond, phaseOneEnds, exitableAt }: Start) {
  const bonds = bond * BigInt(1 + own.length);
  return {
    txId: opened.txId,
    pieces: own.map(({ number }) => formatPiece(number)),
    bond,
    bonds,
    phaseOneEnds,
    exitableAt,
  };
}

async function detailsOf({ client, tokens }: WalletSession, start: Start): Promise<(readonly [string, string])[]> {
  const { opened, pieces: own, bond, phaseOneEnds, exitableAt } = start;
  const now = await l1Time(client);
  return [
    ["in-flight exit", opened.txId],
    ["takes part", await describePieces(own, tokens)],
    [
      "bonds",
      `${formatAmount(bond * BigInt(1 + own.length), ETH_UNIT)}, ${formatAmount(bond, ETH_UNIT)} for the exit and for each piece`,
    ],
    ["others join before", describeTime(phaseOneEnds, now)],
    ["processed after", describeTime(exitableAt, now)],
    ...(isOpen(opened.transaction, now)
      ? []
      : ([["the payment has ended", "its inputs are paid unless somebody shows the block that includes it"]] as const)),
  ];
}
