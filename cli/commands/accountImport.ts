import { defineCommand, flag, optional, text } from "../command.ts";
import { checkedKey, importAccount } from "../keystore.ts";

export const accountImport = defineCommand({
  name: "account import",
  summary: "store a key you have, read from standard input",
  description: `Reads a private key from standard input, one line of 64 hex digits, and stores it encrypted under a name. With
--password-stdin the password is the line after it.`,
  arguments: { name: optional("[name]", 'what to call it (default "main")', text) },
  options: { light: flag("--light", "weak encryption, fast to open: for development chains only") },
  examples: [{ run: "account import cold < key.txt", does: "from a file; then delete the file" }],
  next: "plasma-cli account list",
  async run({ paths, secrets }, { name = "main", light }) {
    const privateKey = checkedKey(await secrets.line("Private key"));
    const password = await secrets.newPassword(`Password for account "${name}"`);
    const account = await importAccount(paths, name, privateKey, password, light ? "light" : "standard");
    const file = paths.account(name);
    return {
      data: { ...account, file },
      text: `Stored account "${name}" with address ${account.address}\nKept encrypted in ${file}`,
      next: ["plasma-cli balance"],
    };
  },
});
