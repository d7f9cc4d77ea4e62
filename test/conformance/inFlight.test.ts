import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Address, concatHex, type Hex } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { toHex } from "../../protocol/bytes.ts";
import { depositOriginId, depositOutput, depositOutputId, nextDepositHash } from "../../protocol/deposit.ts";
import {
  encodeDepositSource,
  encodeHeader,
  encodeInclusion,
  encodePreimages,
  encodeProofSource,
  encodeSpend,
} from "../../protocol/evidence.ts";
import { exitableAt, flagOf, minimumBond } from "../../protocol/exit.ts";
import { CHALLENGE_GAS } from "../../protocol/generated/constants.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import {
  decodeInFlightWord,
  IN_NO_BLOCK,
  type InFlightTerms,
  inFlightEntryId,
  maskOf,
  packTerms,
  placeOf,
} from "../../protocol/inFlight.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { ETH, outputIdOf } from "../../protocol/output.ts";
import { decodePosition, depositPosition } from "../../protocol/position.ts";
import type { Signer } from "../../protocol/signature.ts";
import type { OutputPreimage } from "../../protocol/spend.ts";
import { decodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { createTestEvm, type Outcome } from "../support/evm.ts";
import { type Flight, inFlightOpeningOf, signFlight, spendOf } from "../support/inFlight.ts";
import { pay, spend } from "../support/ledger.ts";
import { alice, bob, carol, createSampleBlock, SAMPLE_COMMITTED_AT, SAMPLE_SEALED_AT } from "../support/sampleBlock.ts";

// The real contract with the sample block committed, an empty block behind it, and a deposit behind that.
const OPERATOR: Address = "0x00000000000000000000000000000000000000aa";
const PERIOD = 3_600;
const HINT = { entries: [], walkLimit: 200n };
const BOND = minimumBond(CHALLENGE_GAS, 0n);
const SECOND_COMMITTED_AT = SAMPLE_COMMITTED_AT + 5_000;
const FIRST_ENTRY = `0x${"00".repeat(31)}01`;

const evm = createTestEvm();
const rootChain = await evm.deploy(
  "contracts/RootChain.sol",
  "RootChain",
  [OPERATOR, BigInt(PERIOD), OPERATOR],
  rootChainAbi,
);
const token = await evm.deploy("contracts/dev/DevToken.sol", "DevToken", ["Token", "TKN"]);
const domain: Domain = { chainId: evm.chainId, contract: rootChain.address };
const sample = await createSampleBlock(domain, token.address);

evm.timestamp = SAMPLE_SEALED_AT;
for (const { owner, amount, token: currency } of sample.depositsMade) {
  if (currency === ETH) {
    await rootChain.send("deposit", [owner, 0n], { from: owner, value: amount });
  } else {
    await token.send("mint", [owner, amount]);
    await token.send("approve", [rootChain.address, amount], { from: owner });
    await rootChain.send("depositERC20", [currency, amount, owner, 0n], { from: owner });
  }
}
evm.timestamp = SAMPLE_COMMITTED_AT;
await rootChain.send("submitBlocks", [GENESIS, [sample.header], sample.header.depositHash], { from: OPERATOR });
evm.timestamp = SECOND_COMMITTED_AT;
const second: BlockHeader = {
  ...sample.header,
  number: 2n,
  parentHash: headerHash(sample.header),
  root: ZERO_HASH,
  txCount: 0,
  timestamp: SECOND_COMMITTED_AT,
};
await rootChain.send("submitBlocks", [sample.header, [second], second.depositHash], { from: OPERATOR });
const lateDeposit = { index: 3, block: 2n, owner: alice.address, token: ETH, amount: 9n };
await rootChain.send("deposit", [alice.address, 2n], { from: alice.address, value: 9n });

interface Known extends LedgerOutput {
  readonly preimage: OutputPreimage;
  readonly source: Hex;
}

const madeBefore = (index: number): Known => {
  const shown = sample.depositProof(index);
  const { position, outputId, output } = shown;
  const preimage = { originId: depositOriginId(index, 0n), outputIndex: 0, output };
  return { position, outputId, output, preimage, source: encodeProofSource(shown) };
};
const included = (txIndex: number, outputIndex: number): Known => {
  const { output, outputId, position, ...shown } = sample.proof(txIndex, outputIndex);
  const preimage = { originId: sample.entries[txIndex]?.txId ?? ZERO_HASH, outputIndex, output };
  return { position, outputId, output, preimage, source: encodeProofSource({ output, outputId, position, ...shown }) };
};
const late: Known = {
  position: depositPosition(3, 2n),
  outputId: depositOutputId(lateDeposit),
  output: depositOutput(lateDeposit),
  preimage: { originId: depositOriginId(3, 2n), outputIndex: 0, output: depositOutput(lateDeposit) },
  source: encodeDepositSource({
    output: depositOutput(lateDeposit),
    previousDepositHash: sample.depositsMade.reduce<Hex>(
      (hash, deposit) => nextDepositHash(hash, depositOutputId(deposit)),
      ZERO_HASH,
    ),
  }),
};
const [ether, tokens, change] = [madeBefore(0), madeBefore(1), madeBefore(2)] as const;
const received = included(0, 1);

const fly = (inputs: readonly Known[], outputs: Transaction["outputs"], signers: readonly Signer[], memo = 0) =>
  signFlight(
    domain,
    spend(inputs, outputs, { memo: `0x${memo.toString(16).padStart(64, "0")}` }),
    inputs.map(({ preimage }) => preimage),
    signers,
  );

/** Starts an in-flight exit now; returns the terms that the protocol gives it. */
async function start(
  { raw }: Flight,
  inputs: readonly Known[],
  starter: Address,
  pieces: readonly number[] = [],
): Promise<InFlightTerms> {
  const sources = inputs.map(({ source }) => source);
  if (inputs.includes(late)) sources.push(encodeHeader(second));
  const value = BOND * BigInt(1 + pieces.length);
  const args = [toHex(raw), concatHex(sources), maskOf(pieces), HINT];
  await rootChain.send("startInFlightExit", args, { from: starter, value });
  const position = inputs.reduce((youngest, input) => (input.position > youngest ? input.position : youngest), 0n);
  const { block } = decodePosition(position);
  const blockTimestamp = { 0: 0, 1: SAMPLE_COMMITTED_AT, 2: SECOND_COMMITTED_AT }[Number(block)] ?? Number.NaN;
  const times = { startedAt: evm.timestamp, minExitPeriod: PERIOD, blockTimestamp };
  return {
    startedAt: evm.timestamp,
    exitableAt: exitableAt(times),
    registeredBehind: 0n,
    position,
    bond: BOND,
    starter,
  };
}

const piggyback = (
  { body, transaction, inputs }: Flight,
  terms: InFlightTerms,
  pieces: readonly number[],
  from: Address,
) =>
  rootChain.call("piggyback", [body, packTerms(terms, transaction), maskOf(pieces), encodePreimages(inputs), HINT], {
    from,
    value: terms.bond * BigInt(pieces.length),
  });

const succeeds = (outcome: Outcome) => assert.ok("value" in outcome, JSON.stringify(outcome));

async function stateOf({ txId }: Flight) {
  const outcome = await rootChain.call("inFlightExitOf", [txId]);
  assert.ok("value" in outcome);
  const [word, oldest, bondOwner] = outcome.value as [bigint, bigint, Address];
  return { state: decodeInFlightWord(word), oldest, bondOwner: bondOwner.toLowerCase() };
}

describe("in-flight exits", () => {
  test("have the same terms and the same entries in the queue (R12, R14)", async () => {
    const sources = {
      "made before block 1": [change],
      "of block 1": [change, received],
      "made behind block 2": [late, change],
    };
    let memo = 1;
    for (const [name, inputs] of Object.entries(sources)) {
      for (const delay of [0, 1, 20, 21, 22, 1_000, PERIOD - 1, PERIOD, PERIOD + 1, 10 * PERIOD + 7]) {
        evm.timestamp = SECOND_COMMITTED_AT + delay;
        const owners = inputs.includes(late) ? [alice, carol] : [carol];
        const flight = await fly(inputs, [pay(carol.address, 1n)], owners, memo++);
        const terms = await start(flight, inputs, bob.address);
        succeeds(await piggyback(flight, terms, [8], carol.address));
        for (const other of [
          { ...terms, startedAt: terms.startedAt + 1 },
          { ...terms, exitableAt: terms.exitableAt + 1 },
          { ...terms, position: terms.position + 1n },
          { ...terms, starter: carol.address },
        ]) {
          const refusal = { error: "InFlightExitUnknown" };
          assert.deepEqual(await piggyback(flight, other, [8], carol.address), refusal, `${name}, ${delay} s`);
        }
      }
    }
    evm.timestamp = SECOND_COMMITTED_AT + 40 * PERIOD;
    const flight = await fly([change], [pay(carol.address, 7n)], [carol], memo);
    const { startedAt } = await start(flight, [change], carol.address, [8]);
    const entry = { value: inFlightEntryId(flight.txId, startedAt) };
    assert.deepEqual(await rootChain.call("nextExit", [ETH, FIRST_ENTRY]), entry);
  });

  test("are read alike in every state, and finalise with the same flags (R13)", async () => {
    evm.timestamp = SECOND_COMMITTED_AT + 50 * PERIOD;
    const outputs = [pay(carol.address, 100n), pay(carol.address, 50n, token.address)];
    const flight = await fly([ether, tokens], outputs, [alice, bob]);
    const { body, transaction, inputs } = flight;
    const nothing = { contested: false, settled: false, verdict: "none" } as const;
    assert.equal((await stateOf(flight)).state, undefined);
    const terms = await start(flight, [ether, tokens], alice.address, [0]);
    assert.deepEqual((await stateOf(flight)).state, { ...nothing, pieces: [0] });
    const both = [body, packTerms(terms, transaction), maskOf([8, 9]), encodePreimages(inputs), HINT];
    await rootChain.send("piggyback", both, { from: carol.address, value: 2n * BOND });
    assert.deepEqual((await stateOf(flight)).state, { ...nothing, pieces: [0, 8, 9] });

    const contest = async (evidence: ReturnType<typeof spendOf>, from: Address) => {
      const args = [body, packTerms(terms, transaction), 0, encodeSpend(evidence), from];
      await rootChain.send("challengeNonCanonical", args, { from });
    };
    const loose = await fly([ether], [pay(bob.address, 1n)], [alice]);
    await contest(spendOf(loose), carol.address);
    const standing = { state: { ...nothing, pieces: [0, 8, 9], contested: true }, oldest: IN_NO_BLOCK };
    assert.deepEqual(await stateOf(flight), { ...standing, bondOwner: carol.address });
    const rival = sample.spend(sample.entries[0]?.raw ?? new Uint8Array(), 0, { inclusion: sample.inclusion(0) });
    await contest(rival, bob.address);
    assert.deepEqual(await stateOf(flight), { ...standing, oldest: placeOf(1n, 0), bondOwner: bob.address });

    // The same exit uncontested, up to a verdict that leaves an entry in another queue.
    evm.timestamp = SECOND_COMMITTED_AT + 60 * PERIOD;
    const quiet = await fly(
      [change, tokens],
      [pay(carol.address, 7n), pay(carol.address, 50n, token.address)],
      [bob, carol],
    );
    const quietTerms = await start(quiet, [change, tokens], carol.address, [8, 9]);
    evm.timestamp = quietTerms.exitableAt + 1;
    const openings = [inFlightOpeningOf(flight, terms), inFlightOpeningOf(quiet, quietTerms)];
    const tokenEntries = [token.address, 9n, "0x", openings];
    await rootChain.send("processExits", tokenEntries);
    assert.deepEqual((await stateOf(flight)).state, {
      ...nothing,
      pieces: [0, 8],
      contested: true,
      verdict: "not canonical",
    });
    assert.deepEqual((await stateOf(quiet)).state, { ...nothing, pieces: [8], verdict: "canonical" });
    const flags: [Hex, Parameters<typeof flagOf>[0]][] = [
      [ether.outputId, undefined],
      [change.outputId, { kind: "spent", txId: quiet.txId }],
      [tokens.outputId, { kind: "spent", txId: quiet.txId }],
      [outputIdOf(quiet.txId, 1, pay(carol.address, 50n, token.address)), { kind: "paid" }],
    ];
    for (const [outputId, finalised] of flags)
      assert.deepEqual(await rootChain.call("flagOf", [outputId]), { value: flagOf(finalised) });
  });

  test("of an expired transaction start contested, and give way to its inclusion (R10)", async () => {
    evm.timestamp = SECOND_COMMITTED_AT + 80 * PERIOD;
    const raw = sample.entries[2]?.raw ?? new Uint8Array();
    const { body, witness, preimages: inputs } = sample.spend(raw, 0);
    const { transaction } = decodeSignedTransaction(raw);
    const flight = { transaction, txId: sample.entries[2]?.txId ?? ZERO_HASH, raw, body, witness, inputs };
    const terms = await start(flight, [included(0, 0), change], bob.address);
    const state = { pieces: [], contested: true, settled: false, verdict: "none" } as const;
    assert.deepEqual((await stateOf(flight)).state, state);
    const args = [flight.txId, packTerms(terms, transaction), encodeInclusion(sample.inclusion(2)), carol.address];
    await rootChain.send("respondNonCanonical", args);
    assert.deepEqual(await stateOf(flight), {
      state: { ...state, contested: false },
      oldest: placeOf(1n, 2),
      bondOwner: carol.address,
    });
  });
});
