import {
  type Address,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  hexToBytes,
  keccak256,
  numberToHex,
} from "viem";
import { conditionAddress, conditionHash, type Reveal } from "../../protocol/condition.ts";
import { conditionsAbi } from "../../protocol/generated/conditions.ts";
import { CHALLENGE_GAS } from "../../protocol/generated/constants.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import type { Inclusion } from "../../protocol/inclusion.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Output } from "../../protocol/output.ts";
import type { InclusionProof } from "../../protocol/proof.ts";
import { commitFull, unshownInput } from "./fullBlock.ts";
import { type Flight, open } from "./inFlight.ts";
import { challengeNonCanonical, challengePiggyback, FRONT, piggyback, spendOf } from "./inFlightCalls.ts";
import type { Measurement } from "./operations.ts";
import {
  challengeExit,
  type IncludedOutput,
  includedOutput,
  payment,
  plainOutput,
  type SignedEntry,
  sign,
} from "./plasma.ts";
import { BOND, type World } from "./world.ts";

/** How long the transactions are valid, in seconds. */
const VALIDITY = 30 * 86_400;
/** Amounts without zero bytes, which are cheaper to show. */
const DENSE_AMOUNT = BigInt(`0x${"11".repeat(15)}`);
/** Of one round of `burner`, and of all that it does beside them. */
const ROUND_GAS = 26;
const REST_GAS = 20;

/** Code that takes `gas` gas at most, nearly all of it, and says yes; `salt` bytes behind its end make it another condition. */
function burner(gas: number, salt: number): Hex {
  const rounds = numberToHex(Math.floor((gas - REST_GAS) / ROUND_GAS), { size: 2 }).slice(2);
  const countDown = "5b6001900380600357";
  const sayYes = "60015f5260205ff3";
  return `0x61${rounds}${countDown}${sayYes}${"00".repeat(salt)}`;
}

const filled = (length: number): Uint8Array => new Uint8Array(length).fill(0x11);

/**
 * The dearest spend with conditions that the rules allow (R6, R15): 16 KiB with 16 signatures, and conditions that take all of the gas
 * they have together. Where it spends a conditional output it has 8 inputs of that kind, each shown to be created by a transaction
 * just as large (R16); else all but one. Sets the bond.
 */
export async function measureWorstConditionalChallenges(world: World): Promise<Measurement[]> {
  const { l1, people, domain, token, contract } = world;
  const { spenders, payees, challenger, depositor } = people;
  const [owner] = spenders;
  if (owner === undefined) throw new RangeError("there is no spender");
  const registry = getContractAddress({ from: contract, nonce: 1n }).toLowerCase() as Address;
  const fields = { memo: keccak256("0x02"), validAfter: l1.now() - 1, validBefore: l1.now() + VALIDITY };
  const signers = [...spenders, ...payees].slice(0, LIMITS.maxSignatures);
  const params = filled(LIMITS.maxRevealBytes);
  const gasEach = Math.floor(LIMITS.maxConditionGas / spenders.length);

  const registeredBehind = world.seal(ZERO_HASH, 1).number - 1n;
  const conditions: Address[] = [];
  for (const salt of spenders.keys()) {
    const code = burner(gasEach, salt);
    const data = encodeFunctionData({ abi: conditionsAbi, functionName: "register", args: [code] });
    await l1.send({ from: challenger.address, to: registry, data });
    conditions.push(conditionAddress(registry, hexToBytes(code)));
  }
  const plain = spenders.map(({ address }) => plainOutput(address, token, DENSE_AMOUNT));
  const conditional = plain.map(
    (output, index): Output => ({ ...output, condition: conditionHash(conditions[index] as Address, params) }),
  );
  const unshown = spenders.map((_, index) => unshownInput(index));
  const outputsOf = (entry: SignedEntry, inclusion: Inclusion): IncludedOutput[] =>
    spenders.map((_, index) => includedOutput(entry, index, inclusion));

  /** Signs a spend of these, made as large as may be by what the conditions are told. */
  const fill = async (inputs: readonly IncludedOutput[], memo: Hex): Promise<SignedEntry> => {
    const transaction = payment(inputs, conditional, { ...fields, memo });
    const locked = [...inputs.entries()].filter(([, { output }]) =>
      conditional.some((one) => one.condition === output.condition),
    );
    const reveals = (room: number): Reveal[] => {
      let left = room;
      return locked.map(([inputIndex]) => {
        const args = filled(Math.min(left, LIMITS.maxRevealBytes));
        left -= args.length;
        return { inputIndex, condition: conditions[inputIndex] as Address, params, args };
      });
    };
    const { body, witness } = await sign(transaction, domain, signers, reveals(0));
    const bytes = (body.length + witness.length) / 2 - 2;
    return sign(transaction, domain, signers, reveals(LIMITS.maxTransactionBytes - bytes));
  };
  const measurements: Measurement[] = [];
  const measure = async (kind: string, data: Hex): Promise<void> => {
    const gas = await l1.measure({ from: challenger.address, to: contract, data });
    measurements.push({ operation: `${kind}, the dearest with conditions`, gas, budget: (CHALLENGE_GAS * 4n) / 5n });
  };

  const mixed = await sign(payment(unshown, [...plain.slice(0, 1), ...conditional.slice(1)], fields), domain, [
    depositor,
  ]);
  const exit = includedOutput(mixed, 0, await commitFull(world, mixed));
  const again = await commitFull(world, mixed);
  const spent = outputsOf(mixed, again);
  const spend = await fill(spent, fields.memo);
  await l1.send(world.startExitCall(exit, owner.address, FRONT));
  const source = { body: mixed.body, inclusion: again };
  const evidence = { preimages: spent, inputIndex: 0, inclusion: await commitFull(world, spend), source };
  await measure("challenge", challengeExit(spend, evidence, challenger.address));

  const funds = await sign(payment(unshown, conditional, fields), domain, [depositor]);
  const inputs = outputsOf(funds, await commitFull(world, funds));
  const challenged: Flight = { entry: await fill(inputs, keccak256("0x03")), inputs, registeredBehind };
  const flight = await open(world, challenged, owner);
  await l1.send({ from: owner.address, to: contract, data: piggyback(flight, 0), value: BOND });
  const rival = await fill(inputs, fields.memo);
  const proofs = inputs.map(
    (input): InclusionProof => ({ version: 1, kind: "transaction", ...domain, ...input, witness: funds.witness }),
  );
  const shown = { preimages: inputs, inputIndex: 0, inclusion: await commitFull(world, rival), inputs: proofs };
  const competitor = spendOf(rival, shown);
  await measure("challenge non-canonical", challengeNonCanonical(flight, competitor, challenger.address));
  await measure("challenge a piggyback", challengePiggyback(flight, 0, competitor, challenger.address));
  return measurements;
}
