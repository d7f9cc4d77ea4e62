import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { GENESIS } from "../../../protocol/block.ts";
import { executeOpenedBlock, type OpenedBlock, openBlock, openEntries } from "../../../protocol/blockExecution.ts";
import { portableCrypto } from "../../../protocol/hashing.ts";
import { createBlockOpener } from "../../../runtime/blockOpening.ts";
import { createVerifierPool } from "../../../runtime/verifierPool.ts";
import { createTestLedger, DOMAIN } from "../../support/ledger.ts";
import { createSampleBlock, SAMPLE_COMMITTED_AT } from "../../support/sampleBlock.ts";

describe("a block opened by other threads", async () => {
  const pool = createVerifierPool(2, DOMAIN, Number.POSITIVE_INFINITY);
  after(() => pool.stop());
  const open = createBlockOpener(DOMAIN, { pool, crypto: portableCrypto });
  const { header, entries, depositsMade } = await createSampleBlock(DOMAIN);
  const raws = entries.map(({ raw }) => raw);
  const context = { domain: DOMAIN, parent: GENESIS, minExitPeriod: 3_600, committedAt: SAMPLE_COMMITTED_AT };

  const ledger = () => {
    const known = createTestLedger();
    for (const { index, block, owner, amount, token } of depositsMade)
      known.deposit(index, block, owner, amount, token);
    return known;
  };

  it("is the block that one thread opens, fee claims and all, with the signers of its transactions", async () => {
    const opened = await open(header, raws);
    const alone = openBlock(header, raws, DOMAIN);
    assert.equal(opened.tree.root, alone.tree.root);
    assert.deepEqual(
      opened.entries.map(({ content }) =>
        content.kind === "transaction" ? content.verified?.signers?.length : content.kind,
      ),
      [1, 1, 2, "feeClaim"],
    );
    const changes = (block: OpenedBlock) =>
      executeOpenedBlock(header, block, context, ledger()).entries.map(({ content: _, ...change }) => change);
    assert.deepEqual(changes(opened), changes(alone));
  });

  it("may have a signature that recovers nobody: it opens, and is invalid at that entry", async () => {
    const forged = raws.map((raw) => raw.slice());
    const bytes = forged[1] as Uint8Array;
    bytes.fill(0, bytes.length - 65, bytes.length - 1); // r and s of the only signature
    const { root } = openEntries(forged, DOMAIN).tree;
    const opened = await open({ root }, forged);
    assert.throws(() => executeOpenedBlock({ ...header, root }, opened, context, ledger()), {
      code: "WITNESS_SIGNATURE_INVALID",
      details: { index: 0, txIndex: 1 },
    });
  });

  it("is not opened where bytes are no entry, or are another block's", async () => {
    const broken = [...raws.slice(0, 2), new Uint8Array([9]), ...raws.slice(3)];
    await assert.rejects(
      open(header, broken),
      ({ details }: { details: { txIndex: number } }) => details.txIndex === 2,
    );
    await assert.rejects(open(header, raws.slice(1)), { code: "BLOCK_ROOT_MISMATCH" });
  });
});
