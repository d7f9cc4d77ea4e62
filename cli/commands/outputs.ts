import { ClientError } from "../../client/errors.ts";
import { l1Time } from "../../client/l1.ts";
import type { CheckedOutput } from "../../client/outputs.ts";
import { isConditional } from "../../protocol/conditionalSpend.ts";
import { formatPosition } from "../../protocol/position.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand } from "../command.ts";
import { describeGuardedRow, guardedRowData, guardedRows } from "../guardedRows.ts";
import { table } from "../output.ts";
import { openWalletSession, type WalletSession } from "../session.ts";
import { exitBlocker, syncOutputs } from "../wallet.ts";

export const outputs = defineCommand({
  name: "outputs",
  summary: "list unspent outputs, and fetch and keep their proofs",
  description: `Lists the account's unspent outputs, oldest first, each checked against L1, and keeps the proofs of the verified ones in
the data directory. Where the operator does not answer, it lists what the stored proofs show and this wallet has not
spent: each of them can still exit. Outputs under conditions are listed apart, with what to do about them: yours, and those of others
that this wallet keeps the terms of.`,
  arguments: {},
  options: {},
  examples: [{ run: "outputs", does: "positions, amounts and whether each is proven" }],
  next: "plasma-cli exit start <position>",
  async run(context) {
    const session = await openWalletSession(context, "address");
    const found = await list(session, context.progress);
    const now = await l1Time(session.client);
    const guarded = await guardedRows(session, found, now);
    const plain = found.filter((output) => !isConditional(output));
    const rows = await Promise.all(
      plain.map(async ({ position, token, amount, status, proof, problem }) => [
        formatPosition(position),
        formatAmount(amount, await session.tokens.unitOf(token)),
        status,
        proof ? "verified" : (problem ?? "not yet"),
      ]),
    );
    return {
      data: {
        address: session.account.address,
        outputs: plain.map(({ position, outputId, owner, token, amount, status, proof, problem }) => ({
          position: formatPosition(position),
          outputId,
          owner,
          token,
          amount,
          status,
          verified: proof !== undefined,
          problem: problem ?? null,
          proofFile: proof ? session.store.proofFile(position) : null,
        })),
        conditional: guarded.map(guardedRowData),
      },
      text: [
        rows.length === 0 ? "No unspent outputs" : table(["position", "amount", "status", "on L1"], rows),
        ...(guarded.length === 0 ? [] : ["", "Under conditions:"]),
        ...(await Promise.all(guarded.map((row) => describeGuardedRow(row, session, now)))),
      ].join("\n"),
      next:
        rows.length === 0
          ? ["plasma-cli deposit 0.1 eth"]
          : ["plasma-cli send <to> <amount>", "plasma-cli exit start <position>   (of a verified output)"],
    };
  },
});

type ListedRow = Omit<CheckedOutput, "status"> & { readonly status: CheckedOutput["status"] | "stored" };

async function list(session: WalletSession, progress: (text: string) => void): Promise<readonly ListedRow[]> {
  try {
    return await syncOutputs(session);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "OPERATOR_UNREACHABLE") throw error;
    progress("The operator does not answer; these are the outputs with a stored proof that this wallet has not spent.");
    const now = await l1Time(session.client);
    return session.store
      .proofs()
      .filter(({ outputId }) => exitBlocker(session.store, outputId, now) === undefined)
      .map(fromProof);
  }
}

function fromProof(proof: ExitProof): ListedRow {
  const { position, outputId, output } = proof;
  return { position, outputId, ...output, status: "stored", proof, problem: undefined };
}
