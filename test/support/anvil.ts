import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { findFreePort } from "../../cli/childProgram.ts";
import { type L1, openL1 } from "./l1.ts";
import { until } from "./rpc.ts";

const HOST = "127.0.0.1";

/** Foundry's node: another implementation of Ethereum than Hardhat's. Undefined where npm has no binary for the platform. */
export const ANVIL: string | undefined = findBinary();

/** Starts a network that mines every transaction at once; it has the same accounts as `startL1`. */
export async function startAnvil(binary: string): Promise<L1> {
  const port = await findFreePort(HOST);
  const child = spawn(binary, ["--host", HOST, "--port", String(port), "--silent", "--hardfork", "osaka"], {
    stdio: "ignore",
  });
  const kill = () => child.kill();
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const l1 = openL1(`http://${HOST}:${port}`, async () => {
    process.off("exit", kill);
    kill();
    await ended;
  });
  const answers = () =>
    l1.client.getChainId().then(
      () => true,
      () => false,
    );
  await until("the start of anvil", answers, (isUp) => isUp);
  return l1;
}

function findBinary(): string | undefined {
  try {
    return join(createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/package.json"), "../bin/anvil");
  } catch {
    return undefined;
  }
}
