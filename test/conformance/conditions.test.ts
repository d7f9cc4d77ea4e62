import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { Common, Mainnet } from "@ethereumjs/common";
import { createVM } from "@ethereumjs/vm";
import fc from "fast-check";
import { type Abi, type Address, BaseError, ContractFunctionRevertedError, type Hex, keccak256 } from "viem";
import { createReader, fromHex, toHex } from "../../protocol/bytes.ts";
import {
  conditionAddress,
  conditionHash,
  encodeCheck,
  encodeReveals,
  type Reveal,
  readReveals,
} from "../../protocol/condition.ts";
import { CONDITION_FORK, type Execution, saysYes } from "../../protocol/conditionVm.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { encodePreimages } from "../../protocol/evidence.ts";
import { conditionsAbi } from "../../protocol/generated/conditions.ts";
import { CONDITION_CHECK_GAS } from "../../protocol/generated/constants.ts";
import { ZERO_HASH } from "../../protocol/hashing.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ETH, PLAIN } from "../../protocol/output.ts";
import { assertPureCode } from "../../protocol/pureCode.ts";
import { addressArb, mutatedArb } from "../support/arbitraries.ts";
import { artifactsOf } from "../support/artifacts.ts";
import { assemble } from "../support/assembler.ts";
import type { RunRequest } from "../support/conditionVmWorker.ts";
import { OPERATOR, startL1 } from "../support/l1.ts";
import { pureCodeCorpus } from "../support/pureCodeCorpus.ts";
import { pureCodeArb } from "../support/pureProgram.ts";

// What pure code answers must not depend on where it runs: on Hardhat's L1 as the registry calls it, and in the VM of every node.

const HOST = "test/contracts/harness/ConditionsHost.sol";
const RUNS = Number(process.env.PLASMA_FUZZ_RUNS ?? 200);

const l1 = await startL1();
const sender = l1.account(OPERATOR).address;

const artifact = (source: string, name: string) =>
  JSON.parse(
    readFileSync(path.resolve(import.meta.dirname, "../..", artifactsOf(source), source, `${name}.json`), "utf8"),
  ) as { readonly abi: Abi; readonly bytecode: Hex };
const { abi, bytecode } = artifact(HOST, "ConditionsHost");
const host = await (async (): Promise<Address> => {
  const hash = await l1.client.deployContract({ abi, bytecode, account: sender, chain: null });
  const { contractAddress } = await l1.client.getTransactionReceipt({ hash });
  return (contractAddress as Address).toLowerCase() as Address;
})();
const read = { address: host, abi } as const;
const registry = (
  (await l1.client.readContract({ ...read, functionName: "conditions" })) as Address
).toLowerCase() as Address;

const vm = new Worker(new URL("../support/conditionVmWorker.ts", import.meta.url));
after(async () => {
  await Promise.all([vm.terminate(), l1.close()]);
});

async function run(code: Uint8Array, calldata: Uint8Array, gasLimit: number): Promise<Execution> {
  vm.postMessage({ code, calldata, gasLimit } satisfies RunRequest);
  const [execution] = (await once(vm, "message")) as [Execution];
  return execution;
}

/** The error with which the registry refuses a call; undefined where it accepts. */
async function refusal(
  functionName: "register" | "requireAllowed",
  args: readonly unknown[],
): Promise<{ readonly name: string | undefined; readonly args: unknown } | undefined> {
  try {
    await l1.client.simulateContract({
      address: registry,
      abi: conditionsAbi as Abi,
      functionName,
      args,
      account: sender,
    });
    return undefined;
  } catch (error) {
    const reverted =
      error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
    return { name: reverted.data?.errorName, args: reverted.data?.args };
  }
}

async function register(code: Uint8Array): Promise<Address> {
  const condition = conditionAddress(registry, code);
  if ((await l1.client.getCode({ address: condition })) === undefined) {
    await l1.client.writeContract({
      address: registry,
      abi: conditionsAbi,
      functionName: "register",
      args: [toHex(code)],
      account: sender,
      chain: null,
      gas: 16_000_000n,
    });
  }
  assert.equal(await l1.client.getCode({ address: condition }), toHex(code));
  return condition;
}

/** What a spender shows, but for the condition. */
interface Question {
  readonly body: Uint8Array;
  readonly signers: readonly Address[];
  readonly params: Uint8Array;
  readonly args: Uint8Array;
}

/** What the registry says and a call with its gas does on L1, with the gas of making the call. */
async function judgeOnL1(condition: Address, { body, signers, params, args }: Question, calldata: Uint8Array) {
  const spend = { condition, body: toHex(body), signers, params: toHex(params), args: toHex(args) };
  const [allowed, success, returned, gas] = (await l1.client.readContract({
    ...read,
    functionName: "judge",
    args: [spend, toHex(calldata), BigInt(CONDITION_CHECK_GAS)],
  })) as [boolean, boolean, Hex, bigint];
  return { allowed, success, returned, gas: Number(gas) };
}

