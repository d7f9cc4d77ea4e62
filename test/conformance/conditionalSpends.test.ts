import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Address, concatHex, type Hex } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import type { Reveal } from "../../protocol/condition.ts";
import { isConditional } from "../../protocol/conditionalSpend.ts";
import { depositOriginId, depositOutput, depositOutputId, nextDepositHash } from "../../protocol/deposit.ts";
import { encodeProofSource, encodeSpend } from "../../protocol/evidence.ts";
import { exitableAt, minimumBond } from "../../protocol/exit.ts";
import { conditionsAbi } from "../../protocol/generated/conditions.ts";
import { CHALLENGE_GAS } from "../../protocol/generated/constants.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { portableCrypto, ZERO_HASH } from "../../protocol/hashing.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { type InFlightTerms, maskOf, packTerms } from "../../protocol/inFlight.ts";
import type { LedgerOutput } from "../../protocol/ledger.ts";
import { leafHash, merkleTree } from "../../protocol/merkle.ts";
import { ETH, type Output, outputIdOf } from "../../protocol/output.ts";
import { depositPosition, encodePosition } from "../../protocol/position.ts";
import type { ExitProof } from "../../protocol/proof.ts";
import { type Signer, signersOf, signTransaction } from "../../protocol/signature.ts";
import { type OutputPreimage, type Spend, verifySpend } from "../../protocol/spend.ts";
import { checkTransaction } from "../../protocol/stateTransition.ts";
import { encodeBody, encodeSignedTransaction, type Transaction } from "../../protocol/transaction.ts";
import { type Domain, txIdOf } from "../../protocol/typedData.ts";
import { decodeWitness, encodeWitness } from "../../protocol/witness.ts";
import { assemble } from "../support/assembler.ts";
import { createTestConditions, locked, PASSWORD, unlock } from "../support/conditions.ts";
import { createTestEvm } from "../support/evm.ts";
import { codeOf } from "../support/expectCode.ts";
import { createTestLedger, pay, spend } from "../support/ledger.ts";
import { alice, bob, carol } from "../support/sampleBlock.ts";
import { assertAgreement } from "./agreement.ts";

// The real contract, with conditional outputs in block 1 and what may have spent them in block 2.
const OPERATOR: Address = "0x00000000000000000000000000000000000000aa";
const PERIOD = 3_600;
const HINT = { entries: [], walkLimit: 200n };
const BOND = minimumBond(CHALLENGE_GAS, 0n);
const START = 1_900_000_000;
const WORD = "open sesame";

const evm = createTestEvm();
const rootChain = await evm.deploy(
  "contracts/RootChain.sol",
  "RootChain",
  [OPERATOR, BigInt(PERIOD), OPERATOR],
  // What conditions revert with passes through the root chain.
  [...rootChainAbi, ...conditionsAbi.filter(({ type }) => type === "error")],
);
const domain: Domain = { chainId: evm.chainId, contract: rootChain.address };
const registryAt = await rootChain.call("conditions");
assert.ok("value" in registryAt);
const registry = evm.at((registryAt.value as Address).toLowerCase() as Address, conditionsAbi);
const conditions = createTestConditions(registry.address);

/** Registers code on L1 behind the newest block, and in the VM. */
async function register(code: Uint8Array, newestBlock: bigint): Promise<Address> {
  const address = conditions.register(code, newestBlock);
  const registered = (await registry.send("register", [toHex(code)])) as Address;
  assert.equal(registered.toLowerCase(), address);
  return address;
}

/** Code that does the same and has another address. */
const twin = (suffix: string): Uint8Array => Uint8Array.from([...PASSWORD, ...assemble(suffix)]);
const password = await register(PASSWORD, 0n);

/** An output with all that is shown of it. */
interface Known extends LedgerOutput {
  readonly preimage: OutputPreimage;
  readonly proof: ExitProof;
}

