import type { Address, Hex } from "viem";
import type { Client } from "../client/client.ts";
import { clientError } from "../client/errors.ts";
import type { L1Call } from "../client/l1.ts";
import { type DueEntry, processCall } from "../client/processCall.ts";
import { listQueue } from "../client/queue.ts";
import type { Chain } from "../runtime/chain.ts";
import type { Spends } from "./spends.ts";

export interface Processing {
  /** The call that processes the due entries at the head of a queue, at most `max`. Throws QUEUE_EMPTY. */
  call(request: { readonly token: Address; readonly max: number }): Promise<L1Call>;
}

/** Opens the entries of a queue from the store; of L1 only their order is asked. */
export function createProcessing({ rootChain, follower, contract }: Chain, spends: Spends, client: Client): Processing {
  /** Undefined where its time has not come. */
  const toDueEntry = (id: Hex, now: number): DueEntry | undefined => {
    const exit = rootChain.standardExit(id);
    if (exit !== undefined) {
      if (exit.exitableAt >= now) return undefined;
      const preimage = spends.preimageOf(exit);
      // An opening that a dead entry does not need is skipped (R26).
      return preimage === undefined ? { kind: "dead" } : { kind: "standard", preimage };
    }
    const flight = rootChain.inFlightExits.open(0, -1).find((open) => open.exit.entryId === id)?.exit;
    if (flight === undefined) return { kind: "dead" };
    const { body, terms, inputs, pieces } = flight;
    return terms.exitableAt < now ? { kind: "inFlight", body, terms, inputs, livePieces: pieces.length } : undefined;
  };

  return {
    async call({ token, max }) {
      const now = follower.head()?.timestamp ?? 0;
      const entries: DueEntry[] = [];
      for (const id of await listQueue(client, token, max)) {
        const entry = toDueEntry(id, now);
        if (entry === undefined) break;
        entries.push(entry);
      }
      if (entries.length === 0) throw clientError("QUEUE_EMPTY", "no exit of this token is due");
      return processCall(contract.domain.contract, token, entries);
    },
  };
}
