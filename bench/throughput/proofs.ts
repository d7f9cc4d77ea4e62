import type { OperatorApi } from "../../client/operatorApi.ts";
import { encodePosition } from "../../protocol/position.ts";
import { dueTime } from "../support/pace.ts";
import { seededRandom } from "../support/random.ts";
import { encodeRequest, openRawConnection } from "./rawHttp.ts";

const PER_SECOND = 50;
const CONNECTIONS = 8;
const POLL_MS = 500;

/** Entries of each committed block, by number. */
type Blocks = Map<bigint, number>;

/**
 * Asks for the proof of an output of any committed block, old or new, at a steady small rate, until `busy` settles. Milliseconds from when
 * a call was due to its answer, ascending.
 */
export async function measureProofs(operator: OperatorApi, busy: Promise<unknown>): Promise<readonly number[]> {
  let isOver = false;
  const over = busy.finally(() => {
    isOver = true;
  });
  const blocks: Blocks = new Map();
  await learnBlocks(operator, blocks);
  const learning = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      await learnBlocks(operator, blocks);
    }
  })();
  const random = seededRandom(1);
  const url = new URL(operator.url);
  const latencies: number[] = [];
  const started = performance.now();
  let next = 0;
  const ask = async () => {
    const connection = await openRawConnection(url);
    while (!isOver) {
      const due = await dueTime(started, next++, PER_SECOND);
      const answer = await connection.send(proofCall(url, blocks, random));
      if (!answer.includes('"inclusion"')) throw new Error(`no proof: ${answer}`);
      latencies.push(performance.now() - due);
    }
    connection.close();
  };
  await Promise.all([over, learning, ...Array.from({ length: CONNECTIONS }, ask)]);
  return latencies.sort((a, b) => a - b);
}

async function learnBlocks(operator: OperatorApi, blocks: Blocks): Promise<void> {
  const { committedBlock } = await operator.call("plasma_status");
  for (let number = BigInt(blocks.size) + 1n; number <= committedBlock; number++) {
    blocks.set(number, (await operator.call("plasma_getBlock", number))?.txCount ?? 0);
  }
}

function proofCall(url: URL, blocks: Blocks, random: () => number): Buffer {
  const block = 1n + BigInt(Math.floor(random() * blocks.size));
  const txIndex = Math.floor(random() * (blocks.get(block) ?? 0));
  const position = `0x${encodePosition({ block, txIndex, outputIndex: 0 }).toString(16)}`;
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plasma_getProof", params: [position] });
  return encodeRequest(url, "application/json", body);
}
