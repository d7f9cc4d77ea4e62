import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Address } from "viem";
import { type BlockHeader, GENESIS, headerHash } from "../../protocol/block.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { encodeSource, encodeSpend } from "../../protocol/evidence.ts";
import { exitableAt, minimumBond } from "../../protocol/exit.ts";
import { CHALLENGE_GAS } from "../../protocol/generated/constants.ts";
import { rootChainAbi } from "../../protocol/generated/rootChain.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { leafHash } from "../../protocol/merkle.ts";
import { ETH } from "../../protocol/output.ts";
import { encodePosition } from "../../protocol/position.ts";
import { type ExitProof, type InclusionProof, verifyProof } from "../../protocol/proof.ts";
import type { Signer } from "../../protocol/signature.ts";
import { type ChallengedExit, type Spend, verifySpend } from "../../protocol/spend.ts";
import type { Transaction } from "../../protocol/transaction.ts";
import type { Domain } from "../../protocol/typedData.ts";
import { mutatedArb } from "../support/arbitraries.ts";
import { NO_CONDITIONS } from "../support/conditions.ts";
import { createTestEvm, type Outcome } from "../support/evm.ts";
import { pay, spend } from "../support/ledger.ts";
import {
  alice,
  bob,
  carol,
  createSampleBlock,
  SAMPLE_COMMITTED_AT,
  SAMPLE_SEALED_AT,
  signed,
} from "../support/sampleBlock.ts";
import { assertAgreement } from "./agreement.ts";

// The real contract with the sample block committed; every case runs against it and is then forgotten.
const OPERATOR: Address = "0x00000000000000000000000000000000000000aa";
const PERIOD = 3_600;
const HINT = { entries: [], walkLimit: 200n };

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
const BOND = minimumBond(CHALLENGE_GAS, 0n);

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

// A bad operator puts the first payment into block 2 once more. Its second output, proven from there:
const again: BlockHeader = {
  ...sample.header,
  number: 2n,
  parentHash: headerHash(sample.header),
  root: toHex(leafHash(sample.entries[0]?.txId ?? ZERO_HASH, sample.inclusion(0).witnessHash)),
  txCount: 1,
};
await rootChain.send("submitBlocks", [sample.header, [again], again.depositHash], { from: OPERATOR });
const repeated: InclusionProof = {
  ...sample.proof(0, 1),
  position: encodePosition({ block: 2n, txIndex: 0, outputIndex: 1 }),
  inclusion: { ...sample.inclusion(0), header: again, path: [] },
};
evm.timestamp = SAMPLE_COMMITTED_AT + 10;

