import { contestCall } from "../client/challengeNonCanonical.ts";
import { deleteCall } from "../client/deleteInFlightExit.ts";
import { hasEnded, type InFlightExit } from "../client/inFlightExits.ts";
import { type InFlightStep, type InFlightView, inFlightSteps } from "../client/inFlightSteps.ts";
import type { L1Call, L1Quote } from "../client/l1.ts";
import { joinablePieces, planPiggyback } from "../client/piggyback.ts";
import { processExitsCall } from "../client/processExits.ts";
import { countAhead } from "../client/queue.ts";
import { respondCall } from "../client/respondNonCanonical.ts";
import { placeOfSpend } from "../client/spends.ts";
import { getCredit, withdrawCall } from "../client/withdraw.ts";
import type { Inclusion } from "../protocol/inclusion.ts";
import { placeOf } from "../protocol/inFlight.ts";
import type { Spend } from "../protocol/spend.ts";
import { ETH_UNIT, formatAmount } from "./amounts.ts";
import {
  findCompetitors,
  findInclusion,
  findPieceEvidence,
  type PieceEvidence,
  pieceChallengeCall,
} from "./evidence.ts";
import { describeStanding, type InFlightRole, inFlightData, rolesOf } from "./inFlightRows.ts";
import { describeTime } from "./names.ts";
import { formatPiece } from "./pieces.ts";
import { describeCost, quoteOrNothing } from "./quotes.ts";
import type { WalletSession } from "./session.ts";
import type { Tokens } from "./tokens.ts";

/** What the account can do about one in-flight exit. */
export interface InFlightNext {
  readonly exit: InFlightExit;
  readonly roles: readonly InFlightRole[];
  readonly steps: readonly QuotedStep[];
}

interface QuotedStep {
  readonly step: InFlightStep;
  /** What the L1 transaction would cost now; of the first one where it takes several. */
  readonly quote: L1Quote | undefined;
}

/** What the account can show, beside what it owns. */
interface Evidence {
  readonly competitor: Spend | undefined;
  readonly spent: ReadonlyMap<number, PieceEvidence>;
  readonly inclusion: Inclusion | undefined;
}

const QUEUE_LOOKUP = 100;

// What pays whoever does it, so that somebody who has no part in an exit may want to.
const REWARDED: readonly InFlightStep["action"][] = ["respond", "contest", "challenge"];

/**
 * The steps of the account in every in-flight exit that concerns it, each with its cost: as owner of inputs or outputs, of the
 * exit's bond, or as a bystander who can show a spend.
 */
export async function inFlightNext(session: WalletSession, exits: readonly InFlightExit[]): Promise<InFlightNext[]> {
  const found: InFlightNext[] = [];
  for (const exit of exits) {
    const roles = rolesOf(exit, session.account.address);
    const isBystander = roles.includes("bystander");
    if (isBystander && hasEnded(exit)) continue;
    const evidence = await findEvidence(session, exit, exits);
    const all = inFlightSteps(exit, await viewOf(session, exit, evidence));
    const steps = isBystander ? all.filter(({ action }) => REWARDED.includes(action)) : all;
    if (steps.length === 0) continue;
    const quoted = steps.map(async (step) => ({
      step,
      quote: await quoteOrNothing(session.client, () => callOf(session, exit, step, evidence)),
    }));
    found.push({ exit, roles, steps: await Promise.all(quoted) });
  }
  return found;
}

/** The stable JSON of the steps. */
export function inFlightNextData({ exit, roles, steps }: InFlightNext) {
  return {
    ...inFlightData(exit),
    roles,
    steps: steps.map(({ step, quote }) => ({
      ...step,
      ...("pieces" in step ? { pieces: step.pieces.map(formatPiece) } : {}),
      gas: quote?.gas ?? null,
      fee: quote?.fee ?? null,
    })),
  };
}

/** The same for people. */
export async function describeInFlightNext(
  { exit, roles, steps }: InFlightNext,
  tokens: Tokens,
  now: number,
): Promise<string> {
  const lines = await Promise.all(
    steps.map(async ({ step, quote }) => `    ${await advice(exit, step, tokens, now)}${describeCost(quote)}`),
  );
  return [`in flight ${exit.txId}  ${describeStanding(exit)}, you are ${roles.join(" and ")}`, ...lines].join("\n");
}

async function findEvidence(
  session: WalletSession,
  exit: InFlightExit,
  exits: readonly InFlightExit[],
): Promise<Evidence> {
  if (hasEnded(exit)) return { competitor: undefined, spent: new Map(), inclusion: undefined };
  const [competitor] = exit.status === "joining" ? await findCompetitors(session, exit, exits) : [];
  const spent = new Map<number, PieceEvidence>();
  for (const { number, state } of exit.pieces) {
    const shown = state === "live" ? await findPieceEvidence(session, exit, number, exits) : undefined;
    if (shown) spent.set(number, shown);
  }
  return { competitor, spent, inclusion: exit.contested ? await findInclusion(session, exit) : undefined };
}

