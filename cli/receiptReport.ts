import type { Address } from "viem";
import { formatPosition } from "../protocol/position.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { ProvenTransaction, VerifiedReceipt } from "../protocol/verifyReceipt.ts";
import type { TokenUnit } from "./amounts.ts";
import { formatTime } from "./names.ts";
import { counted, fields, type Result, table } from "./output.ts";
import { showAmount } from "./tokens.ts";

export interface ReportOptions {
  readonly domain: Domain;
  readonly units: readonly TokenUnit[];
  /** Count only what is paid to this address. */
  readonly owner: Address | undefined;
  /** Who said that the L1 block is one of the chain. */
  readonly source: "caller" | "node";
}

interface Payment {
  readonly transaction: ProvenTransaction;
  readonly output: ProvenTransaction["outputs"][number];
}

/** Payments that are listed one by one for people; of more than these, the sums are told. */
const MAX_LISTED = 20;

/** Says what a receipt proves, on whose word, and what it does not prove (R24). */
export function reportReceipt(verified: VerifiedReceipt, options: ReportOptions): Result {
  const { l1Block, transactions } = verified;
  const { domain, owner, units, source } = options;
  const payments = transactions
    .flatMap((transaction) => transaction.outputs.map((output) => ({ transaction, output })))
    .filter(({ output }) => owner === undefined || output.owner === owner);
  const totals = [...sumByToken(payments)];
  const sums = fields(totals.map(([token, amount]) => ["together", showAmount(amount, token, units)]));
  const parts = [
    fields(statements(verified, options)),
    ...(payments.length > 0 && payments.length <= MAX_LISTED ? [listPayments(payments, units)] : []),
    payments.length > 0 ? sums : `They pay nothing to ${owner}`,
  ];
  return {
    data: {
      valid: true,
      ...domain,
      l1Block,
      trusted: source === "caller" ? "the given L1 block hash" : "the L1 node's block hash",
      transactions: transactions.map(({ outputs, ...transaction }) => ({
        ...transaction,
        outputs: outputs.map(({ position, ...output }) => ({ position: formatPosition(position), ...output })),
      })),
      totals: totals.map(([token, amount]) => ({ token, amount })),
    },
    text: parts.join("\n\n"),
  };
}

function statements({ l1Block, transactions }: VerifiedReceipt, { domain, source }: ReportOptions): [string, string][] {
  const blocks = [...new Set(transactions.map(({ block }) => block))];
  const [first, last] = [blocks[0], blocks.at(-1)];
  const name = first === last ? `block ${first}` : `${blocks.length} blocks from ${first} to ${last}`;
  const count = counted(transactions.length, "transaction");
  const witness = source === "caller" ? "whoever gave you" : "your Ethereum node for";
  return [
    ["proven", `${count} stood in ${name} of the Plasma chain, as the contract held it`],
    ["", `at L1 block ${l1Block.number}, ${formatTime(l1Block.timestamp)}`],
    ["chain", `${domain.chainId}, contract ${domain.contract}: compare it with the one that you mean`],
    ["trusted", `${witness} the L1 block hash ${l1Block.hash}; nobody else`],
    ["not proven", "that a block is valid, or that the signers owned what they spent;"],
    ["", "that an output is still unspent; that there are no other payments"],
  ];
}

function listPayments(payments: readonly Payment[], units: readonly TokenUnit[]): string {
  const rows = payments.map(({ transaction, output }) => [
    formatPosition(output.position),
    showAmount(output.amount, output.token, units),
    output.owner,
    transaction.kind === "feeClaim" ? "the operator's fees" : transaction.signers.join(", "),
  ]);
  return table(["output", "amount", "paid to", "signed by"], rows);
}

function sumByToken(payments: readonly Payment[]): Map<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const { output } of payments) sums.set(output.token, (sums.get(output.token) ?? 0n) + output.amount);
  return sums;
}