const isCommitted = (header: BlockHeader): boolean => {
  try {
    return [sample.header, again].some((committed) => headerHash(header) === headerHash(committed));
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
};

test("the contract holds the hashes that the proofs lead to (I7)", async () => {
  assert.deepEqual(await rootChain.call("blockHashes", [1n]), { value: headerHash(sample.header) });
  for (const { index } of sample.depositsMade) {
    const anchor = verifyProof(sample.depositProof(index), { domain });
    assert.deepEqual(await rootChain.call("depositHashes", [BigInt(index)]), { value: anchor.hash });
  }
});

describe("exits of transactions and fee claims", () => {
  const start = (proof: InclusionProof): Promise<Outcome> =>
    rootChain.call("startExit", [encodeSource(proof), Number(proof.position & 0xffn), HINT, "0x"], {
      from: proof.output.owner,
      value: BOND,
    });

  /** A header that is not committed is refused before anything that is shown with it. */
  const compare = async (proof: InclusionProof, context?: string): Promise<boolean> => {
    const outcome = await start(proof);
    if ("error" in outcome && outcome.error === "BlockUnknown" && !isCommitted(proof.inclusion.header)) return false;
    return assertAgreement(outcome, () => verifyProof(proof, { domain }), context, "packed") !== undefined;
  };
  const proofs = [sample.proof(0, 0), sample.proof(0, 1), sample.proof(1, 0), sample.proof(2, 0), sample.proof(3, 0)];

  test("start with the proof file alone (I4)", async () => {
    for (const proof of [...proofs, repeated]) assert.ok(await compare(proof));
  });

  test("are refused alike for a flip of any byte of the body", async () => {
    for (const proof of [sample.proof(0, 0), sample.proof(3, 0)]) {
      const body = fromHex(proof.body);
      for (let at = 0; at < body.length; at++) {
        const changed = toHex(body.map((byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte)));
        const kind = Number.parseInt(changed.slice(2, 4), 16) === 2 ? "feeClaim" : "transaction";
        assert.equal(await compare({ ...proof, kind, body: changed }, `byte ${at}`), false);
      }
    }
  });

  test("are refused alike for changed bodies", async () => {
    const bodyArb = mutatedArb(fc.constantFrom(...proofs.map(({ body }) => fromHex(body))));
    await fc.assert(
      fc.asyncProperty(bodyArb, async (body) => {
        const kind = body[0] === 2 ? "feeClaim" : "transaction";
        const known = proofs.find((proof) => proof.body === toHex(body));
        assert.equal(await compare({ ...(known ?? sample.proof(0, 0)), kind, body: toHex(body) }), known !== undefined);
      }),
      { numRuns: 200 },
    );
  });

  test("are refused alike for a change of any part of the inclusion", async () => {
    const proof = sample.proof(0, 1);
    const { inclusion } = proof;
    const { header, path, witnessHash } = inclusion;
    const other = sample.entries[1]?.txId ?? witnessHash;
    const changes: Partial<InclusionProof["inclusion"]>[] = [
      ...Object.keys(header).map((field) => {
        const value = header[field as keyof BlockHeader];
        const changed = typeof value === "bigint" ? value + 1n : typeof value === "number" ? value + 1 : other;
        return { header: { ...header, [field]: changed } };
      }),
      ...path.map((_, level) => ({ path: path.with(level, other) })),
      { path: path.slice(1) },
      { path: [...path, other] },
      { path: path.toReversed() },
      { witnessHash: other },
      { header: GENESIS },
    ];
    for (const [index, change] of changes.entries()) {
      assert.equal(await compare({ ...proof, inclusion: { ...inclusion, ...change } }, `change ${index}`), false);
    }
    for (const txIndex of [1, 2, 3, 4, 7, 8, 2 ** 31, 2 ** 32 - 1]) {
      const position = (1n << 40n) | (BigInt(txIndex) << 8n) | 1n;
      assert.equal(
        await compare({ ...proof, position, inclusion: { ...inclusion, txIndex } }),
        false,
        `index ${txIndex}`,
      );
    }
    for (const outputIndex of [2n, 255n]) {
      assert.equal(await compare({ ...proof, position: proof.position - 1n + outputIndex }), false);
    }
  });
});

describe("exits of deposits", () => {
  const start = ({ index, block, previousDepositHash, output }: Extract<ExitProof, { kind: "deposit" }>) =>
    rootChain.call("startDepositExit", [index, block, previousDepositHash, output, HINT, "0x"], {
      from: output.owner,
      value: BOND,
    });

  test("start with the proof file alone, and with no other (I4)", async () => {
    for (const { index } of sample.depositsMade) {
      const proof = sample.depositProof(index);
      assert.ok("value" in (await start(proof)));
      const other = sample.entries[0]?.txId ?? proof.outputId;
      const changed = [
        { ...proof, index: (index + 1) % 3 },
        { ...proof, block: 1n },
        { ...proof, previousDepositHash: other },
        { ...proof, output: { ...proof.output, amount: proof.output.amount + 1n } },
        { ...proof, output: { ...proof.output, owner: OPERATOR } },
        { ...proof, output: { ...proof.output, token: OPERATOR } },
        { ...proof, output: { ...proof.output, condition: other } },
      ];
      for (const wrong of changed) {
        assert.deepEqual(await start(wrong), { error: "DepositUnknown" });
        assert.notDeepEqual(anchorOf(wrong), anchorOf(proof));
      }
    }
  });

  const anchorOf = (proof: ExitProof): unknown => {
    try {
      return verifyProof(proof, { domain });
    } catch (error) {
      if (error instanceof ProtocolError) return error.code;
      throw error;
    }
  };
});

describe("challenges", () => {
  const [received, kept] = sample.entries[0]?.created ?? [];
  assert.ok(received && kept);
  const NOW = evm.timestamp;

  test("the exit that they are about is recorded as expected (R12, I7)", async () => {
    const { body, inclusion, output } = sample.proof(0, 0);
    await rootChain.send("startExit", [encodeSource({ body, inclusion }), 0, HINT, "0x"], {
      from: output.owner,
      value: BOND,
    });
    const time = exitableAt({ startedAt: NOW, minExitPeriod: PERIOD, blockTimestamp: SAMPLE_COMMITTED_AT });
    const record = { state: 1, bond: BOND, exitableAt: time, position: received.position };
    assert.deepEqual(await rootChain.call("exitOf", [received.outputId]), { value: record });
  });

  const compare = async (evidence: Spend, context?: string, exit: ChallengedExit = received): Promise<boolean> => {
    const outcome = await rootChain.call("challengeExit", [encodeSpend(evidence), OPERATOR]);
    const headers = [evidence.inclusion?.header, evidence.source?.inclusion.header];
    const isUnknown = headers.some((header) => header !== undefined && !isCommitted(header));
    if ("error" in outcome && outcome.error === "BlockUnknown" && isUnknown) return false;
    const verify = () => verifySpend(evidence, exit, { domain, now: NOW, conditions: NO_CONDITIONS });
    return assertAgreement(outcome, verify, context, "packed") !== undefined;
  };
  const sign = (transaction: Transaction, ...signers: Signer[]) => signed(transaction, domain, signers);

  test("are won alike by a loose spend, by a live one, and by an included one that has expired (R7, R8)", async () => {
    const loose = await sign(spend([received], [pay(alice.address, 60n)]), bob);
    const live = await sign(
      spend([received], [pay(alice.address, 1n)], { validAfter: NOW, validBefore: NOW + 1 }),
      bob,
    );
    assert.ok(await compare(sample.spend(loose, 0)));
    assert.ok(await compare(sample.spend(live, 0)));
    const second = sample.entries[2];
    assert.ok(second);
    assert.ok(await compare(sample.spend(second.raw, 0, { inclusion: sample.inclusion(2) })));
    assert.equal(await compare(sample.spend(second.raw, 0)), false, "expired");
    assert.equal(
      await compare(sample.spend(second.raw, 0, { inclusion: sample.inclusion(1) })),
      false,
      "another's place",
    );
    const future = await sign(spend([received], [pay(alice.address, 1n)], { validAfter: NOW + 1 }), bob);
    assert.equal(await compare(sample.spend(future, 0)), false, "not yet valid");
  });

  test("are judged alike where the spend signs another position than the exit has proven (R7)", async () => {
    const { body, inclusion, output } = repeated;
    await rootChain.send("startExit", [encodeSource({ body, inclusion }), 1, HINT, "0x"], {
      from: output.owner,
      value: BOND,
    });
    const spent = await sign(spend([kept], [pay(alice.address, 30n)]), carol);
    const judge = (source?: Spend["source"]) => compare(sample.spend(spent, 0, { source }), undefined, repeated);
    assert.ok(await judge({ body, inclusion: sample.inclusion(0) }));
    assert.equal(await judge(), false, "not shown");
    assert.equal(
      await judge({ body, inclusion }),
      false,
      "shown where the exit proved it, not where the spend means it",
    );
    assert.equal(await judge({ body, inclusion: sample.inclusion(1) }), false, "shown at another's place");
    for (const index of [1, 2, 3]) {
      const source = { body: sample.proof(index, 0).body, inclusion: sample.inclusion(index) };
      assert.equal(await judge(source), false, `entry ${index} shown`);
    }
    const moved = { ...kept, position: encodePosition({ block: 1n, txIndex: 1, outputIndex: 0 }) };
    const evidence = sample.spend(await sign(spend([moved], [pay(alice.address, 30n)]), carol), 0);
    const another = { body: sample.proof(1, 0).body, inclusion: sample.inclusion(1) };
    assert.equal(
      await compare({ ...evidence, source: another }, undefined, repeated),
      false,
      "another output is there",
    );
  });

  test("are lost alike by what is incomplete (I3)", async () => {
    const good = sample.spend(await sign(spend([received], [pay(alice.address, 60n)]), bob), 0);
    const [preimage] = good.preimages;
    const [ether] = sample.deposits;
    assert.ok(preimage && ether);
    const both = spend([received, ether], [pay(carol.address, 160n)]);
    const attempts: Spend[] = [
      sample.spend(await sign(spend([received], [pay(alice.address, 61n)]), bob), 0),
      sample.spend(await sign(spend([received], [pay(alice.address, 1n, token.address)]), bob), 0),
      sample.spend(await sign(spend([received], [pay(alice.address, 60n)]), alice), 0),
      sample.spend(await sign(spend([received], [pay(alice.address, 60n)]), alice, bob), 0),
      sample.spend(await sign(both, bob), 0),
      sample.spend(await sign(both, alice), 0),
      sample.spend(await sign(both, alice, bob), 1),
      sample.spend(await sign(both, alice, bob), 2),
      { ...good, witness: "0x0000" },
      { ...good, witness: "0x" },
      { ...good, witness: toHex(new Uint8Array(16_384)) },
      { ...good, inputIndex: 255 },
      { ...good, preimages: [] },
      { ...good, preimages: [{ ...preimage, originId: ether.outputId }] },
      { ...good, preimages: [{ ...preimage, outputIndex: 1 }] },
      { ...good, preimages: [{ ...preimage, output: pay(alice.address, 60n) }] },
      { ...good, preimages: [{ ...preimage, output: pay(bob.address, 61n) }] },
      { ...good, preimages: [{ ...preimage, output: { ...preimage.output, condition: ether.outputId } }] },
    ];
    for (const [index, evidence] of attempts.entries())
      assert.equal(await compare(evidence, `attempt ${index}`), false);
    assert.ok(await compare(sample.spend(await sign(both, alice, bob), 0)));
  });

  test("are judged alike for changed bodies and witnesses", async () => {
    const raw = await sign(spend([received], [pay(alice.address, 30n), pay(bob.address, 30n)]), bob);
    const good = sample.spend(raw, 0);
    const fieldArb = fc.constantFrom("body" as const, "witness" as const);
    const caseArb = fieldArb.chain((field) =>
      mutatedArb(fc.constant(fromHex(good[field]))).map((bytes) => ({ [field]: toHex(bytes) })),
    );
    await fc.assert(
      fc.asyncProperty(caseArb, async (changes) => {
        const changed = { ...good, ...changes };
        const same = changed.body === good.body && changed.witness === good.witness;
        assert.equal(await compare(changed), same);
      }),
      { numRuns: 300 },
    );
  });
});