evm.timestamp = START;
const deposits: Known[] = [];
let depositHash: Hex = ZERO_HASH;
for (const index of [0, 1]) {
  const deposit = { index, block: 0n, owner: alice.address, token: ETH, amount: 100n };
  await rootChain.send("deposit", [alice.address, 0n], { from: alice.address, value: 100n });
  const shown = {
    position: depositPosition(index, 0n),
    outputId: depositOutputId(deposit),
    output: depositOutput(deposit),
  };
  const preimage = { originId: depositOriginId(index, 0n), outputIndex: 0, output: shown.output };
  const proof = { version: 1 as const, kind: "deposit" as const, ...domain, ...shown, index, block: 0n };
  deposits.push({ ...shown, preimage, proof: { ...proof, previousDepositHash: depositHash } });
  depositHash = nextDepositHash(depositHash, shown.outputId);
}
const [funds, coin] = deposits as [Known, Known];

interface Entry {
  readonly transaction: Transaction;
  readonly txId: Hex;
  readonly body: Hex;
  readonly witness: Hex;
  readonly inputs: readonly Known[];
}

async function signed(
  inputs: readonly Known[],
  outputs: readonly Output[],
  signers: readonly Signer[],
  reveals: readonly Reveal[] = [],
  rest: Partial<Transaction> = {},
): Promise<Entry> {
  const transaction = spend(inputs, outputs, rest);
  const raw = encodeSignedTransaction(await signTransaction(transaction, domain, signers, reveals));
  const body = toHex(encodeBody(transaction));
  return {
    transaction,
    txId: txIdOf(transaction, domain),
    body,
    witness: `0x${toHex(raw).slice(body.length)}`,
    inputs,
  };
}

interface Committed {
  readonly header: BlockHeader;
  readonly inclusion: (entry: Entry) => Inclusion;
  readonly created: (entry: Entry) => Known[];
}

let parent: BlockHeader = GENESIS;
async function commit(entries: readonly Entry[]): Promise<Committed> {
  evm.timestamp += 10;
  const hashes = entries.map(({ witness }) => toHex(portableCrypto.keccak256(fromHex(witness))));
  const { root, path } = merkleTree(entries.map(({ txId }, index) => leafHash(txId, hashes[index] as Hex)));
  const time = { timestamp: evm.timestamp, sealedAt: evm.timestamp };
  const rest = { root, txCount: entries.length, depositCount: 2, depositHash, ...time };
  const header: BlockHeader = { ...rest, number: parent.number + 1n, parentHash: headerHash(parent) };
  await rootChain.send("submitBlocks", [parent, [header], depositHash], { from: OPERATOR });
  parent = header;
  const inclusion = (entry: Entry): Inclusion => {
    const txIndex = entries.indexOf(entry);
    return { header, txIndex, witnessHash: hashes[txIndex] as Hex, path: [...path(txIndex)] };
  };
  const created = (entry: Entry): Known[] =>
    entry.transaction.outputs.map((output, outputIndex) => {
      const place = { block: header.number, txIndex: entries.indexOf(entry), outputIndex };
      const shown = { position: encodePosition(place), outputId: outputIdOf(entry.txId, outputIndex, output), output };
      const { body, witness } = entry;
      const proof = { version: 1 as const, kind: "transaction" as const, ...domain, ...shown, body, witness };
      const preimage = { originId: entry.txId, outputIndex, output };
      return { ...shown, preimage, proof: { ...proof, inclusion: inclusion(entry) } };
    });
  return { header, inclusion, created };
}

// Block 1: outputs behind a word, whose conditions are registered before block 1, before block 2, after it, and never.
const early = twin("JUMPDEST");
const late = twin("JUMPDEST JUMPDEST");
const unregistered: Address = "0x00000000000000000000000000000000000000ee";
const addressOf = async (code: Uint8Array): Promise<Address> => {
  const outcome = await registry.call("addressOf", [toHex(code)]);
  assert.ok("value" in outcome);
  return (outcome.value as Address).toLowerCase() as Address;
};
const words = [password, password, await addressOf(early), await addressOf(late), unregistered];
const lock = await signed(
  [funds],
  words.map((condition) => locked(condition, WORD, 10n, bob.address)),
  [alice],
);
const first = await commit([lock]);
const [guarded, other, second, third, never] = first.created(lock) as [Known, Known, Known, Known, Known];
await register(early, 1n);

