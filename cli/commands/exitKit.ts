import { basename, resolve } from "node:path";
import { makeGuardKit, serializeGuardKit } from "../../client/guardKit.ts";
import { l1Time } from "../../client/l1.ts";
import { defineCommand, optional, text } from "../command.ts";
import { writePrivateFile } from "../files.ts";
import { describeTime, resolveAddress } from "../names.ts";
import { counted, fields } from "../output.ts";
import { readCount } from "../parameters.ts";
import { openWalletSession } from "../session.ts";
import { completeInputs, exitBlocker } from "../wallet.ts";

const DEFAULT_VALID_DAYS = 30;
const DAY_SECONDS = 86_400;

export const exitKit = defineCommand({
  name: "exit kit",
  summary: "write a file with which somebody else can guard you",
  description: `Writes all that a watcher needs to defend your money while you are away, and no key: your payments, with which it challenges wrong
exits, and with --starter permissions to start the exits of your outputs when the chain goes bad. It pays gas and bond and gets the bond
back; the money comes to you. The file tells what you own and paid: give it to nobody else. Make a new one when your outputs change.`,
  arguments: {},
  options: {
    out: optional("--out <file>", "where to write it (default kit.json)", text),
    starter: optional("--starter <address>", "the watcher that may start your exits (default: none may)", text),
    validFor: optional("--valid-for <days>", `how long it may (default ${DEFAULT_VALID_DAYS})`, readCount),
  },
  examples: [
    { run: "exit kit", does: "to challenge for you" },
    { run: "exit kit --starter 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", does: "and to start your exits" },
  ],
  next: "The watcher's operator puts it into the directory named by --kits",
  async run(context, { out = "kit.json", starter: named, validFor = DEFAULT_VALID_DAYS }) {
    const session = await openWalletSession(context, named === undefined ? "address" : "unlocked");
    const { client, store } = session;
    const now = await l1Time(client);
    const deadline = now + validFor * DAY_SECONDS;
    const starter = named === undefined ? undefined : resolveAddress(context.paths, named);
    const unspent = store.proofs().filter(({ outputId }) => exitBlocker(store, outputId, now) === undefined);
    const transactions = await Promise.all(store.payments().map((payment) => completeInputs(session, payment)));
    const kit = await makeGuardKit(client, {
      transactions,
      exits: starter === undefined ? [] : unspent.map((proof) => ({ proof, starter, deadline })),
    });
    const file = resolve(out);
    writePrivateFile(file, `${JSON.stringify(serializeGuardKit(kit), null, 2)}\n`);
    return {
      data: { file, owner: kit.owner, transactions: kit.transactions.length, exits: kit.exits.length, deadline },
      text: fields([
        ["kit", file],
        ["guards", kit.owner],
        ["holds", `${counted(kit.transactions.length, "payment")}, ${counted(kit.exits.length, "exit permission")}`],
        ...(starter === undefined ? [] : [["until", describeTime(deadline, now)] as const]),
      ]),
      next: [`plasma-cli watcher start --kits <directory with ${basename(file)}>   (whoever guards you)`],
    };
  },
});
