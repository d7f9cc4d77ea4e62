import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPublicClient, createWalletClient, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../client/client.ts";
import { signPayment } from "../../client/transactions.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { PLAIN } from "../../protocol/output.ts";
import { type ExitProofJson, parseExitProof } from "../../protocol/proof.ts";
import type { TestNetwork } from "./devNetwork.ts";

export interface RivalTransaction {
  readonly txId: Hex;
  /** As wallets keep transactions, for `--spend` and `exit in-flight`. */
  readonly file: string;
}

/** Signs the whole of an output over to `receiver`, behind the back of its owner's wallet, and hands the transaction over. */
export async function signRival(
  network: TestNetwork,
  { from, to, position }: { readonly from: string; readonly to: string; readonly position: string },
): Promise<RivalTransaction> {
  const transport = http(network.rpcUrl);
  const account = privateKeyToAccount(await network.privateKey(from));
  const client = createClient({
    domain: { chainId: 31337n, contract: network.contract },
    l1: createPublicClient({ transport }),
    operatorUrl: network.operatorUrl,
    wallet: createWalletClient({ account, transport }),
  });
  const document = await network.ok<ExitProofJson>("proof", position);
  const proof = parseExitProof(document);
  const { txId, raw } = await signPayment(client, {
    inputs: [proof],
    outputs: [{ ...proof.output, owner: network.address(to), condition: PLAIN }],
    memo: ZERO_HASH,
    validAfter: 0,
    validBefore: 0,
  });
  const file = join(network.data, `${txId}.json`);
  writeFileSync(file, JSON.stringify({ raw, inputs: [document] }));
  return { txId, file };
}
