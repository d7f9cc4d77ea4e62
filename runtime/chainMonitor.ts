import { readFileSync } from "node:fs";
import * as z from "zod";
import type { Chain } from "./chain.ts";
import type { Metrics } from "./metrics.ts";

const packageSchema = z.object({ version: z.string() });
const packageFile = new URL("../package.json", import.meta.url);

/** L1 blocks that the store may be behind the node before health says so. */
const MAX_FOLLOW_DISTANCE = 16n;

/** What every service tells of the chain that it follows. */
export function createChainMonitor({ contract, rootChain, follower, crypto }: Chain, metrics: Metrics) {
  const clientVersion = `plasma/${packageSchema.parse(JSON.parse(readFileSync(packageFile, "utf8"))).version}`;
  const head = () => follower.head() ?? { number: 0n, timestamp: 0 };
  const distance = () => {
    const ahead = follower.nodeHead() - head().number;
    return ahead > 0n ? ahead : 0n; // a reorg can leave the node behind the store for a moment
  };

  metrics.gauge("plasma_exits_open_total", "Standard exits that are open", () => rootChain.countOpenExits());
  metrics.gauge("plasma_in_flight_exits_open_total", "In-flight exits that are open", () =>
    rootChain.inFlightExits.countOpen(),
  );
  metrics
    .gauge("plasma_signature_library_info", "The library that recovers signatures", undefined, ["library"])
    .set({ library: crypto.signatureLibrary }, 1);

  return {
    clientVersion,
    /** The newest L1 block in the store; number 0 before the first. */
    head,
    /** Reasons for which the service is not in step with L1. */
    troubles: (): string[] => (distance() > MAX_FOLLOW_DISTANCE ? ["L1_BEHIND"] : []),
    status() {
      const { number, timestamp } = head();
      return {
        ...contract.domain,
        clientVersion,
        committedBlock: rootChain.newestCommitted(),
        l1Head: { number, timestamp },
        followerLag: Number(distance()),
        signatureLibrary: crypto.signatureLibrary,
      };
    },
  };
}
