import { keccak256, toHex } from "viem";
import { type Output, outputIdOf } from "../../protocol/output.ts";
import { commitFull, unshownInput } from "./fullBlock.ts";
import { type Flight, open } from "./inFlight.ts";
import { challengeNonCanonical, challengePiggyback, FRONT, piggyback, spendOf } from "./inFlightCalls.ts";
import type { Measurement } from "./operations.ts";
import { challengeExit, includedOutput, payment, plainOutput, sign } from "./plasma.ts";
import { BOND, type World } from "./world.ts";

/** How long the transactions are valid, in seconds. */
const VALIDITY = 30 * 86_400;
/** Gas; the bond is priced for spends with conditions, which are dearer. */
const BUDGET = 264_000n;
/** Amounts without zero bytes, which are cheaper to show. */
const DENSE_AMOUNT = BigInt(`0x${"11".repeat(15)}`);

/**
 * The dearest spend without conditions that the rules allow (R6): 8 inputs of 8 owners, 8 outputs with every field, shown included in a
 * full block, signing a second place at which the output's transaction, just as large, is shown included. It challenges the
 * output's own exit, and the in-flight exit of a transaction just as large.
 */
export async function measureWorstChallenges(world: World): Promise<Measurement[]> {
  const { l1, people, domain, token, contract } = world;
  const { spenders, challenger, depositor } = people;
  const fields = { memo: keccak256("0x02"), validAfter: l1.now() - 1, validBefore: l1.now() + VALIDITY };
  const plain = spenders.map(({ address }) => plainOutput(address, token, DENSE_AMOUNT));
  // An exit is possible of plain outputs only, so the first one has no condition.
  const outputs = plain.map(
    (output, index): Output => (index > 0 ? { ...output, condition: keccak256("0x03") } : output),
  );
  const [owner] = spenders;
  if (owner === undefined) throw new RangeError("there is no spender");

  const unshown = (first: number) => spenders.map((_, index) => unshownInput(first + index));
  const source = await sign(payment(unshown(0), outputs, fields), domain, [depositor]);
  const first = await commitFull(world, source);
  const second = await commitFull(world, source);
  const exit = includedOutput(source, 0, first);
  const signed = includedOutput(source, 0, second);
  const others = plain.slice(1).map((output, index) => {
    const preimage = { originId: keccak256(toHex(`origin ${index}`)), outputIndex: 1, output };
    return { ...preimage, ...unshownInput(index), outputId: outputIdOf(preimage.originId, 1, output) };
  });
  const preimages = [...others, signed];
  const spend = await sign(payment(preimages, outputs, fields), domain, spenders);
  const evidence = {
    preimages,
    inputIndex: others.length,
    inclusion: await commitFull(world, spend),
    source: { body: source.body, inclusion: second },
  };

  const funds = await sign(payment(unshown(spenders.length), plain, fields), domain, [depositor]);
  const funded = await commitFull(world, funds);
  const inputs = [exit, ...others.map((_, index) => includedOutput(funds, index + 1, funded))];
  const challenged: Flight = { entry: await sign(payment(inputs, outputs, fields), domain, spenders), inputs };

  await l1.send(world.startExitCall(exit, owner.address, FRONT));
  const flight = await open(world, challenged, owner);
  await l1.send({ from: owner.address, to: contract, data: piggyback(flight, 0), value: BOND });
  const shown = spendOf(spend, evidence);
  const calls = {
    challenge: challengeExit(spend, evidence, challenger.address),
    "challenge non-canonical": challengeNonCanonical(flight, shown, challenger.address),
    "challenge a piggyback": challengePiggyback(flight, 0, shown, challenger.address),
  };
  const measurements: Measurement[] = [];
  for (const [kind, data] of Object.entries(calls)) {
    const gas = await l1.measure({ from: challenger.address, to: contract, data });
    measurements.push({ operation: `${kind}, the dearest without conditions`, gas, budget: BUDGET });
  }
  return measurements;
}
