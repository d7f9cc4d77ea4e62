import { resolve } from "node:path";
import type { Address, Hex } from "viem";
import * as z from "zod";
import { challengeCall, challengeExit } from "../../client/challengeExit.ts";
import { challengeNonCanonical, contestCall } from "../../client/challengeNonCanonical.ts";
import { challengePieceCall, challengePiggyback } from "../../client/challengePiggyback.ts";
import { clientError } from "../../client/errors.ts";
import { findExit } from "../../client/exits.ts";
import { type InFlightExit, listInFlightExits } from "../../client/inFlightExits.ts";
import { type L1Call, sendCall } from "../../client/l1.ts";
import { getSpend, spendIdOf } from "../../client/spends.ts";
import { FIRST_OUTPUT_PIECE } from "../../protocol/inFlight.ts";
import { formatPosition } from "../../protocol/position.ts";
import { type Spend, spendSchema } from "../../protocol/spend.ts";
import { ETH_UNIT, formatAmount } from "../amounts.ts";
import { defineCommand, optional, required, text } from "../command.ts";
import { CliError } from "../errors.ts";
import {
  findCompetitors,
  findPieceEvidence,
  findSpendOfPiece,
  type PieceEvidence,
  pieceChallengeCall,
  withSource,
} from "../evidence.ts";
import { writePrivateFile } from "../files.ts";
import { resolveAddress, resolvePosition } from "../names.ts";
import { fields, type Result } from "../output.ts";
import { dryRun, isHash, readHash } from "../parameters.ts";
import { formatPiece, readPiece } from "../pieces.ts";
import { readSpendFile } from "../proofFile.ts";
import { dryRunResult } from "../quotes.ts";
import { openWalletSession, type WalletSession } from "../session.ts";

export const challenge = defineCommand({
  name: "challenge",
  summary: "show a spend against an exit, and take its bond",
  description: `Shows Ethereum another transaction that spends the same output. Against a standard exit, named by its position, that ends
the exit. Against an in-flight exit, named by its transaction, it contests that this is the rightful spend of its inputs (in
the first half of the period; the oldest competitor counts, one in no block is the youngest). With --piece it takes a spent
input or output out of an in-flight exit, or an output under a condition whose transaction is in a block. The bond is yours and pays for the gas and more; that of a contested exit is paid
when it is processed, unless somebody shows that its transaction is older. The spend comes from this wallet's files, from
Ethereum, from the operator, or from --spend; it is checked before anything is sent. Somebody may copy your challenge from the
mempool and be faster: then you lose the gas, no more.`,
  arguments: {
    exit: required(
      "<exit>",
      "position of the exiting output, such as 12:5:0 or d3, or id of a transaction in flight",
      text,
    ),
  },
  options: {
    piece: optional(
      "--piece <piece>",
      "the spent input or output of an in-flight exit, such as in0 or out1",
      readPiece,
    ),
    spend: optional(
      "--spend <file>",
      "use the spend in this file: one saved before, or a transaction of a wallet",
      text,
    ),
    save: optional("--save <file>", "save the spend to a file for later instead of challenging", text),
    beneficiary: optional("--beneficiary <address>", "who gets the bond (default: the account)", text),
    dryRun,
  },
  examples: [
    { run: "exit list --all", does: "look for exits of spent outputs" },
    { run: "challenge 12:5:0", does: "end a standard exit" },
    { run: "challenge 12:5:0 --save spend.json", does: "keep the evidence" },
    { run: "challenge 0x5b1d…", does: "contest an in-flight exit with a competitor" },
    { run: "challenge 0x5b1d… --piece out0", does: "take a spent output out of it" },
  ],
  next: "plasma-cli exit show <exit>",
  async run(context, input) {
    const sends = input.save === undefined && !input.dryRun;
    const session = await openWalletSession(context, sends ? "unlocked" : "address");
    const { client } = session;
    const beneficiary = input.beneficiary === undefined ? undefined : resolveAddress(context.paths, input.beneficiary);
    const target = await findTarget(session, input.exit, input.piece);
    const inclusion = input.spend === undefined && input.save === undefined ? await target.findInclusion() : undefined;
    if (inclusion) return showIncluded(session, target, inclusion, input.dryRun, beneficiary);
    const spend =
      input.spend === undefined
        ? await target.find()
        : await target.complete(readSpendFile(client, input.spend, target.outputIds));
    const { name, data, options } = target;
    const shown = { ...data, spendId: spendIdOf(client, spend) };
    if (input.save !== undefined) {
      const file = resolve(input.save);
      writePrivateFile(file, `${JSON.stringify(z.encode(spendSchema, spend), null, 2)}\n`);
      return {
        data: { ...shown, file },
        text: `Saved the spend against ${name} to ${file}`,
        next: [`plasma-cli challenge ${options} --spend ${input.save}`],
      };
    }
    if (input.dryRun) {
      const call = await target.call(spend, beneficiary);
      const reward = formatAmount(target.bond, ETH_UNIT);
      return dryRunResult(client, [call], { ...shown, reward: target.bond }, [["reward", reward]]);
    }
    context.progress(`Challenging ${name} …`);
    const { reward, transactionHash, gasUsed } = await target.challenge(spend, beneficiary);
    return {
      data: { ...shown, reward, transactionHash, gasUsed },
      text: fields([
        [target.effect, name],
        [
          "reward",
          reward > 0n ? formatAmount(reward, ETH_UNIT) : `${formatAmount(target.bond, ETH_UNIT)} when it is processed`,
        ],
        ["L1 transaction", `${transactionHash} (${gasUsed} gas)`],
      ]),
      next: [`plasma-cli exit show ${data.position ?? data.txId}`],
    };
  },
});

