import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashStruct, hashTypedData } from "viem";
import {
  domainSeparator,
  exitAuthorizationDigest,
  feeClaimIdOf,
  txIdOf,
  typedDataOf,
} from "../../../protocol/typedData.ts";
import {
  domainArb,
  feeClaimArb,
  hashArb,
  positionArb,
  timeArb,
  tokenArb,
  transactionArb,
} from "../../support/arbitraries.ts";
import { badBigints, badHex, badNumbers } from "../../support/badValues.ts";
import { expectCode } from "../../support/expectCode.ts";
import { DOMAIN } from "../../support/ledger.ts";

const viemDomain = ({ chainId, contract }: typeof DOMAIN) => ({
  name: "Plasma",
  version: "1",
  chainId,
  verifyingContract: contract,
});

test("a transaction's id is the EIP-712 digest that a wallet signs", () => {
  fc.assert(
    fc.property(transactionArb, domainArb, (transaction, domain) => {
      assert.equal(txIdOf(transaction, domain), hashTypedData(typedDataOf(transaction, domain)));
    }),
    { numRuns: 200 },
  );
});

test("the domain separator is that of EIP-712", () => {
  const types = {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ],
  };
  fc.assert(
    fc.property(domainArb, (domain) => {
      assert.equal(
        domainSeparator(domain),
        hashStruct({ data: viemDomain(domain), primaryType: "EIP712Domain", types }),
      );
    }),
  );
});

test("a fee claim's id is its EIP-712 digest", () => {
  const types = {
    FeeClaim: [
      { name: "blockNumber", type: "uint64" },
      { name: "token", type: "address" },
      { name: "owner", type: "address" },
      { name: "amount", type: "uint128" },
    ],
  } as const;
  fc.assert(
    fc.property(feeClaimArb, domainArb, (message, domain) => {
      const expected = hashTypedData({ domain: viemDomain(domain), types, primaryType: "FeeClaim", message });
      assert.equal(feeClaimIdOf(message, domain), expected);
    }),
  );
});

test("an exit authorisation's digest is that of EIP-712 (R30)", () => {
  const types = {
    ExitAuthorization: [
      { name: "position", type: "uint104" },
      { name: "outputId", type: "bytes32" },
      { name: "starter", type: "address" },
      { name: "deadline", type: "uint40" },
    ],
  } as const;
  const authorizationArb = fc.record({
    position: positionArb,
    outputId: hashArb,
    starter: tokenArb,
    deadline: timeArb,
  });
  fc.assert(
    fc.property(authorizationArb, domainArb, (message, domain) => {
      const expected = hashTypedData({ domain: viemDomain(domain), types, primaryType: "ExitAuthorization", message });
      assert.equal(exitAuthorizationDigest(message, domain), expected);
    }),
  );
});

test("nothing that does not fit its field is hashed", () => {
  const [transaction] = fc.sample(transactionArb, { numRuns: 1, seed: 1 });
  assert.ok(transaction);
  const input = transaction.inputs[0];
  const output = transaction.outputs[0];
  for (const value of badBigints(104)) {
    expectCode("UINT_OUT_OF_RANGE", () =>
      txIdOf({ ...transaction, inputs: [{ ...input, position: value } as never] }, DOMAIN),
    );
  }
  for (const value of badBigints(128)) {
    expectCode("UINT_OUT_OF_RANGE", () =>
      txIdOf({ ...transaction, outputs: [{ ...output, amount: value } as never] }, DOMAIN),
    );
  }
  for (const value of badHex(20)) {
    expectCode("HEX_INVALID", () =>
      txIdOf({ ...transaction, outputs: [{ ...output, owner: value } as never] }, DOMAIN),
    );
    expectCode("HEX_INVALID", () => txIdOf(transaction, { ...DOMAIN, contract: value as "0x" }));
  }
  for (const value of badNumbers(40)) {
    expectCode("UINT_OUT_OF_RANGE", () => txIdOf({ ...transaction, validBefore: value as number }, DOMAIN));
  }
  for (const value of badBigints(256)) {
    expectCode("UINT_OUT_OF_RANGE", () => txIdOf(transaction, { ...DOMAIN, chainId: value as bigint }));
  }
});
