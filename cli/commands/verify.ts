import { verifyProofOnL1 } from "../../client/proofs.ts";
import { formatPosition } from "../../protocol/position.ts";
import { verifyProof } from "../../protocol/proof.ts";
import { formatAmount } from "../amounts.ts";
import { defineCommand, flag, required, text } from "../command.ts";
import { fields } from "../output.ts";
import { readProofFile } from "../proofFile.ts";
import { openSession } from "../session.ts";
import { knownTokens } from "../tokens.ts";

export const verify = defineCommand({
  name: "verify",
  summary: "check a proof file, offline",
  description: `Recomputes everything in a proof file: the transaction's id, the output's id, the Merkle path to the block's root, and the
block's hash. Offline that shows what L1 must hold for the proof to be true; with --l1 the contract is asked. A proof shows
that an output was included, not that its block is valid or that the output is unspent.`,
  arguments: { file: required("<file>", "the proof file", text) },
  options: { l1: flag("--l1", "compare with the root-chain contract") },
  examples: [
    { run: "verify proof.json", does: "without any connection" },
    { run: "verify proof.json --l1", does: "and against L1" },
  ],
  next: "plasma-cli exit start --proof <file>",
  async run(context, { file, l1 }) {
    const proof = readProofFile(file);
    const { chainId, contract } = proof;
    const stated = { chainId: context.settings.chainId ?? chainId, contract: context.settings.contract ?? contract };
    const anchor = l1
      ? await verifyProofOnL1((await openSession(context)).client, proof)
      : verifyProof(proof, { domain: stated });
    const name = anchor.kind === "block" ? `block ${anchor.number}` : `deposit ${anchor.index}`;
    const { owner, token, amount } = proof.output;
    const known = knownTokens(context.paths.tokens(proof)).find(({ address }) => address === token);
    const shown = known ? formatAmount(amount, known) : `${amount} base units of ${token}`;
    return {
      data: {
        valid: true,
        comparedWithL1: l1,
        kind: proof.kind,
        position: formatPosition(proof.position),
        outputId: proof.outputId,
        owner,
        token,
        amount,
        chainId,
        contract,
        anchor,
      },
      text: fields([
        ["proof", "holds together"],
        ["output", `${formatPosition(proof.position)}, ${shown} for ${owner}`],
        ["chain", `${chainId}, contract ${contract}`],
        [l1 ? "on L1" : "true if L1 holds", `${name} with hash ${anchor.hash}`],
      ]),
      next: [l1 ? `plasma-cli exit start --proof ${file}   (its owner)` : `plasma-cli verify ${file} --l1`],
    };
  },
});
