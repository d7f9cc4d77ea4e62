import { basename, resolve } from "node:path";
import * as z from "zod";
import { authorizeExit, exitAuthorizationSchema } from "../../client/exitAuthorization.ts";
import { l1Time } from "../../client/l1.ts";
import { formatPosition } from "../../protocol/position.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { writePrivateFile } from "../files.ts";
import { describeTime, resolveAddress } from "../names.ts";
import { fields } from "../output.ts";
import { readCount } from "../parameters.ts";
import { openWalletSession } from "../session.ts";
import { findOwnProof } from "../wallet.ts";

const DEFAULT_VALID_MINUTES = 24 * 60;

export const exitAuthorize = defineCommand({
  name: "exit authorize",
  summary: "let somebody else start an exit of yours",
  description: `Signs a permission with which another account can start the exit of one of your outputs, and pay its gas and bond. The bond
goes back to him, the money comes to you. For an account without ETH on L1. Give him the two files that it names.`,
  arguments: { position: required("<position>", "such as 12:5:0 or d3", text) },
  options: {
    out: optional("--out <file>", "where to write the permission (default authorization.json)", text),
    starter: optional("--starter <address>", "who may use it (default: anyone)", text),
    validFor: optional("--valid-for <minutes>", `until when (default ${DEFAULT_VALID_MINUTES})`, readCount),
  },
  examples: [{ run: "exit authorize 12:5:0 --starter bob", does: "for bob, for a day" }],
  next: "The other one: plasma-cli exit start --proof <file> --authorization <file>",
  async run(context, { position: written, out = "authorization.json", starter, validFor = DEFAULT_VALID_MINUTES }) {
    const session = await openWalletSession(context, "unlocked");
    const [proof, now] = await Promise.all([findOwnProof(session, written), l1Time(session.client)]);
    const deadline = now + 60 * validFor;
    const authorization = await authorizeExit(session.client, {
      proof,
      starter: starter === undefined ? undefined : resolveAddress(context.paths, starter),
      deadline,
    });
    session.store.saveProof(proof);
    const file = resolve(out);
    writePrivateFile(file, `${JSON.stringify(z.encode(exitAuthorizationSchema, authorization), null, 2)}\n`);
    const proofFile = session.store.proofFile(proof.position);
    const name = formatPosition(proof.position);
    return {
      data: { position: name, outputId: proof.outputId, starter: authorization.starter, deadline, file, proofFile },
      text: fields([
        ["permission", file],
        ["proof", proofFile],
        ["until", describeTime(deadline, now)],
      ]),
      next: [
        `plasma-cli exit start --proof ${basename(proofFile)} --authorization ${basename(file)}   (the other one, with both files)`,
      ],
    };
  },
});