async function viewOf(
  { client, account }: WalletSession,
  exit: InFlightExit,
  { competitor, spent, inclusion }: Evidence,
): Promise<InFlightView> {
  const own = exit.pieces.filter(({ output }) => output.owner === account.address);
  const tokens = hasEnded(exit) ? [...new Set(own.map(({ output }) => output.token))] : [];
  const credits = await Promise.all(
    tokens.map(async (token) => ({ token, amount: await getCredit(client, account.address, token) })),
  );
  return {
    joinable: exit.status === "joining" ? (await joinablePieces(client, exit)).map(({ number }) => number) : [],
    competitor: competitor && placeOfSpend(competitor),
    spent: [...spent.keys()],
    included: inclusion && placeOf(inclusion.header.number, inclusion.txIndex),
    credits: credits.filter(({ amount }) => amount > 0n),
  };
}

/** The L1 transaction of a step; undefined where there is nothing to send. */
async function callOf(
  { client }: WalletSession,
  exit: InFlightExit,
  step: InFlightStep,
  { competitor, spent, inclusion }: Evidence,
): Promise<L1Call | undefined> {
  switch (step.action) {
    case "piggyback":
      return (await planPiggyback(client, { exit, pieces: step.pieces })).call;
    case "respond":
      return inclusion && respondCall(client, { exit, inclusion });
    case "contest":
      return competitor && contestCall(client, { exit, competitor });
    case "challenge": {
      const [[piece, shown] = []] = spent;
      return piece === undefined || !shown ? undefined : pieceChallengeCall(client, { exit, piece }, shown);
    }
    case "process": {
      const [token] = step.tokens;
      if (token === undefined) return undefined;
      const ahead = await countAhead(client, token, exit.entryId, QUEUE_LOOKUP);
      return ahead === undefined ? undefined : processExitsCall(client, { token, max: ahead + 1 });
    }
    case "delete":
      return deleteCall(client, exit);
    case "withdraw":
      return withdrawCall(client, { token: step.token });
    default:
      return undefined;
  }
}

async function advice({ txId }: InFlightExit, step: InFlightStep, tokens: Tokens, now: number): Promise<string> {
  switch (step.action) {
    case "piggyback": {
      const sent = `sending ${formatAmount(step.value, ETH_UNIT)} that come back`;
      return `take part with ${step.pieces.map(formatPiece).join(", ")} before ${describeTime(step.before, now)}, ${sent}: plasma-cli exit piggyback ${txId}`;
    }
    case "respond":
      return `respond before ${describeTime(step.before, now)} and own the bond of ${formatAmount(step.reward, ETH_UNIT)}: plasma-cli respond ${txId}`;
    case "contest":
      return `a competitor is known; contest before ${describeTime(step.before, now)} for ${formatAmount(step.reward, ETH_UNIT)}: plasma-cli challenge ${txId}`;
    case "challenge": {
      const commands = step.pieces.map((piece) => `plasma-cli challenge ${txId} --piece ${formatPiece(piece)}`);
      return `spent; challenge before ${describeTime(step.before, now)} for ${formatAmount(step.reward, ETH_UNIT)}: ${commands.join("; ")}`;
    }
    case "wait":
      return `nothing until ${describeTime(step.at, now)}; then: plasma-cli exit ${step.next === "process" ? "process" : `delete ${txId}`}`;
    case "process": {
      const units = await Promise.all(step.tokens.map((token) => tokens.unitOf(token)));
      return `now: ${units.map(({ symbol }) => `plasma-cli exit process ${symbol.toLowerCase() === "eth" ? "eth" : symbol}`).join("; ")}`;
    }
    case "delete":
      return `nobody takes part; now: plasma-cli exit delete ${txId}`;
    case "withdraw": {
      const unit = await tokens.unitOf(step.token);
      return `the receiver refused ${formatAmount(step.amount, unit)}; now: plasma-cli exit withdraw ${unit.symbol} --to <address>`;
    }
    case "none":
      return OUTCOMES[step.outcome];
  }
}

const OUTCOMES: Readonly<Record<Extract<InFlightStep, { action: "none" }>["outcome"], string>> = {
  canonical: "canonical: outputs that took part were paid, nothing to do",
  "not canonical": "not canonical: inputs that took part were paid, nothing to do",
  deleted: "deleted, nothing to do",
};
