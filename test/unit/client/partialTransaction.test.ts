import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createWalletClient, http, keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createClient } from "../../../client/client.ts";
import { type PartialTransaction, partialTransaction, signPartial } from "../../../client/partialTransaction.ts";
import { isCompletionOf } from "../../../client/savedTransaction.ts";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { plainOutput } from "../../../protocol/conditions/guardedOutput.ts";
import { multiSignatureOutput, spendMultiSignature } from "../../../protocol/conditions/multiSignature.ts";
import { ETH } from "../../../protocol/output.ts";
import { type Signer, signTransaction } from "../../../protocol/signature.ts";
import { decodeSignedTransaction, encodeSignedTransaction } from "../../../protocol/transaction.ts";
import { txIdOf } from "../../../protocol/typedData.ts";
import { ledgerOutput, MULTI_SIGNATURE } from "../../support/shippedConditions.ts";

const domain = { chainId: 31337n, contract: `0x${"0c".repeat(20)}` as const };
const accounts = [1, 2, 3, 4].map((index) => privateKeyToAccount(keccak256(stringToHex(`co-owner ${index}`))));
const owners = accounts.map(({ address }) => address.toLowerCase() as `0x${string}`).sort();

const clientOf = (account: (typeof accounts)[number]) =>
  createClient({
    domain,
    l1: {} as never,
    operatorUrl: "http://127.0.0.1:9",
    wallet: createWalletClient({ account, transport: http("http://127.0.0.1:9") }),
  });

const terms = { threshold: 3, owners };
const held = ledgerOutput(multiSignatureOutput(MULTI_SIGNATURE, terms, { token: ETH, amount: 9n }), 9n);
const spend = spendMultiSignature(held, MULTI_SIGNATURE, terms, [plainOutput(owners[0] as `0x${string}`, ETH, 9n)]);
const txId = txIdOf(spend.transaction, domain);

function unsigned(): PartialTransaction {
  const saved = partialTransaction(spend, []);
  const signed = decodeSignedTransaction(fromHex(saved.raw));
  return { txId, raw: saved.raw, transaction: spend.transaction, saved, signed, signers: [] };
}

describe("a transaction that several wallets sign", () => {
  test("comes to the same bytes in whatever order they sign, once or twice", async () => {
    const expected = toHex(
      encodeSignedTransaction(await signTransaction(spend.transaction, domain, accounts, spend.reveals)),
    );
    const orders = fc.shuffledSubarray([...accounts, ...accounts], { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        let partial = unsigned();
        for (const account of order) partial = await signPartial(clientOf(account), partial);
        assert.equal(partial.raw, expected);
        assert.deepEqual(partial.signers, owners);
      }),
      { numRuns: 8 },
    );
  });
});

describe("a transaction in a block", () => {
  test("completes the one that was kept by added signatures alone", async () => {
    const [first, second, third] = accounts;
    assert.ok(first && second && third);
    const rawOf = async (signers: readonly Signer[], reveals = spend.reveals) =>
      toHex(encodeSignedTransaction(await signTransaction(spend.transaction, domain, signers, reveals)));
    const kept = await rawOf([first]);
    assert.equal(isCompletionOf(kept, kept), true);
    assert.equal(isCompletionOf(kept, await rawOf([first, second, third])), true);
    assert.equal(isCompletionOf(kept, await rawOf([second, third])), false);
    const [reveal] = spend.reveals;
    assert.ok(reveal);
    const changed = [{ ...reveal, args: Uint8Array.of(1) }];
    assert.equal(isCompletionOf(kept, await rawOf([first, second], changed)), false);
  });
});