// Block 2, in which the operator puts whatever he likes.
const toCarol = [pay(carol.address, 10n)];
const opened = await signed([guarded], toCarol, [], [unlock(password, 0, WORD)]);
const entries = {
  "shows the word": opened,
  "shows the word, signed by somebody": await signed([guarded], toCarol, [carol], [unlock(password, 0, WORD)], {
    memo: guarded.outputId,
  }),
  "shows a wrong word": await signed([guarded], toCarol, [], [unlock(password, 0, WORD, "close sesame")], {
    memo: second.outputId,
  }),
  "shows nothing": await signed([guarded], toCarol, [], []),
  "shows nothing, signed by the refund address": await signed([guarded], toCarol, [bob], [], { memo: second.outputId }),
  "shows other params": await signed([guarded], toCarol, [], [unlock(password, 0, "mine")]),
  "shows another condition": await signed([guarded], toCarol, [], [unlock(words[2] as Address, 0, WORD)]),
  "shows another input": await signed([guarded], toCarol, [], [unlock(password, 1, WORD)]),
  "shows an input twice": await signed([guarded], toCarol, [], [unlock(password, 0, WORD), unlock(password, 1, WORD)]),
  "spends too much": await signed([guarded], [pay(carol.address, 11n)], [], [unlock(password, 0, WORD)]),
  "spends two": await signed([guarded, other], toCarol, [], [unlock(password, 0, WORD), unlock(password, 1, WORD)]),
  "spends two and shows one": await signed([guarded, other], toCarol, [], [unlock(password, 0, WORD)]),
  "spends a plain one, too": await signed([guarded, coin], toCarol, [alice], [unlock(password, 0, WORD)]),
  "spends a plain one without its owner": await signed([guarded, coin], toCarol, [carol], [unlock(password, 0, WORD)]),
  "spends a plain one first": await signed([coin, guarded], toCarol, [alice], [unlock(password, 1, WORD)]),
  "uses a condition of block 1": await signed([second], toCarol, [], [unlock(words[2] as Address, 0, WORD)]),
  "uses a condition registered later": await signed([third], toCarol, [], [unlock(words[3] as Address, 0, WORD)]),
  "uses a condition that is not registered": await signed([never], toCarol, [], [unlock(unregistered, 0, WORD)]),
} satisfies Record<string, Entry>;
const block = await commit(Object.values(entries));
await register(late, 2n);
const ACCEPTED: ReadonlySet<string> = new Set<keyof typeof entries>([
  "shows the word",
  "shows the word, signed by somebody",
  "spends two",
  "spends a plain one, too",
  "spends a plain one first",
  "uses a condition of block 1",
]);

/** The spend as a challenge shows it, of its first conditional input. */
const evidenceOf = (entry: Entry, rest: Partial<Spend> = {}): Spend => ({
  body: entry.body,
  witness: entry.witness,
  preimages: entry.inputs.map(({ preimage }) => preimage),
  inputIndex: entry.inputs.findIndex(({ output }) => isConditional(output)),
  inclusion: block.inclusion(entry),
  inputs: entry.inputs.map(({ proof }) => proof),
  ...rest,
});

const targetOf = ({ inputs }: Entry): Known => inputs.find(({ output }) => isConditional(output)) as Known;

// In flight: of each output, a transaction that pays it to bob.
const flights = new Map<Known, { readonly entry: Entry; readonly terms: InFlightTerms }>();
evm.timestamp += 10;
for (const [target, condition, registeredBehind] of [
  [guarded, password, 0n],
  [second, words[2] as Address, 1n],
  [third, words[3] as Address, 2n],
] as const) {
  const entry = await signed([target], [pay(bob.address, 10n)], [], [unlock(condition, 0, WORD)]);
  const args = [concatHex([entry.body, entry.witness]), encodeProofSource(target.proof), maskOf([]), HINT];
  await rootChain.send("startInFlightExit", args, { from: bob.address, value: BOND });
  const [startedAt, { position }] = [evm.timestamp, target];
  const time = exitableAt({ startedAt, minExitPeriod: PERIOD, blockTimestamp: first.header.timestamp });
  const terms = { startedAt, exitableAt: time, registeredBehind, position, bond: BOND, starter: bob.address };
  flights.set(target, { entry, terms });
}

