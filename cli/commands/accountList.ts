import { defineCommand } from "../command.ts";
import { listAccounts } from "../keystore.ts";
import { table } from "../output.ts";

export const accountList = defineCommand({
  name: "account list",
  summary: "list the accounts of the data directory",
  description: "Lists every stored account with its address. Nothing is decrypted.",
  arguments: {},
  options: {},
  examples: [{ run: "account list", does: "names and addresses" }],
  next: "Choose one for a command with --account <name>",
  async run({ paths }) {
    const accounts = listAccounts(paths);
    const rows = accounts.map(({ name, address }) => [name, address]);
    return {
      data: { accounts },
      text: rows.length === 0 ? `No accounts in ${paths.root}` : table(["name", "address"], rows),
      next: rows.length === 0 ? ["plasma-cli account create"] : [],
    };
  },
});