type Included = NonNullable<Awaited<ReturnType<Target["findInclusion"]>>>;

/** Takes a conditional output out of the in-flight exit of its own transaction, which stands in a block. */
async function showIncluded(
  { client }: WalletSession,
  { data, bond, effect, name }: Target,
  { exit, piece, ...evidence }: Included,
  isDryRun: boolean,
  beneficiary: Address | undefined,
): Promise<Result> {
  const call = await pieceChallengeCall(client, { exit, piece, beneficiary }, evidence);
  const reward = ["reward", formatAmount(bond, ETH_UNIT)] as const;
  if (isDryRun) return dryRunResult(client, [call], { ...data, reward: bond }, [reward]);
  const { transactionHash, gasUsed } = await sendCall(client, call);
  return {
    data: { ...data, reward: bond, transactionHash, gasUsed },
    text: fields([[effect, name], reward, ["L1 transaction", `${transactionHash} (${gasUsed} gas)`]]),
    next: [`plasma-cli exit show ${exit.txId}`],
  };
}

/** What is challenged, and how. */
interface Target {
  readonly name: string;
  /** "ended", "contested": what becomes of it. */
  readonly effect: string;
  /** As the command takes it. */
  readonly options: string;
  readonly data: { readonly position?: string; readonly outputId?: Hex; readonly txId?: Hex; readonly piece?: string };
  /** One of these is what the spend has to spend. */
  readonly outputIds: readonly Hex[];
  /** Wei to be had. */
  readonly bond: bigint;
  /** Where the exiting transaction stands, if that alone takes the piece out: it is a conditional output (R18). */
  findInclusion(): Promise<(PieceEvidence & { readonly exit: InFlightExit; readonly piece: number }) | undefined>;
  find(): Promise<Spend>;
  /** Adds to a spend from a file what it lacks. */
  complete(spend: Spend): Promise<Spend>;
  call(spend: Spend, beneficiary: Address | undefined): Promise<L1Call>;
  challenge(
    spend: Spend,
    beneficiary: Address | undefined,
  ): Promise<{ readonly reward: bigint; readonly transactionHash: Hex; readonly gasUsed: bigint }>;
}

