import { type Address, createWalletClient, http } from "viem";
import { GENESIS } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import { type BlockForge, createBlockForge } from "./blockForge.ts";
import { startJsonRpcServer } from "./jsonRpcServer.ts";
import { type L1, OPERATOR } from "./l1.ts";
import type { Ending } from "./temporaryDirectory.ts";

/** Commits whatever it is told to, valid or not, and shows it, or not. */
export interface BareOperator extends Pick<BlockForge, "commit" | "goBack" | "inclusion"> {
  readonly url: string;
  /** Numbers of the blocks that nobody is shown. */
  readonly withheld: Set<bigint>;
}

export async function startBareOperator(test: Ending, l1: L1, contract: Address): Promise<BareOperator> {
  const withheld = new Set<bigint>();
  const wallet = createWalletClient({ account: l1.account(OPERATOR), transport: http(l1.url) });
  const forge = createBlockForge({ l1: l1.client, wallet, contract, parent: GENESIS });
  const server = await startJsonRpcServer(async ({ method, params }) => {
    if (method !== "plasma_getBlockTransactions") return { result: null };
    const number = BigInt((params[0] as { number: string }).number);
    const entries = withheld.has(number) ? [] : (forge.entriesOf(number) ?? []);
    return { result: { entries: entries.map((raw) => toHex(raw)) } };
  });
  test.after(server.close);
  return { ...forge, url: server.url, withheld };
}
