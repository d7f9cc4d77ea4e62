import type { Address, Hex } from "viem";
import type { Client } from "../client/client.ts";
import { clientError } from "../client/errors.ts";
import type { L1Call } from "../client/l1.ts";
import { type DueEntry, processCall } from "../client/processCall.ts";
import { listQueue } from "../client/queue.ts";
import type { Chain } from "../runtime/chain.ts";
import type { Spends } from "./spends.ts";

export interface Processing {
  /**
   * The call that processes the head of a queue up to the first entry that lives and is none of `entries`: what stands there now is
   * not what was judged where somebody else has processed meanwhile. Throws QUEUE_EMPTY.
   */
  call(request: { readonly token: Address; readonly entries: readonly Hex[] }): Promise<L1Call>;
}

/** Entries processed in one call. */
const MAX_ENTRIES = 20;

/** Opens the entries of a queue from the store; of L1 only their order is asked. */
export function createProcessing({ rootChain, follower, contract }: Chain, spends: Spends, client: Client): Processing {
  /** Undefined where its time has not come. */
  const toDueEntry = (id: Hex, now: number): DueEntry | undefined => {
    const exit = rootChain.standardExit(id);
    if (exit !== undefined) {
      if (exit.exitableAt >= now) return undefined;
      const isOpen = rootChain.exitOf(id)?.open.some(({ kind }) => kind === "standard");
      const preimage = isOpen ? spends.preimageOf(exit) : undefined;
      return preimage === undefined ? { kind: "dead" } : { kind: "standard", preimage };
    }
    const flight = rootChain.inFlightExits.open(0, -1).find((open) => open.exit.entryId === id)?.exit;
    if (flight === undefined) return { kind: "dead" };
    const { body, terms, inputs, pieces } = flight;
    return terms.exitableAt < now ? { kind: "inFlight", body, terms, inputs, livePieces: pieces.length } : undefined;
  };

  return {
    async call({ token, entries }) {
      const now = follower.head()?.timestamp ?? 0;
      const due: DueEntry[] = [];
      for (const id of await listQueue(client, token, MAX_ENTRIES)) {
        const entry = toDueEntry(id, now);
        if (entry === undefined || (entry.kind !== "dead" && !entries.includes(id))) break;
        due.push(entry);
      }
      if (due.length === 0) throw clientError("QUEUE_EMPTY", "no exit of this token is due");
      return processCall(contract.domain.contract, token, due);
    },
  };
}
