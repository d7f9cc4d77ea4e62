import { depositCalls, deposit as depositMoney, waitForDeposit } from "../../client/deposit.ts";
import { atL1, rootChain } from "../../client/l1.ts";
import { makeDepositProof } from "../../client/proofs.ts";
import { formatPosition } from "../../protocol/position.ts";
import { formatAmount, parseAmount } from "../amounts.ts";
import { defineCommand, flag, optional, required, text } from "../command.ts";
import { resolveAddress } from "../names.ts";
import { fields } from "../output.ts";
import { DEFAULT_WAIT_SECONDS, dryRun, timeout } from "../parameters.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession } from "../session.ts";
import { inUnits } from "../shortage.ts";

export const deposit = defineCommand({
  name: "deposit",
  summary: "move ETH or a token from Ethereum onto the chain",
  description: `Pays ETH or an ERC-20 token into the root-chain contract and makes an output of it that you own. A token is approved
first where that is needed, for exactly the amount. The proof is made from L1 alone and kept: from the first second you
could exit without asking anybody.`,
  arguments: { amount: required("<amount...>", 'such as 1.5 eth, 20 DEV, "5 0x<token>"', text) },
  options: {
    to: optional("--to <owner>", "who owns it: an address or account (default: the account itself)", text),
    permit: flag("--permit", "sign the token's approval (ERC-2612) instead of sending it: one L1 transaction less"),
    wait: flag("--wait", "wait until the operator takes it for final, so that it can pay"),
    timeout,
    dryRun,
  },
  examples: [
    { run: "deposit 1.5 eth", does: "deposit ETH" },
    { run: "deposit 100 0x5fbd…0aa3 --wait", does: "deposit a token by its address" },
    { run: "deposit 20 DEV --permit", does: "a token, in one L1 transaction" },
    { run: "deposit 1 eth --dry-run", does: "see what it would cost" },
  ],
  next: "plasma-cli balance",
  async run(context, input) {
    const session = await openWalletSession(context, input.dryRun && !input.permit ? "address" : "unlocked");
    const { client, tokens, store, account } = session;
    const { amount, token } = await parseAmount(input.amount, tokens.find);
    const recipient = input.to === undefined ? account.address : resolveAddress(context.paths, input.to);
    // Nobody else's block may come between: the deposit is refused behind one that was not there a moment ago.
    const newestSeen = await atL1(client.l1.readContract({ ...rootChain(client), functionName: "newestBlock" }));
    const request = { token: token.address, amount, recipient, newestSeen, permit: input.permit };
    const shown = formatAmount(amount, token);
    if (input.dryRun) {
      const calls = await inUnits(tokens, () => depositCalls(client, request));
      return dryRunResult(client, calls, { amount, token: token.address, recipient }, [["amount", shown]]);
    }
    context.progress(`Depositing ${shown} …`);
    const {
      deposit: made,
      position,
      transactionHash,
      gasUsed,
    } = await inUnits(tokens, () => depositMoney(client, request));
    const proof = await makeDepositProof(client, made);
    if (made.owner === account.address) store.saveProof(proof);
    if (input.wait) {
      context.progress("Waiting until the operator takes it for final …");
      const timeoutMs = (input.timeout ?? DEFAULT_WAIT_SECONDS) * 1000;
      await waitForDeposit(client, position, { timeoutMs });
    }
    const name = formatPosition(position);
    const { owner, amount: credited } = made;
    const proofFile = made.owner === account.address ? store.proofFile(position) : null;
    return {
      data: {
        position: name,
        outputId: proof.outputId,
        owner,
        token: token.address,
        amount: credited,
        transactionHash,
        gasUsed,
        proofFile,
      },
      text: fields([
        ["deposit", `${name}, ${formatAmount(credited, token)} for ${owner}`],
        ["L1 transaction", transactionHash],
        ["gas", `${gasUsed} in all`],
        ["proof", proofFile ?? "the owner makes it with: plasma-cli proof"],
      ]),
      next: [
        "plasma-cli balance",
        "plasma-cli send <to> <amount>",
        `plasma-cli exit start ${name}   (back to L1, at any time, without the operator)`,
      ],
    };
  },
});
