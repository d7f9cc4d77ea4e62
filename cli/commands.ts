import type { Command } from "./command.ts";
import { accountCreate } from "./commands/accountCreate.ts";
import { accountImport } from "./commands/accountImport.ts";
import { accountList } from "./commands/accountList.ts";
import { balance } from "./commands/balance.ts";
import { challenge } from "./commands/challenge.ts";
import { deposit } from "./commands/deposit.ts";
import { dev } from "./commands/dev.ts";
import { exitAuthorize } from "./commands/exitAuthorize.ts";
import { exitList } from "./commands/exitList.ts";
import { exitNext } from "./commands/exitNext.ts";
import { exitProcess } from "./commands/exitProcess.ts";
import { exitShow } from "./commands/exitShow.ts";
import { exitStart } from "./commands/exitStart.ts";
import { exitWithdraw } from "./commands/exitWithdraw.ts";
import { merge } from "./commands/merge.ts";
import { operatorConfig } from "./commands/operatorConfig.ts";
import { operatorRebuild } from "./commands/operatorRebuild.ts";
import { operatorStart } from "./commands/operatorStart.ts";
import { outputs } from "./commands/outputs.ts";
import { proof } from "./commands/proof.ts";
import { send } from "./commands/send.ts";
import { status } from "./commands/status.ts";
import { tx } from "./commands/tx.ts";
import { verify } from "./commands/verify.ts";

/** Words that only lead to commands of their own. */
export const GROUPS: Readonly<Record<string, string>> = {
  account: "make, import and list accounts",
  exit: "take money back to Ethereum",
  operator: "run the operator service",
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
  challenge,
  status,
  operatorStart,
  operatorConfig,
  operatorRebuild,
  dev,
];
