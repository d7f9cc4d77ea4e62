import type { Address } from "viem";
import type { SealedBlock } from "../../protocol/block.ts";
import { encodeFeeClaim } from "../../protocol/feeClaim.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, type Output, outputIdOf } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import { decodeSignedTransaction, encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { pay, spend } from "./ledger.ts";

/** What an operator that turns bad has in its hands. */
export interface Scene {
  readonly domain: Domain;
  /** Number of the block that it builds. */
  readonly block: bigint;
  /** Payments that honest people sent, in the order in which they were acknowledged. */
  readonly pending: readonly Uint8Array[];
  /** Its accomplice, or itself. */
  readonly thief: Signer;
  /** An output that the thief has spent before. */
  readonly spentByThief: LedgerOutput;
  /** An unspent output of somebody else. */
  readonly ofVictim: LedgerOutput;
}

/** One bad block, and who is shown what of it. */
export interface BadBlock {
  readonly entries: readonly Uint8Array[];
  readonly changes?: Partial<SealedBlock>;
  /** Index of the entry whose first output the thief takes to L1. */
  readonly invention?: number;
  /** What each of the two faces shows as the block; undefined: nothing. By default the entries, on both. */
  readonly shown?: readonly [Shown, Shown];
}

type Shown = readonly Uint8Array[] | undefined;

/** Far more than anybody has deposited. */
const LOOT = 10n ** 20n;

const addressOf = ({ address }: Signer) => address.toLowerCase() as Address;

/** A transaction that gives the whole of an output to the thief, with the thief's signature whoever the owner is. */
async function steal(scene: Scene, source: LedgerOutput): Promise<Uint8Array> {
  const transaction = spend([source], [pay(addressOf(scene.thief), source.output.amount)]);
  return encodeSignedTransaction(await signTransaction(transaction, scene.domain, [scene.thief]));
}

/** The payment with another amount for its receiver, under the signatures of the true one. */
function withAmount(raw: Uint8Array, amount: bigint): Uint8Array {
  const signed = decodeSignedTransaction(raw);
  const [first, ...rest] = signed.transaction.outputs as [Output, ...Output[]];
  const transaction: Transaction = { ...signed.transaction, outputs: [{ ...first, amount }, ...rest] };
  return encodeSignedTransaction({ ...signed, transaction });
}

function neverWas({ thief, block }: Scene): LedgerOutput {
  const output = pay(addressOf(thief), LOOT);
  const position = encodePosition({ block: block - 1n, txIndex: 0, outputIndex: 7 });
  return { position, outputId: outputIdOf(ZERO_HASH, 0, output), output };
}

/** Every way in which the operator misbehaves, by name. */
export const MISDEEDS = {
  /** A transaction of money that never was, before the payments of others. */
  mint: async (scene) => ({ entries: [await steal(scene, neverWas(scene)), ...scene.pending], invention: 0 }),

  doubleSpend: async (scene) => ({
    entries: [...scene.pending, await steal(scene, scene.spentByThief)],
    invention: scene.pending.length,
  }),

  /** Another amount than its sender signed. */
  changeAmount: async ({ pending: [first, ...rest] }) => ({
    entries: [withAmount(first ?? new Uint8Array(0), LOOT), ...rest],
  }),

  forgeSignature: async (scene) => ({
    entries: [...scene.pending, await steal(scene, scene.ofVictim)],
    invention: scene.pending.length,
  }),

  /** Fees that nobody paid. */
  claimFees: async ({ block, pending, thief }) => ({
    entries: [...pending, encodeFeeClaim({ blockNumber: block, token: ETH, owner: addressOf(thief), amount: LOOT })],
    invention: pending.length,
  }),

  /** One entry more than there is. */
  miscount: async ({ pending }) => ({ entries: pending, changes: { txCount: pending.length + 1 } }),

  /** Children before their parents. */
  reorder: async ({ pending }) => ({ entries: pending.toReversed() }),

  /** A block of stolen money that nobody is shown. */
  withhold: async (scene) => ({
    entries: [await steal(scene, neverWas(scene)), ...scene.pending],
    invention: 0,
    shown: [undefined, undefined],
  }),

  /** All of a block but its last payment. */
  withholdOne: async ({ pending }) => ({
    entries: pending,
    shown: [pending.slice(0, -1), pending.slice(0, -1)],
  }),

  /** Shows another body than the one whose root is on L1. */
  showAnother: async ({ pending }) => {
    const [first, ...rest] = pending;
    const another = [withAmount(first ?? new Uint8Array(0), 1n), ...rest];
    return { entries: pending, shown: [another, another] };
  },

  /** The block to one, another body to the other. */
  equivocate: async ({ pending }) => {
    const [first, ...rest] = pending;
    return { entries: pending, shown: [pending, [withAmount(first ?? new Uint8Array(0), 1n), ...rest]] };
  },

  /** Nothing wrong. */
  behave: async ({ pending }) => ({ entries: pending }),

  /** A block without the payments that were acknowledged. */
  forget: async () => ({ entries: [] }),
} as const satisfies Record<string, (scene: Scene) => Promise<BadBlock>>;

export type Misdeed = keyof typeof MISDEEDS;
