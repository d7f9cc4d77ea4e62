import { readFileSync } from "node:fs";
import { network } from "hardhat";
import {
  type Abi,
  type Address,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  numberToHex,
} from "viem";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { artifactsOf } from "../support/artifacts.ts";
import { addressOf, createTranslator, keyOf, type Translator } from "./calldata.ts";
import { callOf } from "./calls.ts";
import { OPERATOR } from "./model.ts";
import type { Move } from "./moves.ts";
import { type Observation, observationOf } from "./observation.ts";
import { type Actor, PURSE, type State } from "./state.ts";

/** Every step is one L1 block; what a call may take is not for these tests. */
const GAS = numberToHex(16_000_000);

interface Artifact {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/** The real contracts on a chain of their own, whose time moves only when it is told. */
export interface Contracts {
  /** Plays a move for good. Returns the error's name where the contract refuses; then nothing has changed. */
  play(real: Translator, state: State, move: Move): Promise<string | undefined>;
  /** As `play`, and forgets what it did. */
  rehearse(real: Translator, state: State, move: Move): Promise<string | undefined>;
  /** What differs between the contracts and the state, in words. */
  differences(real: Translator, state: State): Promise<readonly string[]>;
  translator(): Translator;
  snapshot(): Promise<string>;
  revert(snapshot: string): Promise<void>;
  close(): Promise<void>;
}

/** Deploys everything at L1 time `now`, gives each actor a purse, and lets the root chain take tokens. */
export async function deployContracts(
  { period, now }: Pick<State, "period" | "now">,
  actors: readonly Actor[],
  bytecode?: Hex,
): Promise<Contracts> {
  const { provider, close } = await network.create({
    network: "default",
    override: {
      accounts: actors.map((actor) => ({ privateKey: keyOf(actor), balance: `${PURSE}` })),
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: true,
      initialBaseFeePerGas: 0,
      initialDate: new Date((now - 1) * 1000),
    },
  });
  const request = <T>(method: string, ...params: unknown[]): Promise<T> =>
    provider.request({ method, params }) as Promise<T>;
  const operator = addressOf(OPERATOR);

  async function send(from: Address, to: Address | undefined, data: Hex, value: bigint, at: number): Promise<void> {
    await request("evm_setNextBlockTimestamp", numberToHex(at));
    await request("eth_sendTransaction", { from, to, data, value: numberToHex(value), gas: GAS, gasPrice: "0x0" });
  }
  let nonce = 0n;
  async function deploy({ abi, bytecode }: Artifact, args: readonly unknown[]): Promise<Address> {
    await send(operator, undefined, encodeDeployData({ abi, bytecode, args }), 0n, now);
    return getContractAddress({ from: operator, nonce: nonce++ }).toLowerCase() as Address;
  }

  const rootChainArtifact = artifactOf("contracts/RootChain.sol/RootChain");
  const rootChain = await deploy({ ...rootChainArtifact, bytecode: bytecode ?? rootChainArtifact.bytecode }, [
    operator,
    BigInt(period),
    operator,
  ]);
  const tokenArtifact = artifactOf("contracts/dev/DevToken.sol/DevToken");
  const token = await deploy(tokenArtifact, ["Token", "TOK"]);
  const lens = await deploy(artifactOf("test/contracts/support/GameLens.sol/GameLens"), []);
  const tokenCall = (functionName: string, args: readonly unknown[]): Hex =>
    encodeFunctionData({ abi: tokenArtifact.abi, functionName, args });
  for (const actor of actors) {
    await send(addressOf(actor), token, tokenCall("mint", [addressOf(actor), PURSE]), 0n, now);
    await send(addressOf(actor), token, tokenCall("approve", [rootChain, PURSE]), 0n, now);
  }
  const domain = { chainId: BigInt(await request<string>("eth_chainId")), contract: rootChain };

  /** The name of the error with which `action` was refused; anything else is a failure of the test's own. */
  async function refusal(action: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await action();
      return undefined;
    } catch (error) {
      const data = error instanceof Error && "data" in error ? (error.data as Hex) : "0x";
      if (data === "0x") return `no reason (${error instanceof Error ? error.message : error})`;
      return decodeErrorResult({ abi: rootChainAbi as Abi, data }).errorName;
    }
  }

  async function dataOf(real: Translator, state: State, move: Move) {
    const call = callOf(real, state, move);
    if (call === undefined) return undefined;
    const { functionName, args, value } = call;
    return { data: encodeFunctionData({ abi: rootChainAbi as Abi, functionName, args }), value };
  }

  return {
    async play(real, state, move) {
      if (move.kind === "warp") {
        await request("evm_mine", numberToHex(move.to));
        return undefined;
      }
      const call = await dataOf(real, state, move);
      if (call === undefined) return undefined;
      return refusal(() => send(addressOf(move.by), rootChain, call.data, call.value, state.now));
    },
    async rehearse(real, state, move) {
      const call = await dataOf(real, state, move);
      if (call === undefined) return undefined;
      const { data, value } = call;
      const transaction = { from: addressOf(move.by), to: rootChain, data, value: numberToHex(value), gas: GAS };
      return refusal(() => request("eth_call", transaction, "latest"));
    },
    async differences(real, state) {
      const observations = observationOf(real, state, actors, { rootChain, token, lens });
      return compare(observations, await readAll(observations));
    },
    translator: () => createTranslator(domain, token),
    snapshot: () => request<string>("evm_snapshot"),
    async revert(snapshot) {
      await request("evm_revert", snapshot);
    },
    close,
  };

  async function readAll(observations: readonly Observation[]): Promise<string> {
    const queries = observations.map(({ target, data }) => ({ target, data }));
    const { abi } = artifactOf("test/contracts/support/GameLens.sol/GameLens");
    const data = encodeFunctionData({ abi, functionName: "read", args: [queries] });
    const returned = await request<Hex>("eth_call", { to: lens, data }, "latest");
    return returned.slice(2 + 2 * 64); // behind offset and length
  }
}

function compare(observations: readonly Observation[], words: string): readonly string[] {
  const differences: string[] = [];
  let at = 0;
  for (const { what, expected, atMost = false } of observations) {
    for (const [index, value] of expected.entries()) {
      const actual = BigInt(`0x${words.slice(at, at + 64)}`);
      at += 64;
      if (atMost ? actual > value : actual !== value)
        differences.push(`${what}, word ${index}: ${value} in the model, ${actual} in the contract`);
    }
  }
  return differences;
}

const artifacts = new Map<string, Artifact>();

function artifactOf(name: string): Artifact {
  const known = artifacts.get(name);
  if (known !== undefined) return known;
  const artifact: Artifact = JSON.parse(
    readFileSync(new URL(`../../${artifactsOf(name)}/${name}.json`, import.meta.url), "utf8"),
  );
  artifacts.set(name, artifact);
  return artifact;
}
