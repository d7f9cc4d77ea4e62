import { findCondition } from "../../client/conditions.ts";
import { clientError } from "../../client/errors.ts";
import { atL1 } from "../../client/l1.ts";
import { defineCommand, required, text } from "../command.ts";
import { resolveCondition, shippedNames } from "../conditionCode.ts";
import { fields } from "../output.ts";
import { openSession } from "../session.ts";

export const conditionShow = defineCommand({
  name: "condition show",
  summary: "show one spending condition as the registry has it",
  description: `Shows whether a condition is registered and final, from which block on it is good, and its code, whose hash the registry keeps: the
code at its address can never change.`,
  arguments: { condition: required("<condition>", "its name if it comes with the project, or its address", text) },
  options: {},
  examples: [{ run: "condition show hashTimeLock", does: "one that comes with the project" }],
  next: "plasma-cli condition pay <condition> <amount>",
  async run(context, input) {
    const session = await openSession(context);
    const { client } = session;
    const condition = await resolveCondition(session, input.condition);
    const found = await findCondition(client, condition);
    if (!found)
      throw clientError("CONDITION_UNREGISTERED", `no condition is registered at ${condition}`, { condition });
    const [code = "0x", names] = await Promise.all([
      atL1(client.l1.getCode({ address: condition })),
      shippedNames(session),
    ]);
    const name = names.get(condition) ?? null;
    return {
      data: { ...found, name, code },
      text: fields([
        ["condition", name ? `${condition}, ${name}` : condition],
        ["code", `${(code.length - 2) / 2} bytes, hash ${found.codeHash}`],
        ["good from", `block ${found.newestBlock + 1n} on`],
        ["final", found.isFinal ? "yes" : "not yet"],
      ]),
    };
  },
});
