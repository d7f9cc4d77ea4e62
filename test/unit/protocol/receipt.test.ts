import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AnchoredReceipt,
  isReceiptDocument,
  parseReceipt,
  receiptBlocks,
  serializeReceipt,
} from "../../../protocol/receipt.ts";
import { expectCode } from "../../support/expectCode.ts";
import { DOMAIN } from "../../support/ledger.ts";
import { createSampleBlock } from "../../support/sampleBlock.ts";

const sample = await createSampleBlock(DOMAIN);
const receipt: AnchoredReceipt = {
  version: 1,
  kind: "receipt",
  ...DOMAIN,
  l1Header: "0xc0",
  accountProof: ["0x01"],
  storageProof: ["0x02"],
  blocks: receiptBlocks([sample.proof(3, 0), sample.proof(0, 1), sample.proof(0, 0)]),
};
const text = serializeReceipt(receipt);

test("a receipt has one text and is read back from it", () => {
  assert.deepEqual(parseReceipt(text), receipt);
  assert.match(text, /^\{"version":1,"kind":"receipt",[^\s]*\}\n$/);
  assert.ok(isReceiptDocument(JSON.parse(text)));
});

test("a transaction stands once, in the order of positions, whichever of its outputs was named", () => {
  const [block, other] = receipt.blocks;
  assert.equal(other, undefined);
  assert.deepEqual(
    block?.transactions.map(({ txIndex }) => txIndex),
    [0, 3],
  );
});

const rewritten: [what: string, text: string][] = [
  ["without its last newline", text.trimEnd()],
  ["with two newlines", `${text}\n`],
  ["with the newline of another system", `${text.trimEnd()}\r\n`],
  ["indented", `${JSON.stringify(JSON.parse(text), null, 2)}\n`],
  ["with a space", text.replace(":", ": ")],
  ["with capitals", text.replace(DOMAIN.contract, DOMAIN.contract.toUpperCase().replace("0X", "0x"))],
  ["with its keys in another order", text.replace('"version":1,"kind":"receipt"', '"kind":"receipt","version":1')],
  ["with a key twice", text.replace('"version":1,', '"version":1,"version":1,')],
  ["with a number in another form", text.replace('"txIndex":3', '"txIndex":3.0')],
  ["with an escaped letter", text.replace('"receipt"', '"\\u0072eceipt"')],
];

for (const [what, changed] of rewritten) {
  test(`a receipt ${what} is refused, though it says the same`, () => {
    assert.notEqual(changed, text);
    expectCode("RECEIPT_NOT_CANONICAL", () => parseReceipt(changed));
  });
}

const unreadable: [what: string, text: string][] = [
  ["nothing", ""],
  ["no JSON", "receipt\n"],
  ["a mark of byte order", `\ufeff${text}`],
  ["another version", text.replace('"version":1', '"version":2')],
  ["a field too much", text.replace('"version":1', '"version":1,"more":1')],
  ["a field of a header too much", text.replace('"txCount":4', '"txCount":4,"more":1')],
  ["no block", text.replace(/"blocks":.*/, '"blocks":[]}')],
  ["half a byte", text.replace('"0x01"', '"0x1"')],
  ["a negative index", text.replace('"txIndex":3', '"txIndex":-3')],
];

for (const [what, changed] of unreadable) {
  test(`${what} is no receipt`, () => {
    assert.notEqual(changed, text);
    expectCode("RECEIPT_MALFORMED", () => parseReceipt(changed));
  });
}
