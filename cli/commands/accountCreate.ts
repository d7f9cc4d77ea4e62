import { defineCommand, flag, optional, text } from "../command.ts";
import { createAccount } from "../keystore.ts";

export const accountCreate = defineCommand({
  name: "account create",
  summary: "make a new account",
  description: `Makes a key from the system's randomness and stores it encrypted under a name. The address is the same on Ethereum
and on the Plasma chain. Back up the file that it names and the password: without both the money is lost.`,
  arguments: { name: optional("[name]", 'what to call it (default "main")', text) },
  options: { light: flag("--light", "weak encryption, fast to open: for development chains only") },
  examples: [
    { run: "account create", does: 'an account called "main"' },
    { run: "account create savings", does: "another one" },
  ],
  next: "Send ETH to the address on L1, then: plasma-cli deposit <amount>",
  async run({ paths, secrets }, { name = "main", light }) {
    const password = await secrets.newPassword(`Password for account "${name}"`);
    const account = await createAccount(paths, name, password, light ? "light" : "standard");
    const file = paths.account(name);
    return {
      data: { ...account, file },
      text: `Made account "${name}" with address ${account.address}\nKept encrypted in ${file}`,
      next: ["send ETH to that address on L1", "plasma-cli deposit 0.1 eth"],
    };
  },
});