describe("spends of conditional outputs", () => {
  /** Whether the spend counts against the in-flight exit of the same output, for the contract and off L1. */
  async function compare(entry: Entry, evidence: Spend, context: string): Promise<boolean> {
    const target = targetOf(entry);
    const flight = flights.get(target) ?? flights.get(guarded);
    assert.ok(flight);
    const { transaction, body } = flight.entry;
    const args = [body, packTerms(flight.terms, transaction), 0, encodeSpend(evidence), OPERATOR];
    const outcome = await rootChain.call("challengeNonCanonical", args);
    await prepare(entry, evidence);
    const verify = () => verifySpend(evidence, target, { domain, now: evm.timestamp, conditions });
    return assertAgreement(outcome, verify, context, "packed") !== undefined;
  }

  /** Asks the conditions of what can be read. */
  async function prepare({ txId, inputs }: Entry, { body, witness }: Spend): Promise<void> {
    const { signatures, reveals } = decodeWitness(fromHex(witness));
    const spent = inputs.map(({ output }) => output);
    const asked = { body: fromHex(body), spent, signers: signersOf(txId, signatures), reveals };
    await conditions.prepare(asked).catch((error) => assert.match(error.code, /^TX_CONDITION_/));
  }

  for (const [name, entry] of Object.entries(entries)) {
    test(`are judged alike: one that ${name}`, async () => {
      assert.equal(await compare(entry, evidenceOf(entry), name), ACCEPTED.has(name));
    });
  }

  test("are judged by the ledger as in a challenge", async () => {
    const ledger = createTestLedger(conditions);
    ledger.apply({ txId: ZERO_HASH, spent: [], created: [coin, ...first.created(lock)] });
    for (const [name, entry] of Object.entries(entries)) {
      const { transaction, txId } = entry;
      const { header, txIndex } = block.inclusion(entry);
      const witness = decodeWitness(fromHex(entry.witness));
      const recovered = { transaction, txId, ...witness, signers: signersOf(txId, witness.signatures) };
      const place = { block: header.number, txIndex, ...header, minExitPeriod: PERIOD };
      await prepare(entry, evidenceOf(entry));
      const code = codeOf(() => checkTransaction(recovered, place, ledger));
      assert.equal(code === undefined, ACCEPTED.has(name), `${name}: ${code}`);
    }
  });

  test("count only where they are shown included (R16)", async () => {
    for (const entry of [opened, entries["spends a plain one, too"]]) {
      const { inclusion, inputs, ...bare } = evidenceOf(entry);
      assert.equal(await compare(entry, bare, "in no block"), false);
      assert.equal(await compare(entry, { ...bare, ...(inputs && { inputs }) }, "in no block, inputs shown"), false);
    }
  });

  test("count only where every input is shown where it was created (R16)", async () => {
    const entry = entries["spends a plain one, too"];
    const good = evidenceOf(entry);
    const shown = [guarded.proof, coin.proof];
    for (const inputs of [
      [],
      [shown[0]],
      [shown[1]],
      [shown[1], shown[0]],
      [...shown, shown[0]],
      [shown[0], shown[0]],
    ]) {
      const evidence = { ...good, inputs: inputs as ExitProof[] };
      assert.equal(await compare(entry, evidence, `${inputs.length} inputs shown`), false);
    }
  });

  test("by another transaction's place do not count", async () => {
    const inclusion = block.inclusion(entries["shows nothing"]);
    assert.equal(await compare(opened, evidenceOf(opened, { inclusion }), "another's place"), false);
  });

  test("with other reveals than were included do not count", async () => {
    const { signatures } = decodeWitness(fromHex(opened.witness));
    const witness = toHex(encodeWitness({ signatures, reveals: [unlock(password, 0, WORD, "close sesame")] }));
    assert.equal(await compare(opened, evidenceOf(opened, { witness }), "a wrong word"), false);
  });
});
