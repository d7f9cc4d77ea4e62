import { listConditions } from "../../client/conditions.ts";
import { defineCommand } from "../command.ts";
import { SHIPPED, shippedNames } from "../conditionCode.ts";
import { table } from "../output.ts";
import { openSession } from "../session.ts";

export const conditionList = defineCommand({
  name: "condition list",
  summary: "list the spending conditions that are registered, and those that come with the project",
  description: `Reads the registry on Ethereum. A condition that comes with the project has its name, whether somebody has registered it or not; all
others are what anybody may have registered, and mean what their code says.`,
  arguments: {},
  options: {},
  examples: [{ run: "condition list", does: "names, addresses, and from which block each is good" }],
  next: "plasma-cli condition register <code>",
  async run(context) {
    const session = await openSession(context);
    const [registered, names] = await Promise.all([listConditions(session.client), shippedNames(session)]);
    const known = new Set(registered.map(({ condition }) => condition));
    const conditions = [
      ...registered.map((found) => ({ ...found, name: names.get(found.condition) ?? null, registered: true })),
      ...[...names].flatMap(([condition, name]) =>
        known.has(condition)
          ? []
          : { condition, name, registered: false, codeHash: null, newestBlock: null, isFinal: false },
      ),
    ];
    const rows = conditions.map(({ condition, name, isFinal, newestBlock }) => [
      name ?? "",
      condition,
      newestBlock === null ? "not registered" : isFinal ? `from block ${newestBlock + 1n} on` : "not final yet",
      name ? `plasma-cli ${SHIPPED[name]}` : "plasma-cli spend",
    ]);
    return {
      data: { conditions },
      text: table(["name", "address", "good", "used by"], rows),
      next: conditions.some(({ isFinal }) => !isFinal) ? ["plasma-cli condition register <name>"] : [],
    };
  },
});