const calldataOf = (condition: Address, { body, signers, params, args }: Question): Uint8Array =>
  encodeCheck({
    body,
    inputIndex: 0,
    output: { owner: host, token: ETH, amount: 1n, condition: conditionHash(condition, params) },
    signers,
    params,
    args,
  });

const NOTHING: Question = {
  body: Uint8Array.of(1, 1),
  signers: [],
  params: new Uint8Array(),
  args: new Uint8Array(),
};

/**
 * Whether Hardhat survives a call of this code: it takes what begins with PUSH20 for a library that knows its address, and its reader of traces
 * crashes where the code ends before that. What it does then is compared in the EVM of the Solidity tests (PureCode.t.sol).
 */
const isCallableOnHardhat = (code: Uint8Array): boolean => code[0] !== 0x73 || code.length > 20;

/** What making a call costs on L1, from code that takes no gas. */
const overhead = await (async (): Promise<number> => {
  const condition = await register(assemble("STOP"));
  return (await judgeOnL1(condition, NOTHING, calldataOf(condition, NOTHING))).gas;
})();

/** Asks the same on L1 and in the VM, holds every part of the answers against each other, and says what kind of answer it was. */
async function compare(code: Uint8Array, condition: Address, question: Question) {
  const calldata = calldataOf(condition, question);
  const onL1 = await judgeOnL1(condition, question, calldata);
  const inVm = await run(code, calldata, CONDITION_CHECK_GAS);
  assert.deepEqual(
    { success: onL1.success, returned: onL1.returned, gas: onL1.gas - overhead },
    { success: inVm.success, returned: toHex(inVm.returned), gas: inVm.gas },
  );
  assert.equal(onL1.allowed, saysYes(inVm), "the registry and the VM say the same");

  // With the gas of a transaction the answer is the same, unless it is this gas that decides; then it is no.
  const limited = await run(code, calldata, LIMITS.maxConditionGas);
  const tooMuchGas = inVm.gas > LIMITS.maxConditionGas;
  assert.equal(saysYes(limited), onL1.allowed && !tooMuchGas);
  if (onL1.allowed) return tooMuchGas ? "yes on L1 only, for the gas" : "yes";
  if (!inVm.success) return inVm.gas === CONDITION_CHECK_GAS ? "failed" : "reverted";
  return tooMuchGas ? "no, with too much gas" : "no";
}

describe("the registry on L1 and the scan in TypeScript", () => {
  const { allowed, refused } = pureCodeCorpus();

  test("take the same code of the corpus, at the same addresses", async () => {
    for (const { name, code } of allowed) {
      assertPureCode(fromHex(code));
      assert.equal(await register(fromHex(code)), conditionAddress(registry, fromHex(code)), name);
      const [codeHash] = await l1.client.readContract({
        address: registry,
        abi: conditionsAbi,
        functionName: "registrationOf",
        args: [conditionAddress(registry, fromHex(code))],
      });
      assert.equal(codeHash, keccak256(fromHex(code)), name);
    }
  });

  test("refuse the rest for the same reason, at the same place", async () => {
    for (const { name, code } of refused) {
      assert.throws(
        () => assertPureCode(fromHex(code)),
        (error) => error instanceof ProtocolError,
        name,
      );
      assert.deepEqual(await refusal("register", [code]), refusalInTypeScript(fromHex(code)), name);
    }
  });

  test("exist only where every allowed opcode does", async () => {
    const { bytecode } = artifact("contracts/conditions/Conditions.sol", "Conditions");
    const failureOn = async (hardfork: string): Promise<string | undefined> => {
      const { evm } = await createVM({ common: new Common({ chain: Mainnet, hardfork }) });
      const { execResult } = await evm.runCall({ data: fromHex(bytecode), gasLimit: 10_000_000n });
      return execResult.exceptionError?.error;
    };
    assert.equal(await failureOn(CONDITION_FORK), undefined);
    assert.equal(await failureOn("prague"), "invalid opcode");
  });

  test("judge random bytes alike", async () => {
    const bytesArb = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.tuple(pureCodeArb, fc.uint8Array({ maxLength: 2 })).map(([code, rest]) => Uint8Array.from([...code, ...rest])),
    );
    await fc.assert(
      fc.asyncProperty(bytesArb, async (code) => {
        const found = await refusal("register", [toHex(code)]);
        assert.deepEqual(found?.name === "ConditionExists" ? undefined : found, refusalInTypeScript(code));
      }),
      { numRuns: RUNS },
    );
  });
});

/** The refusal of the TypeScript scan, in the contract's words. */
function refusalInTypeScript(code: Uint8Array): unknown {
  try {
    assertPureCode(code);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    const { size, offset, opcode } = error.details as Record<string, number>;
    return error.code === "CONDITION_CODE_SIZE"
      ? { name: "CodeSizeInvalid", args: [BigInt(size as number)] }
      : { name: "OpcodeForbidden", args: [BigInt(offset as number), BigInt(opcode as number)] };
  }
}

