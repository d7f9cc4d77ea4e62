import { type Address, concatHex, type Hex, parseEventLogs } from "viem";
import type { LocalAccount } from "viem/accounts";
import { toHex } from "../../protocol/bytes.ts";
import type { Reveal } from "../../protocol/condition.ts";
import { encodeInclusion, encodePreimages, encodeSpend } from "../../protocol/evidence.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { FIRST_OUTPUT_PIECE, type InFlightTerms, maskOf, packTerms, unpackTerms } from "../../protocol/inFlight.ts";
import { ETH } from "../../protocol/output.ts";
import { type Signer, signTransaction } from "../../protocol/signature.ts";
import type { OutputPreimage, Spend } from "../../protocol/spend.ts";
import { encodeBody, encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import type { L1 } from "./l1.ts";

/** A transaction that its owners have signed, with what they know of its inputs. */
export interface Flight {
  readonly transaction: Transaction;
  readonly txId: Hex;
  readonly raw: Uint8Array;
  readonly body: Hex;
  readonly witness: Hex;
  readonly inputs: readonly OutputPreimage[];
}

export async function signFlight(
  domain: Domain,
  transaction: Transaction,
  inputs: readonly OutputPreimage[],
  signers: readonly Signer[],
  reveals: readonly Reveal[] = [],
): Promise<Flight> {
  const raw = encodeSignedTransaction(await signTransaction(transaction, domain, signers, reveals));
  const bodyLength = encodeBody(transaction).length;
  return {
    transaction,
    txId: txIdOf(transaction, domain),
    raw,
    body: toHex(raw.subarray(0, bodyLength)),
    witness: toHex(raw.subarray(bodyLength)),
    inputs,
  };
}

/** A spend of input `inputIndex` in no block, as the contract takes it. */
export const spendOf = ({ body, witness, inputs }: Flight, inputIndex = 0, inclusion?: Inclusion): Spend => ({
  body,
  witness,
  preimages: inputs,
  inputIndex,
  ...(inclusion && { inclusion }),
});

/** What processing shows of an in-flight exit. */
export const inFlightOpeningOf = ({ body, transaction, inputs }: Flight, terms: InFlightTerms) => ({
  body,
  terms: packTerms(terms, transaction),
  preimages: encodePreimages(inputs),
});

const HINT = { entries: [], walkLimit: 200n };

export type InFlightPlayer = ReturnType<typeof createInFlightPlayer>;

/** Makes the moves of the in-flight game on L1, in the name of any account. */
export function createInFlightPlayer(l1: L1, contract: Address) {
  const call = { address: contract, abi: rootChainAbi, chain: null } as const;
  const done = async (sent: Promise<Hex>) => l1.client.waitForTransactionReceipt({ hash: await sent });

  return {
    /** Starts IFE(T) with pieces of the account's own; returns the terms. */
    async start(
      account: LocalAccount,
      { raw }: Flight,
      sources: readonly Hex[],
      pieces: readonly number[] = [],
    ): Promise<InFlightTerms> {
      const { baseFeePerGas } = await l1.client.getBlock();
      const minimum = { ...call, functionName: "minimumBond", args: [baseFeePerGas ?? 0n] } as const;
      const bond = (await l1.client.readContract(minimum)) * 2n;
      const { logs } = await done(
        l1.client.writeContract({
          ...call,
          functionName: "startInFlightExit",
          args: [toHex(raw), concatHex(sources), maskOf(pieces), HINT],
          value: bond * BigInt(1 + pieces.length),
          account,
        }),
      );
      const [started] = parseEventLogs({ abi: rootChainAbi, eventName: "InFlightExitStarted", logs });
      if (started === undefined) throw new TypeError("no in-flight exit was started");
      return unpackTerms(started.args.terms);
    },
    piggyback: (
      account: LocalAccount,
      { body, transaction, inputs }: Flight,
      terms: InFlightTerms,
      pieces: readonly number[],
    ) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "piggyback",
          args: [body, packTerms(terms, transaction), maskOf(pieces), encodePreimages(inputs), HINT],
          value: terms.bond * BigInt(pieces.length),
          account,
        }),
      ),
    contest: (
      account: LocalAccount,
      { body, transaction }: Flight,
      terms: InFlightTerms,
      inputIndex: number,
      competitor: Spend,
    ) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "challengeNonCanonical",
          args: [body, packTerms(terms, transaction), inputIndex, encodeSpend(competitor), account.address],
          account,
        }),
      ),
    respond: (account: LocalAccount, { txId, transaction }: Flight, terms: InFlightTerms, inclusion: Inclusion) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "respondNonCanonical",
          args: [txId, packTerms(terms, transaction), encodeInclusion(inclusion), account.address],
          account,
        }),
      ),
    challengePiece: (
      account: LocalAccount,
      { body, transaction }: Flight,
      terms: InFlightTerms,
      piece: number,
      spend: Spend,
    ) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "challengePiggyback",
          args: [
            body,
            packTerms(terms, transaction),
            piece,
            encodeSpend(spend, piece < FIRST_OUTPUT_PIECE ? "another" : "exiting"),
            account.address,
          ],
          account,
        }),
      ),
    remove: (account: LocalAccount, { txId, transaction }: Flight, terms: InFlightTerms) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "deleteInFlightExit",
          args: [txId, packTerms(terms, transaction)],
          account,
        }),
      ),
    /** Processes up to `max` entries of the ETH queue, whose in-flight ones are all `flights`. */
    process: (
      account: LocalAccount,
      flights: readonly (readonly [Flight, InFlightTerms])[],
      openings: Hex = "0x",
      max = 10n,
    ) =>
      done(
        l1.client.writeContract({
          ...call,
          functionName: "processExits",
          args: [ETH, max, openings, flights.map(([flight, terms]) => inFlightOpeningOf(flight, terms))],
          account,
          gas: 8_000_000n,
        }),
      ),
    async pass(seconds: number) {
      await l1.client.increaseTime({ seconds });
      await l1.client.mine({ blocks: 1 });
    },
  };
}
