import type { Address, Hex } from "viem";
import type { Conditions } from "../../protocol/conditionalSpend.ts";
import { depositOutput, depositOutputId, depositPositionOf } from "../../protocol/deposit.ts";
import { createOverlay, type ExitState, type LedgerOutput, type LedgerOverlay } from "../../protocol/ledger.ts";
import { ETH, type Output, PLAIN } from "../../protocol/output.ts";
import type { Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { NO_CONDITIONS } from "./conditions.ts";

export const DOMAIN: Domain = { chainId: 31337n, contract: "0x00000000000000000000000000000000c0ffee00" };
export const TOKEN: Address = "0x000000000000000000000000000000000000beef";

export interface TestLedger extends LedgerOverlay {
  /** Credits deposit `index` made behind `block` and returns its output. */
  deposit(index: number, block: bigint, owner: Address, amount: bigint, token?: Address): LedgerOutput;
  readonly exits: Map<Hex, ExitState>;
}

/** A ledger in memory that begins empty, on a chain with these conditions. */
export function createTestLedger(conditions: Conditions = NO_CONDITIONS): TestLedger {
  const exits = new Map<Hex, ExitState>();
  const overlay = createOverlay({
    output: () => undefined,
    isSpent: () => false,
    hasTransaction: () => false,
    exitOf: (outputId) => exits.get(outputId),
    conditions,
  });
  return {
    ...overlay,
    exits,
    deposit(index, block, owner, amount, token = ETH) {
      const deposit = { index, block, owner, token, amount };
      const outputId = depositOutputId(deposit);
      const created = { position: depositPositionOf(deposit), outputId, output: depositOutput(deposit) };
      overlay.apply({ txId: outputId, spent: [], created: [created] });
      return created;
    },
  };
}

/** A plain output. */
export function pay(owner: Address, amount: bigint, token: Address = ETH): Output {
  return { owner, token, amount, condition: PLAIN };
}

/** A transaction without memo and window, unless given. */
export function spend(
  inputs: readonly LedgerOutput[],
  outputs: readonly Output[],
  rest: Partial<Transaction> = {},
): Transaction {
  return {
    inputs: inputs.map(({ position, outputId }) => ({ position, outputId })),
    outputs,
    memo: PLAIN,
    validAfter: 0,
    validBefore: 0,
    ...rest,
  };
}
