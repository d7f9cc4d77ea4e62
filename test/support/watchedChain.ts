import type { Address, Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { depositOriginId, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { encodeProofSource } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, outputIdOf } from "../../protocol/output.ts";
import { depositIndexOf, encodePosition } from "../../protocol/position.ts";
import type { DepositProof } from "../../protocol/proof.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { OutputPreimage } from "../../protocol/spend.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { createInFlightPlayer, type Flight, type InFlightPlayer, signFlight } from "./inFlight.ts";
import { deployRootChain, depositEth, FIRST_USER, type L1, startDepositExit } from "./l1.ts";
import { pay, spend } from "./ledger.ts";

/** Seconds. */
export const PERIOD = 7 * 24 * 3600;

/** States of an exit's record in the contract. */
export const EXIT = { none: 0, live: 1, liveAuthorized: 2, challenged: 3, paid: 4 } as const;

/** An output with what its id commits to. */
export interface Known extends LedgerOutput {
  readonly preimage: OutputPreimage;
}

/** A root chain on which some people play, and what they do there; who commits its blocks is another matter. */
export interface WatchedChain {
  readonly l1: L1;
  readonly contract: Address;
  readonly domain: Domain;
  readonly game: InFlightPlayer;
  readonly alice: HDAccount;
  readonly bob: HDAccount;
  readonly carol: HDAccount;
  readonly dave: HDAccount;
  /** The next deposit of alice's. */
  deposit(amount: bigint): Promise<Known>;
  /** The whole of an output for one receiver. */
  payment(source: Known, to: Signer, by?: HDAccount, validBefore?: number): Promise<Flight>;
  /** A payment of money that never was. */
  mint(to: Signer, amount: bigint): Promise<Flight>;
  /** The only output of a transaction at a place. */
  outputAt(flight: Flight, to: Signer, amount: bigint, block: bigint, txIndex: number): Known;
  /** The proof file of a deposit. */
  exitProof(deposit: Known): Promise<DepositProof>;
  /** What shows a deposit as the input of an in-flight exit. */
  source(deposit: Known): Promise<Hex>;
  /** Starts the exit of a deposit, linked behind another one. */
  exit(source: Known, behind?: Known): Promise<void>;
  /** State of an output's exit in the contract. */
  exitStateOf(output: Known): Promise<number>;
}

export async function startWatchedChain(l1: L1): Promise<WatchedChain> {
  const contract = await deployRootChain(l1, PERIOD);
  const domain = { chainId: 31337n, contract };
  const [alice, bob, carol, dave] = [0, 1, 2, 3].map((index) => l1.account(FIRST_USER + index)) as [
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
  ];
  const addressOf = ({ address }: Signer) => address.toLowerCase() as Address;
  let deposits = 0;

  const payment = (source: Known, to: Signer, by = alice, validBefore = 0) => {
    const outputs = [pay(addressOf(to), source.output.amount)];
    return signFlight(domain, spend([source], outputs, { validBefore }), [source.preimage], [by]);
  };

  const outputAt = (txId: Hex, to: Signer, amount: bigint, block: bigint, txIndex: number): Known => {
    const output = pay(addressOf(to), amount);
    return {
      position: encodePosition({ block, txIndex, outputIndex: 0 }),
      outputId: outputIdOf(txId, 0, output),
      output,
      preimage: { originId: txId, outputIndex: 0, output },
    };
  };

  const exitProof = async ({ position, outputId, output }: Known): Promise<DepositProof> => {
    const index = depositIndexOf(position);
    const read = { address: contract, abi: rootChainAbi, functionName: "depositHashes" } as const;
    const previousDepositHash =
      index === 0 ? ZERO_HASH : await l1.client.readContract({ ...read, args: [BigInt(index - 1)] });
    const place = { position, outputId, output, index, block: 0n, previousDepositHash };
    return { version: 1, kind: "deposit", ...domain, ...place };
  };

  return {
    l1,
    contract,
    domain,
    game: createInFlightPlayer(l1, contract),
    alice,
    bob,
    carol,
    dave,
    async deposit(amount) {
      await depositEth(l1, contract, alice, amount);
      const deposit = { index: deposits++, block: 0n, owner: addressOf(alice), token: ETH, amount };
      const output = pay(addressOf(alice), amount);
      const preimage = { originId: depositOriginId(deposit.index, 0n), outputIndex: 0, output };
      return { position: depositPositionOf(deposit), outputId: depositOutputId(deposit), output, preimage };
    },
    payment,
    mint: (to, amount) => payment(outputAt(ZERO_HASH, alice, amount, 0n, 0), to),
    outputAt: ({ txId }, ...rest) => outputAt(txId, ...rest),
    exitProof,
    source: async (deposit) => encodeProofSource(await exitProof(deposit)),
    exit: ({ position, output }, behind) =>
      startDepositExit(l1, contract, alice, { position, amount: output.amount }, behind ? [behind.outputId] : []),
    async exitStateOf({ outputId }) {
      const read = { address: contract, abi: rootChainAbi, functionName: "exitOf", args: [outputId] } as const;
      return (await l1.client.readContract(read)).state;
    },
  };
}