describe("what a witness reveals", () => {
  interface Guard {
    readonly condition: number;
    readonly params: Uint8Array;
    readonly args: Uint8Array;
  }
  const shortArb = fc.uint8Array({ maxLength: 40 });
  /** For every input its guard, if it has one. */
  const inputsArb = fc.array(
    fc.option(fc.record({ condition: fc.nat(1), params: shortArb, args: shortArb }), { nil: undefined }),
    { minLength: 1, maxLength: 8 },
  );
  const codes = ["PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN", "PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN STOP"];

  const conditionOf = ({ condition }: Guard): Address =>
    conditionAddress(registry, assemble(codes[condition] as string));
  const revealsOf = (inputs: readonly (Guard | undefined)[]): Reveal[] =>
    inputs.flatMap((guard, inputIndex) =>
      guard === undefined ? [] : [{ ...guard, inputIndex, condition: conditionOf(guard) }],
    );
  const preimagesOf = (inputs: readonly (Guard | undefined)[]): Hex =>
    encodePreimages(
      inputs.map((guard, outputIndex) => ({
        originId: ZERO_HASH,
        outputIndex,
        output: {
          owner: host,
          token: ETH,
          amount: 1n,
          condition: guard === undefined ? PLAIN : conditionHash(conditionOf(guard), guard.params),
        },
      })),
    );

  /** Whether these bytes reveal the conditions of exactly these inputs. */
  function isRevealed(inputs: readonly (Guard | undefined)[], bytes: Uint8Array): boolean {
    const reader = createReader(bytes, "WITNESS_TRUNCATED");
    const expected = revealsOf(inputs);
    let reveals: readonly Reveal[];
    try {
      reveals = readReveals(reader);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
    return (
      reader.remaining() === 0 &&
      reveals.length === expected.length &&
      reveals.every(({ inputIndex, condition, params }, index) => {
        const { inputIndex: at, condition: address, params: bound } = expected[index] as Reveal;
        return at === inputIndex && conditionHash(condition, params) === conditionHash(address, bound);
      })
    );
  }

  const agree = async (inputs: readonly (Guard | undefined)[], bytes: Uint8Array): Promise<boolean> => {
    const body = toHex(Uint8Array.of(1, inputs.length));
    const found = await refusal("requireAllowed", [body, `0x00${toHex(bytes).slice(2)}`, preimagesOf(inputs), []]);
    const revealed = isRevealed(inputs, bytes);
    assert.equal(found === undefined, revealed, `${found?.name} ${toHex(bytes)}`);
    if (found !== undefined) assert.match(found.name ?? "", /^(WitnessMalformed|ConditionMismatch)$/);
    return revealed;
  };

  test("is read alike, whole and changed", async () => {
    for (const code of codes) await register(assemble(code));
    const changedArb = inputsArb.chain((inputs) =>
      mutatedArb(fc.constant(encodeReveals(revealsOf(inputs)))).map((bytes) => ({ inputs, bytes })),
    );
    await fc.assert(
      fc.asyncProperty(inputsArb, async (inputs) => {
        assert.ok(await agree(inputs, encodeReveals(revealsOf(inputs))));
      }),
      { numRuns: RUNS },
    );
    await fc.assert(
      fc.asyncProperty(changedArb, async ({ inputs, bytes }) => {
        await agree(inputs, bytes);
      }),
      { numRuns: 2 * RUNS },
    );
  });
});

describe("a condition on L1 and in the VM", () => {
  test("answers the corpus alike, to the byte and the unit of gas", async () => {
    const { allowed } = pureCodeCorpus();
    const callable = allowed.filter(({ code }) => isCallableOnHardhat(fromHex(code)));
    assert.equal(callable.length, allowed.length - 1);
    for (const { name, code, yes, yesInVm } of callable) {
      const answer = await compare(fromHex(code), await register(fromHex(code)), NOTHING);
      assert.equal(answer.startsWith("yes"), yes, name);
      assert.equal(answer === "yes", yesInVm, name);
    }
  });

  test("answers random questions to random code alike, to the byte and the unit of gas", async (t) => {
    const bytesArb = fc.uint8Array({ maxLength: 200 });
    const questionArb: fc.Arbitrary<Question> = fc.record({
      body: fc.uint8Array({ maxLength: 400 }).map((rest) => Uint8Array.from([1, 1, ...rest])),
      signers: fc.array(addressArb, { maxLength: 3 }),
      params: bytesArb,
      args: bytesArb,
    });
    const answers = new Map<string, number>();
    const programs = new Set<Hex>();
    await fc.assert(
      fc.asyncProperty(
        pureCodeArb.filter(isCallableOnHardhat),
        fc.array(questionArb, { minLength: 3, maxLength: 3 }),
        async (code, questions) => {
          programs.add(keccak256(code));
          const condition = await register(code);
          for (const question of questions) {
            const answer = await compare(code, condition, question);
            answers.set(answer, (answers.get(answer) ?? 0) + 1);
          }
        },
      ),
      { numRuns: RUNS },
    );
    t.diagnostic(
      `${programs.size} programs: ${[...answers].map(([answer, count]) => `${answer} ${count}`).join(", ")}`,
    );
    for (const answer of ["yes", "no", "failed", "reverted"]) assert.ok(answers.has(answer), `${answer} is met`);
  });
});
