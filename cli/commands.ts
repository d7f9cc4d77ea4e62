import type { Command } from "./command.ts";
import { accountCreate } from "./commands/accountCreate.ts";
import { accountImport } from "./commands/accountImport.ts";
import { accountList } from "./commands/accountList.ts";
import { balance } from "./commands/balance.ts";
import { challenge } from "./commands/challenge.ts";
import { channelAccept } from "./commands/channelAccept.ts";
import { channelClose } from "./commands/channelClose.ts";
import { channelOpen } from "./commands/channelOpen.ts";
import { channelPay } from "./commands/channelPay.ts";
import { channelRefund } from "./commands/channelRefund.ts";
import { channelShow } from "./commands/channelShow.ts";
import { conditionList } from "./commands/conditionList.ts";
import { conditionPay } from "./commands/conditionPay.ts";
import { conditionRegister } from "./commands/conditionRegister.ts";
import { conditionShow } from "./commands/conditionShow.ts";
import { deposit } from "./commands/deposit.ts";
import { dev } from "./commands/dev.ts";
import { doctor } from "./commands/doctor.ts";
import { exitAuthorize } from "./commands/exitAuthorize.ts";
import { exitDelete } from "./commands/exitDelete.ts";
import { exitInFlight } from "./commands/exitInFlight.ts";
import { exitKit } from "./commands/exitKit.ts";
import { exitList } from "./commands/exitList.ts";
import { exitNext } from "./commands/exitNext.ts";
import { exitPiggyback } from "./commands/exitPiggyback.ts";
import { exitProcess } from "./commands/exitProcess.ts";
import { exitShow } from "./commands/exitShow.ts";
import { exitStart } from "./commands/exitStart.ts";
import { exitWithdraw } from "./commands/exitWithdraw.ts";
import { htlcAccept } from "./commands/htlcAccept.ts";
import { htlcClaim } from "./commands/htlcClaim.ts";
import { htlcLock } from "./commands/htlcLock.ts";
import { htlcRefund } from "./commands/htlcRefund.ts";
import { htlcSecret } from "./commands/htlcSecret.ts";
import { merge } from "./commands/merge.ts";
import { multisigCreate } from "./commands/multisigCreate.ts";
import { multisigSend } from "./commands/multisigSend.ts";
import { multisigSign } from "./commands/multisigSign.ts";
import { multisigSpend } from "./commands/multisigSpend.ts";
import { operatorConfig } from "./commands/operatorConfig.ts";
import { operatorRebuild } from "./commands/operatorRebuild.ts";
import { operatorStart } from "./commands/operatorStart.ts";
import { orderCancel } from "./commands/orderCancel.ts";
import { orderFill } from "./commands/orderFill.ts";
import { orderPlace } from "./commands/orderPlace.ts";
import { orderShow } from "./commands/orderShow.ts";
import { outputs } from "./commands/outputs.ts";
import { proof } from "./commands/proof.ts";
import { respond } from "./commands/respond.ts";
import { risk } from "./commands/risk.ts";
import { send } from "./commands/send.ts";
import { spend } from "./commands/spend.ts";
import { status } from "./commands/status.ts";
import { tx } from "./commands/tx.ts";
import { verify } from "./commands/verify.ts";
import { watch } from "./commands/watch.ts";
import { watcherConfig } from "./commands/watcherConfig.ts";
import { watcherStart } from "./commands/watcherStart.ts";

/** Words that only lead to commands of their own. */
export const GROUPS: Readonly<Record<string, { readonly summary: string; readonly description: string }>> = {
  account: {
    summary: "make, import and list accounts",
    description:
      "Accounts are encrypted keys in the data directory. An account has one address, on Ethereum and on the chain.",
  },
  exit: {
    summary: "take money back to Ethereum",
    description: `An exit has three steps: start it with the proof of an output and a bond, wait while anybody may show that the output was
spent, then process it, which pays the money and returns the bond. "exit next" says where each of yours stands. A payment whose block
nobody can see is taken to Ethereum as a whole with "exit in-flight", and everybody who owns a part of it piggybacks.`,
  },
  condition: {
    summary: "register and inspect spending conditions",
    description: `A condition is code on Ethereum that says who may spend an output. Everybody runs the same code: the operator and watchers when an
output is spent, Ethereum when somebody disputes it. Four come with the project; anybody may write more.`,
  },
  htlc: {
    summary: "hash time-locks, and swaps between chains",
    description: `Money that its receiver takes with a secret, or that goes back when a time has come. Two of them on two chains, with the same
secret, are a swap: either both sides get the other's money, or both get their own back.`,
  },
  multisig: {
    summary: "money that several accounts spend together",
    description: `Money that any m of n accounts spend. One of them writes a spend down; the file goes from owner to owner, each adds a signature, and the last one
sends it.`,
  },
  channel: {
    summary: "payment channels: thousands of payments off the chain",
    description: `Money from which one account pays another many times without a block. The payer opens a channel, hands over signatures, and the receiver closes it
with the last one before its end.`,
  },
  order: {
    summary: "limit orders: one token for another at a fixed price",
    description: `Money that whoever pays the price may take, wholly or partly, in one transaction that pays the maker. Nobody holds it meanwhile, and the maker may cancel
at any time.`,
  },
  operator: {
    summary: "run the operator service",
    description: "The service that takes payments, seals them into blocks and commits the blocks to Ethereum.",
  },
  watcher: {
    summary: "run the watcher service",
    description: `The service that executes every block itself, knows which exits are wrong, and says so; with a key it challenges them. Anybody
can run one, for themselves or for others.`,
  },
};

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  accountCreate,
  accountImport,
  accountList,
  deposit,
  balance,
  outputs,
  send,
  merge,
  tx,
  proof,
  verify,
  exitStart,
  exitList,
  exitShow,
  exitNext,
  exitProcess,
  exitWithdraw,
  exitAuthorize,
  exitKit,
  exitInFlight,
  exitPiggyback,
  exitDelete,
  challenge,
  respond,
  conditionRegister,
  conditionList,
  conditionShow,
  conditionPay,
  spend,
  htlcLock,
  htlcAccept,
  htlcClaim,
  htlcRefund,
  htlcSecret,
  multisigCreate,
  multisigSpend,
  multisigSign,
  multisigSend,
  channelOpen,
  channelPay,
  channelAccept,
  channelShow,
  channelClose,
  channelRefund,
  orderPlace,
  orderShow,
  orderFill,
  orderCancel,
  status,
  risk,
  doctor,
  operatorStart,
  operatorConfig,
  operatorRebuild,
  watcherStart,
  watcherConfig,
  watch,
  dev,
];
