import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createL1Steps } from "../../../operator/l1Steps.ts";
import type { L1Follower } from "../../../runtime/l1Follower.ts";
import { createLogger } from "../../../runtime/logger.ts";

describe("steps with L1", () => {
  it("lets everybody who asks for a commit share the one that waits", async () => {
    const started: PromiseWithResolvers<void>[] = [];
    const steps = createL1Steps({
      follower: {} as L1Follower,
      sender: undefined,
      committer: {
        commit() {
          const commit = Promise.withResolvers<void>();
          started.push(commit);
          return commit.promise;
        },
      },
      onFollowed: () => undefined,
      halt: () => undefined,
      logger: createLogger("silent"),
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const first = steps.commit();
    await turn();
    const later = Array.from({ length: 50 }, () => steps.commit());
    await turn();
    assert.equal(started.length, 1);
    started[0]?.resolve();
    await first;
    await turn();
    assert.equal(started.length, 2);
    started[1]?.resolve();
    await Promise.all(later);
    await turn();
    assert.equal(started.length, 2);
  });
});
