import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Hex } from "viem";
import { IN_NO_BLOCK, placeOf } from "../../../protocol/inFlight.ts";
import type { ExitState, OpenExit } from "../../../protocol/ledger.ts";
import { type FlightPiece, soundPieces } from "../../../watcher/flightPieces.ts";
import type { CompleteSpend } from "../../../watcher/spends.ts";
import { type Leaving, wayOut } from "../../../watcher/wayOut.ts";
import { createTestLedger, pay, spend } from "../../support/ledger.ts";
import { alice, bob } from "../../support/sampleBlock.ts";

const NOW = 1_000_000;
const PERIOD = 8_000;
const BAD_BLOCK = 7n;

const money = createTestLedger().deposit(0, 0n, alice.address, 100n);
const payment = spend([money], [pay(bob.address, 100n)]);
const id = (byte: number): Hex => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;

const complete = (
  byte: number,
  place = IN_NO_BLOCK,
  window: { readonly validAfter?: number; readonly validBefore?: number } = {},
): CompleteSpend => ({
  txId: id(byte),
  place,
  transaction: { ...payment, ...window },
  spend: { body: "0x", witness: "0x", preimages: [], inputIndex: 0 },
});

describe("an output of the valid chain leaves (R24)", () => {
  const leaving = (rest: Partial<Leaving>) => {
    const way = wayOut({
      isConditional: false,
      exits: undefined,
      spends: [],
      now: NOW,
      validatedUntil: NOW - 500,
      minExitPeriod: PERIOD,
      ...rest,
    });
    return way?.kind === "inFlight" ? way.spend.txId : way?.kind;
  };
  const open = (...exits: OpenExit[]): ExitState => ({ finalised: undefined, open: exits });
  const standard: OpenExit = { kind: "standard", startedAt: NOW - 100 };
  const inFlight = (byte: number, kind: "input" | "output" = "input"): OpenExit => ({
    kind,
    txId: id(byte),
    startedAt: NOW - 100,
  });

  test("by a standard exit where nothing spends it, once", () => {
    assert.equal(leaving({}), "standard");
    assert.equal(leaving({ exits: open() }), "standard");
    assert.equal(leaving({ exits: open(standard) }), undefined);
    assert.equal(leaving({ exits: open(inFlight(1, "output")) }), undefined);
    assert.equal(leaving({ exits: { finalised: { kind: "paid" }, open: [] } }), undefined);
  });

  test("not by a standard exit where it is conditional (R18), but by that of its spend", () => {
    assert.equal(leaving({ isConditional: true }), undefined);
    assert.equal(leaving({ isConditional: true, spends: [complete(1)] }), id(1));
  });

  test("by the exit of its spend, in a bad block or in none, once", () => {
    for (const place of [placeOf(BAD_BLOCK, 3), IN_NO_BLOCK]) {
      const spends = [complete(1, place)];
      assert.equal(leaving({ spends }), id(1));
      assert.equal(leaving({ spends, exits: open(inFlight(1)) }), undefined);
      assert.equal(leaving({ spends, exits: open(inFlight(2)) }), id(1));
      assert.equal(leaving({ spends, exits: { finalised: { kind: "spent", txId: id(1) }, open: [] } }), undefined);
    }
  });

  test("by the exit of the oldest of several spends; one in no block is younger than any", () => {
    const [old, young, loose] = [complete(1, placeOf(BAD_BLOCK, 3)), complete(2, placeOf(BAD_BLOCK, 4)), complete(3)];
    assert.equal(leaving({ spends: [loose, young, old] }), id(1));
    assert.equal(leaving({ spends: [loose, young] }), id(2));
  });

  test("by the exit of an expired spend, which may be in a block that nobody shows, unless one counts", () => {
    const expired = complete(1, IN_NO_BLOCK, { validBefore: NOW - 10 });
    assert.equal(leaving({ spends: [expired] }), id(1));
    assert.equal(leaving({ spends: [expired, complete(2)] }), id(2));
    assert.equal(leaving({ spends: [complete(2, IN_NO_BLOCK, { validAfter: NOW + 10 }), expired] }), id(1));
  });

  test("by a standard exit where the spend expired before a valid block that does not have it", () => {
    const validBefore = NOW - 500;
    assert.equal(leaving({ spends: [complete(1, IN_NO_BLOCK, { validBefore })] }), "standard");
    assert.equal(leaving({ spends: [complete(1, IN_NO_BLOCK, { validBefore: validBefore + 1 })] }), id(1));
    assert.equal(leaving({ spends: [complete(1, placeOf(BAD_BLOCK, 3), { validBefore })] }), id(1));
  });

  test("not before its spend is valid, unless a standard exit is over by then", () => {
    const from = (validAfter: number) => [complete(1, IN_NO_BLOCK, { validAfter })];
    assert.equal(leaving({ spends: from(NOW) }), id(1));
    assert.equal(leaving({ spends: from(NOW + 1) }), undefined);
    assert.equal(leaving({ spends: from(NOW + 3 * PERIOD) }), undefined);
    assert.equal(leaving({ spends: from(NOW + 3 * PERIOD + 1) }), "standard");
  });

  test("both ways where a spend that counts is going to end its standard exit", () => {
    const exits = open(standard);
    assert.equal(leaving({ exits, spends: [complete(1)] }), id(1));
    assert.equal(leaving({ exits, spends: [complete(1, IN_NO_BLOCK, { validBefore: NOW - 10 })] }), undefined);
  });
});

test("pieces are brought in that are the owner's, and that are neither barred nor spent elsewhere", () => {
  const piece = (number: number, owner = alice.address, rest: Partial<FlightPiece> = {}): FlightPiece => ({
    number,
    outputId: id(number),
    output: pay(owner, 1n),
    isBarred: false,
    spends: [],
    ...rest,
  });
  const pieces = [
    piece(0),
    piece(1, bob.address),
    piece(2, alice.address, { isBarred: true }),
    piece(8, bob.address),
    piece(9, alice.address, { spends: [complete(5)] }),
    piece(10),
  ];
  assert.deepEqual(soundPieces(pieces, new Set([alice.address])), [0, 10]);
  assert.deepEqual(soundPieces(pieces, new Set([alice.address, bob.address])), [0, 1, 8, 10]);
  assert.deepEqual(soundPieces(pieces, new Set()), []);
});
