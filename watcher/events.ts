/** How much is at stake: money is lost unless somebody acts; it may come to that; a chance or a duty. */
export type Severity = "critical" | "warning" | "info";

interface EventKind {
  readonly severity: Severity;
  /** What has happened. */
  readonly meaning: string;
  /** What to do about it. */
  readonly action: string;
}

/** Everything that a watcher raises an alert about. Codes are never renamed; docs/runbook.md has a section for each. */
export const EVENTS = {
  INVALID_BLOCK: {
    severity: "critical",
    meaning: "a committed block breaks a rule of the protocol",
    action: "take every output older than the block to L1 before the deadline",
  },
  WRONG_COUNT_OR_PARENT: {
    severity: "critical",
    meaning: "a committed block counts its entries wrongly or does not follow its parent",
    action: "take every output older than the block to L1 before the deadline",
  },
  WRONG_FEE_CLAIM: {
    severity: "critical",
    meaning: "the operator claims fees that a committed block does not have",
    action: "take every output older than the block to L1 before the deadline",
  },
  WITHHELD_BLOCK: {
    severity: "critical",
    meaning: "nobody has shown a committed block for an eighth of the exit period",
    action: "take every output older than the block to L1 before the deadline",
  },
  CHANGED_ROOT: {
    severity: "warning",
    meaning: "after an L1 reorg the operator committed another root under the same number",
    action:
      "look up in the blocks on L1 now what the replaced one had promised; do not trust acknowledgements of this operator",
  },
  COMMITS_STALLED: {
    severity: "warning",
    meaning: "sealed blocks do not reach L1, or reached it late",
    action: "ask the operator; if nothing moves, take what you need to L1",
  },
  INVALID_STANDARD_EXIT: {
    severity: "critical",
    meaning: "an exit takes an output that is spent, or that no valid block created",
    action: "challenge it before the deadline with the spend; without one, see that older outputs exit first",
  },
  INVALID_IN_FLIGHT_EXIT: {
    severity: "critical",
    meaning: "an in-flight exit spends an output that no valid block created",
    action: "see that older outputs exit first",
  },
  NON_CANONICAL_IN_FLIGHT_EXIT: {
    severity: "critical",
    meaning: "an input of a transaction in flight is spent by an older transaction",
    action: "show the older one before the first half of the exit period is over",
  },
  INVALID_INPUT_PIGGYBACK: {
    severity: "critical",
    meaning: "a piggybacked input of a transaction in flight is spent by another transaction",
    action: "challenge the piggyback with the spend before the deadline",
  },
  INVALID_OUTPUT_PIGGYBACK: {
    severity: "critical",
    meaning: "a piggybacked output of a transaction in flight is spent",
    action: "challenge the piggyback with the spend before the deadline",
  },
  WRONG_CANONICITY_CHALLENGE: {
    severity: "critical",
    meaning: "a transaction in flight is contested, and is older than its competitor",
    action: "respond with its inclusion before the deadline",
  },
  SPEND_NEEDED: {
    severity: "critical",
    meaning:
      "the chain has gone bad, and no spend is known by which a guarded owner's conditional output could leave it",
    action: "sign a spend that its condition allows, and start its in-flight exit before the deadline",
  },
  PIGGYBACK_OPEN: {
    severity: "warning",
    meaning: "an in-flight exit concerns a guarded owner whose piece does not take part",
    action: "piggyback before the deadline: plasma-cli exit piggyback",
  },
  EXIT_READY: {
    severity: "info",
    meaning: "exits have matured and wait to be processed, or ended without anybody taking part",
    action: "process them: plasma-cli exit process",
  },
  CHALLENGE_RUNNING_OUT: {
    severity: "critical",
    meaning: "something wrong is still unanswered on L1 with less than an eighth of the exit period left",
    action: "answer it now by hand, with any fee: plasma-cli challenge, plasma-cli respond",
  },
  CONTRACT_POOR: {
    severity: "critical",
    meaning: "the contract owes owners of outputs more than the pot of the token holds",
    action: "take outputs of this token to L1 at once: who comes last is not paid in full",
  },
  L1_UNAVAILABLE: {
    severity: "critical",
    meaning: "the L1 node does not answer, is behind, or serves another chain",
    action: "repair or replace the node: nothing is guarded meanwhile",
  },
} as const satisfies Record<string, EventKind>;

export type EventCode = keyof typeof EVENTS;

/** Something that is the case now and that owners have to know. */
export interface Finding {
  readonly code: EventCode;
  /** What it is about; one finding per code and subject. */
  readonly subject: string;
  /** L1 time, seconds, by which to act. */
  readonly deadline: number | undefined;
  /** JSON values; amounts and positions as text. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}