async function findTarget(session: WalletSession, written: string, piece: number | undefined): Promise<Target> {
  if (!isHash(written)) {
    if (piece !== undefined) throw new CliError("USAGE", "only an in-flight exit has pieces: name a transaction");
    return standardTarget(session, await resolvePosition(session, written));
  }
  const txId = readHash(written);
  const exits = await listInFlightExits(session.client);
  const exit = exits.findLast((candidate) => candidate.txId === txId);
  if (!exit) throw clientError("EXIT_UNKNOWN", `no in-flight exit of ${txId} was ever started`, { txId });
  return piece === undefined ? contestTarget(session, exit, exits) : pieceTarget(session, exit, exits, piece);
}

async function standardTarget({ client }: WalletSession, position: bigint): Promise<Target> {
  const exit = await findExit(client, position);
  const name = formatPosition(position);
  return {
    name: `the exit of ${name}`,
    effect: "ended",
    options: name,
    data: { position: name, outputId: exit.outputId },
    outputIds: [exit.outputId],
    bond: exit.bond,
    findInclusion: async () => undefined,
    find: () => getSpend(client, exit.outputId),
    complete: async (spend) => spend,
    call: (spend, beneficiary) => challengeCall(client, { exit, spend, beneficiary }),
    challenge: (spend, beneficiary) => challengeExit(client, { exit, spend, beneficiary }),
  };
}

function contestTarget(session: WalletSession, exit: InFlightExit, exits: readonly InFlightExit[]): Target {
  const { client } = session;
  return {
    name: `the in-flight exit of ${exit.txId}`,
    effect: "contested",
    options: exit.txId,
    data: { txId: exit.txId },
    outputIds: exit.transaction.inputs.map(({ outputId }) => outputId),
    bond: exit.terms.bond,
    findInclusion: async () => undefined,
    async find() {
      const [competitor] = await findCompetitors(session, exit, exits);
      if (competitor) return competitor;
      throw clientError("SPEND_UNKNOWN", `nobody shows a competitor of ${exit.txId}`, { txId: exit.txId });
    },
    complete: async (spend) => spend,
    call: (competitor, beneficiary) => contestCall(client, { exit, competitor, beneficiary }),
    challenge: async (competitor, beneficiary) => ({
      reward: 0n,
      ...(await challengeNonCanonical(client, { exit, competitor, beneficiary })),
    }),
  };
}

function pieceTarget(
  session: WalletSession,
  exit: InFlightExit,
  exits: readonly InFlightExit[],
  piece: number,
): Target {
  const { client } = session;
  const written = formatPiece(piece);
  const outputId = exit.pieces.find(({ number }) => number === piece)?.outputId;
  if (outputId === undefined)
    throw clientError("PIECE_UNKNOWN", `the transaction has no ${written}`, { piece: written });
  return {
    name: `${written} of the in-flight exit of ${exit.txId}`,
    effect: "removed",
    options: `${exit.txId} --piece ${written}`,
    data: { txId: exit.txId, piece: written },
    outputIds: [outputId],
    bond: exit.terms.bond,
    async findInclusion() {
      const evidence = await findPieceEvidence(session, exit, piece, exits);
      return evidence && "inclusion" in evidence ? { ...evidence, exit, piece } : undefined;
    },
    async find() {
      const spend = await findSpendOfPiece(session, exit, piece, exits);
      if (spend) return spend;
      throw clientError("SPEND_UNKNOWN", `nobody shows a spend of ${written}`, { txId: exit.txId, piece: written });
    },
    complete: async (spend) => (piece < FIRST_OUTPUT_PIECE ? spend : withSource(session, exit, spend)),
    call: (spend, beneficiary) => challengePieceCall(client, { exit, piece, spend, beneficiary }),
    challenge: (spend, beneficiary) => challengePiggyback(client, { exit, piece, spend, beneficiary }),
  };
}
