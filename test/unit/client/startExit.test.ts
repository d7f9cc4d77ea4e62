import { test } from "node:test";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../../client/client.ts";
import { planExit } from "../../../client/startExit.ts";
import { ZERO_HASH } from "../../../protocol/hashing.ts";
import { depositPosition } from "../../../protocol/position.ts";
import type { ExitProof } from "../../../protocol/proof.ts";
import { rejectsWithCode } from "../../support/failureCode.ts";
import { DOMAIN, pay } from "../../support/ledger.ts";

test("a conditional output has no standard exit, whoever asks for it (R18)", async () => {
  const account = privateKeyToAccount(`0x${"01".repeat(32)}`);
  // Nobody listens there: the answer takes no question to L1.
  const transport = http("http://127.0.0.1:1", { retryCount: 0 });
  const client = createClient({
    domain: DOMAIN,
    l1: createPublicClient({ transport }),
    operatorUrl: "http://127.0.0.1:1",
    wallet: createWalletClient({ account, transport }),
  });
  const output = { ...pay(`0x${"0a".repeat(20)}`, 5n), condition: `0x${"0c".repeat(32)}` as const };
  const proof: ExitProof = {
    version: 1,
    kind: "deposit",
    ...DOMAIN,
    position: depositPosition(0, 0n),
    outputId: ZERO_HASH,
    output,
    index: 0,
    block: 0n,
    previousDepositHash: ZERO_HASH,
  };
  await rejectsWithCode("OUTPUT_CONDITIONAL", () => planExit(client, proof));
});
