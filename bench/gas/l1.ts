import { network } from "hardhat";
import { type Address, type Hex, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Signer } from "../../protocol/signature.ts";

/** A transaction cannot use more gas than this (EIP-7825). */
export const MAX_TRANSACTION_GAS = 16_777_216n;

export interface Call {
  readonly from: Address;
  /** Absent to deploy. */
  readonly to?: Address;
  readonly data: Hex;
  readonly value?: bigint;
}

export interface Mined {
  readonly gasUsed: bigint;
  readonly contractAddress: Address;
}

export interface L1 {
  /** Funded, with lowercase addresses. */
  readonly accounts: readonly Signer[];
  readonly chainId: bigint;
  /** Mines one transaction in a block of its own, one second after the last, and throws if it reverts. */
  send(call: Call): Promise<Mined>;
  /** What `send` would cost; nothing stays of it. */
  measure(call: Call): Promise<bigint>;
  /** What `action` returns; nothing else stays of it. */
  undo<T>(action: () => Promise<T>): Promise<T>;
  call(to: Address, data: Hex): Promise<Hex>;
  /** Timestamp of the newest block, in seconds. */
  now(): number;
  /** Moves the next block this many seconds ahead. */
  wait(seconds: number): void;
  close(): Promise<void>;
}

const START = 1_800_000_000;

/** An in-process L1 chain with fixed keys and timestamps, so that the same calls cost the same gas on every run. */
export async function createL1(accountCount: number): Promise<L1> {
  const keys = Array.from({ length: accountCount }, (_, index) => toHex(index + 1, { size: 32 }));
  const connection = await network.create({
    network: "default",
    override: {
      hardfork: "osaka",
      initialDate: new Date(START * 1000).toISOString(),
      accounts: keys.map((privateKey) => ({ privateKey, balance: 10n ** 24n })),
    },
  });
  const { provider } = connection;
  const chainId = BigInt((await provider.request({ method: "eth_chainId" })) as Hex);
  let now = START;

  const l1: L1 = {
    accounts: keys.map((key) => {
      const { address, sign } = privateKeyToAccount(key);
      return { address: address.toLowerCase() as Address, sign };
    }),
    chainId,
    async send({ from, to, data, value = 0n }) {
      now += 1;
      await provider.request({ method: "evm_setNextBlockTimestamp", params: [now] });
      const transaction = { from, to, data, value: toHex(value), gas: toHex(MAX_TRANSACTION_GAS) };
      const hash = await provider.request({ method: "eth_sendTransaction", params: [transaction] });
      const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
        gasUsed: Hex;
        contractAddress: Address;
      };
      return { gasUsed: BigInt(receipt.gasUsed), contractAddress: receipt.contractAddress };
    },
    measure: async (call) => l1.undo(async () => (await l1.send(call)).gasUsed),
    async undo(action) {
      const before = now;
      const snapshot = await provider.request({ method: "evm_snapshot" });
      const result = await action();
      await provider.request({ method: "evm_revert", params: [snapshot] });
      now = before;
      return result;
    },
    call: async (to, data) => (await provider.request({ method: "eth_call", params: [{ to, data }, "latest"] })) as Hex,
    now: () => now,
    wait(seconds) {
      now += seconds;
    },
    close: () => connection.close(),
  };
  return l1;
}
