import { createWatcherApi, type WatcherApi } from "../../client/watcherApi.ts";
import type { WatcherResult } from "../../protocol/watcherApi.ts";
import { defineCommand, flag } from "../command.ts";
import type { Context } from "../context.ts";
import { counted, fields } from "../output.ts";

type Alert = WatcherResult<"plasma_getAlerts">["alerts"][number];

const POLL_MS = 2_000;
const PAGE_SIZE = 1_000;

export const watch = defineCommand({
  name: "watch",
  summary: "show what a watcher has found, and go on showing",
  description: `Asks a watcher for the alerts that hold now and for what it did on Ethereum, and then prints what changes until Ctrl-C. With --once it
prints the state and ends. What it says is that watcher's word: run your own to be sure.`,
  arguments: {},
  options: { once: flag("--once", "print the state now and end") },
  examples: [
    { run: "watch", does: "in a terminal of its own" },
    { run: "watch --once --watcher-url http://watcher.example:9645", does: "ask another watcher" },
  ],
  next: "plasma-cli exit next",
  async run(context, { once }) {
    const api = createWatcherApi(context.settings.watcherUrl);
    const state = await readState(api);
    if (once) return { data: state, text: describeState(state) };
    context.progress(describeState(state));
    return { data: await follow(api, state, context), text: "Stopped watching." };
  },
});

interface State {
  readonly verification: WatcherResult<"plasma_getVerification">;
  readonly alerts: readonly Alert[];
  readonly moves: WatcherResult<"plasma_getMoves">["moves"];
}

async function readState(api: WatcherApi): Promise<State> {
  const [verification, { alerts }, { moves }] = await Promise.all([
    api.call("plasma_getVerification"),
    api.call("plasma_getAlerts", { limit: PAGE_SIZE }),
    api.call("plasma_getMoves", { limit: PAGE_SIZE }),
  ]);
  return { verification, alerts, moves };
}

function describeState({ verification, alerts, moves }: State): string {
  const { validBlock, committedBlock, fault, missing, account } = verification;
  const state = fields([
    ["valid up to", `block ${validBlock} of ${committedBlock} on L1`],
    ["first fault", fault ? `block ${fault.block}, ${fault.rule}` : "none"],
    ["not shown", missing.length === 0 ? "none" : missing.map((number) => `block ${number}`).join(", ")],
    ["acts with", account ?? "no key: it tells only"],
    ["moves", counted(moves.length, "move")],
  ]);
  return [state, "", ...(alerts.length === 0 ? ["Nothing is wrong."] : alerts.map(describeAlert))].join("\n");
}

function describeAlert({ severity, code, subject, meaning, action, deadline }: Alert): string {
  const by = deadline === null ? "" : ` (by ${new Date(deadline * 1000).toISOString()})`;
  return `${severity} ${code}: ${subject}: ${meaning}\n    ${action}${by}`;
}

/** Prints what is raised, resolved and done until the program is asked to end; returns how it then stands. */
async function follow(
  api: WatcherApi,
  first: State,
  { stopSignal, progress }: Pick<Context, "stopSignal" | "progress">,
): Promise<State> {
  const signal = stopSignal();
  let last = first;
  while (!signal.aborted) {
    await pause(signal);
    if (signal.aborted) break;
    const state = await readState(api);
    const had = new Set(last.alerts.map(({ id }) => id));
    const has = new Set(state.alerts.map(({ id }) => id));
    for (const alert of state.alerts.filter(({ id }) => !had.has(id))) progress(describeAlert(alert));
    for (const { id, code, subject } of last.alerts) if (!has.has(id)) progress(`over ${code}: ${subject}`);
    const outcomes = new Map(last.moves.map(({ id, outcome }) => [id, outcome]));
    for (const { id, kind, subject, outcome } of state.moves) {
      if (outcomes.get(id) !== outcome) progress(`${outcome} ${kind}: ${subject}`);
    }
    last = state;
  }
  return last;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, POLL_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
