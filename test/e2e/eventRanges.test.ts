import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createPublicClient, createWalletClient, custom, type EIP1193RequestFn, http, parseEther } from "viem";
import { type Client, createClient } from "../../client/client.ts";
import { deposit, findDeposit } from "../../client/deposit.ts";
import { listExits } from "../../client/exits.ts";
import { makeDepositProof } from "../../client/proofs.ts";
import { startExit } from "../../client/startExit.ts";
import { ETH } from "../../protocol/output.ts";
import { rejectsWithCode } from "../support/failureCode.ts";
import { deployRootChain, FIRST_USER, type L1, startL1 } from "../support/l1.ts";

const LOG_RANGE = 10n;

/** An Ethereum node in front of which a provider refuses wide ranges, as real ones do; it notes what was asked. */
function cappedTransport(url: string, asked: [from: bigint, to: bigint][]) {
  const { request } = http(url, { retryCount: 0 })({});
  return custom(
    {
      request: (async (call: { method: string; params: [{ fromBlock: string; toBlock: string }] }) => {
        if (call.method === "eth_getLogs") {
          const [{ fromBlock, toBlock }] = call.params;
          const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
          if (to - from >= LOG_RANGE) throw new Error(`a range of more than ${LOG_RANGE} blocks`);
          asked.push([from, to]);
        }
        return request(call as never);
      }) as EIP1193RequestFn,
    },
    { retryCount: 0 },
  );
}

describe("events are asked for in ranges", () => {
  const asked: [from: bigint, to: bigint][] = [];
  let l1: L1;
  let client: Client;

  before(async () => {
    l1 = await startL1();
    const contract = await deployRootChain(l1);
    const fromBlock = await l1.client.getBlockNumber();
    const transport = cappedTransport(l1.url, asked);
    client = createClient({
      domain: { chainId: BigInt(await l1.client.getChainId()), contract },
      l1: createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 }),
      wallet: createWalletClient({ account: l1.account(FIRST_USER), transport, pollingInterval: 20 }),
      operatorUrl: "http://127.0.0.1:1",
      fromBlock,
      logRange: LOG_RANGE,
    });
  });
  after(() => l1.close());

  test("every exit is listed, over any number of ranges, without a gap or an overlap", async () => {
    const started: string[] = [];
    for (const gap of [0, 8, 9, 10, 11, 35]) {
      if (gap > 0) await l1.client.mine({ blocks: gap });
      const made = (await deposit(client, { token: ETH, amount: parseEther("1") })).deposit;
      const { outputId } = await startExit(client, await makeDepositProof(client, made));
      started.push(outputId);
    }
    await l1.client.mine({ blocks: 25 });
    asked.length = 0;
    const exits = await listExits(client);
    assert.deepEqual(
      exits.map(({ outputId }) => outputId),
      started,
    );
    const head = await l1.client.getBlockNumber();
    assert.equal(asked[0]?.[0], client.fromBlock);
    assert.equal(asked.at(-1)?.[1], head);
    for (const [index, [from]] of asked.entries()) {
      if (index > 0) assert.equal(from, (asked[index - 1]?.[1] ?? 0n) + 1n);
    }
  });

  test("the search for a deposit ends with the range that has it", async () => {
    asked.length = 0;
    assert.equal((await findDeposit(client, 0)).amount, parseEther("1"));
    assert.equal(asked.length, 1);
    asked.length = 0;
    assert.equal((await findDeposit(client, 5)).index, 5);
    assert.ok(asked.length > 1);
  });

  test("a deposit that was never made is not searched for", async () => {
    asked.length = 0;
    await rejectsWithCode("DEPOSIT_UNKNOWN", () => findDeposit(client, 6));
    assert.deepEqual(asked, []);
  });
});
