// Writes what TypeScript takes over from Solidity: ABIs, deployment bytecode and protocol numbers. The contract is the law,
// so nothing goes the other way. Also the JSON schema of receipts, from the schema that reads them. With --check it writes nothing and fails where a committed file is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { anchoredReceiptSchema } from "../protocol/receipt.ts";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

interface Artifact {
  abi: unknown[];
  bytecode: string;
  deployedBytecode: string;
  inputSourceName: string;
  contractName: string;
  buildInfoId: string;
}

const artifactOf = (source: string, contract: string): Artifact =>
  JSON.parse(readFileSync(path.join(root, "artifacts/contracts", source, `${contract}.json`), "utf8"));

/** Value of a `constant` in a Solidity source: a literal with underscores, in hex, with a unit, or a power. */
function constantOf(source: string, name: string): string {
  const text = readFileSync(path.join(root, "contracts", source), "utf8");
  const value = new RegExp(`constant ${name} =\\s+([^;]+);`).exec(text)?.[1];
  if (value === undefined) throw new Error(`${source} has no constant ${name}`);
  const power = /^(\d+) \*\* (\d+)$/.exec(value);
  if (power) return String(BigInt(power[1] as string) ** BigInt(power[2] as string));
  if (/^0x[\da-f_]+$/.test(value)) return value.replaceAll("_", "");
  const [digits, unit = "wei"] = value.replaceAll("_", "").split(" ");
  const scale = { wei: 1n, gwei: 10n ** 9n }[unit];
  if (scale === undefined || !/^\d+$/.test(digits as string)) throw new Error(`${name} = ${value} cannot be read`);
  return String(BigInt(digits as string) * scale);
}

/**
 * Storage slot of a state variable: the compiler is asked for the layout of the very sources that the artifact was built of,
 * and for nothing else, which takes it no code generation.
 */
function slotOf({ buildInfoId, inputSourceName, contractName }: Artifact, variable: string): string {
  const buildInfo = JSON.parse(readFileSync(path.join(root, `artifacts/build-info/${buildInfoId}.json`), "utf8"));
  const settings = {
    ...buildInfo.input.settings,
    outputSelection: { [inputSourceName]: { [contractName]: ["storageLayout"] } },
  };
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const output = JSON.parse(solc.compile(JSON.stringify({ ...buildInfo.input, settings })));
  const layout: { label: string; slot: string; offset: number }[] =
    output.contracts[inputSourceName][contractName].storageLayout.storage;
  const found = layout.find(({ label }) => label === variable);
  if (found?.offset !== 0) throw new Error(`${contractName} has no variable ${variable} with a slot of its own`);
  return found.slot;
}

const header = "// Generated from contracts/ by `npm run generate`. Do not edit.\n";

function contractModule(name: string, abi: unknown[]): string {
  return `${header}
export const ${name}Abi = ${JSON.stringify(abi, null, 2)} as const;
`;
}

/** The ABI of several contracts at one address; constructor and fallbacks are the first one's. */
function mergeAbis(first: Artifact, ...others: Artifact[]): unknown[] {
  const own = ["constructor", "fallback", "receive"];
  const added = others.flatMap(({ abi }) => abi as { type: string }[]).filter(({ type }) => !own.includes(type));
  return [...new Map([...first.abi, ...added].map((item) => [JSON.stringify(item), item])).values()];
}

function bytecodeModule(name: string, artifact: Artifact): string {
  return `${header}
export const ${name}Bytecode = "${artifact.bytecode}" as const;
`;
}

const rootChain = artifactOf("RootChain.sol", "RootChain");
const exitProcessor = artifactOf("ExitProcessor.sol", "ExitProcessor");
const devToken = artifactOf("dev/DevToken.sol", "DevToken");
const conditions = artifactOf("conditions/Conditions.sol", "Conditions");
const condition = artifactOf("conditions/ICondition.sol", "ICondition");
const numbers: [name: string, doc: string, value: string, type: "number" | "bigint"][] = [
  [
    "MAX_INPUTS",
    "Most inputs of a transaction (R6).",
    constantOf("libraries/TransactionCodec.sol", "MAX_INPUTS"),
    "number",
  ],
  [
    "MAX_OUTPUTS",
    "Most outputs of a transaction (R6).",
    constantOf("libraries/TransactionCodec.sol", "MAX_OUTPUTS"),
    "number",
  ],
  [
    "MAX_SIGNATURES",
    "Most signatures of a witness (R6).",
    constantOf("libraries/TransactionCodec.sol", "MAX_SIGNATURES"),
    "number",
  ],
  [
    "MAX_TRANSACTION_BYTES",
    "Largest body and witness together, in bytes (R6).",
    constantOf("libraries/TransactionCodec.sol", "MAX_TRANSACTION_BYTES"),
    "number",
  ],
  [
    "MAX_BLOCK_TRANSACTIONS",
    "Most transactions of a block (R6).",
    constantOf("types/Block.sol", "MAX_BLOCK_TRANSACTIONS"),
    "number",
  ],
  [
    "DEPOSIT_INDEX_BASE",
    "First transaction index of the deposit lane.",
    constantOf("types/Position.sol", "DEPOSIT_INDEX_BASE"),
    "number",
  ],
  [
    "MAX_BLOCKS_PER_CALL",
    "Most blocks in one submitBlocks.",
    constantOf("RootChain.sol", "MAX_BLOCKS_PER_CALL"),
    "number",
  ],
  [
    "EXIT_STEPS_PER_PERIOD",
    "Steps of exit times per minimum exit period (R12).",
    constantOf("libraries/ExitTiming.sol", "STEPS_PER_PERIOD"),
    "number",
  ],
  [
    "CHALLENGE_GAS",
    "Gas of the most expensive legal challenge, with margin (R27).",
    constantOf("RootChainBase.sol", "CHALLENGE_GAS"),
    "bigint",
  ],
  [
    "MIN_BOND_GAS_PRICE",
    "Least price of bond gas, in wei (R27).",
    constantOf("RootChainBase.sol", "MIN_BOND_GAS_PRICE"),
    "bigint",
  ],
  [
    "BOND_FACTOR",
    "A bond is priced at this multiple of the base fee, and at most this multiple of it is taken (R27).",
    constantOf("RootChainBase.sol", "BOND_FACTOR"),
    "bigint",
  ],
  [
    "OPENING_BYTES",
    "Bytes of the opening of a standard exit.",
    constantOf("ExitProcessor.sol", "OPENING_BYTES"),
    "number",
  ],
  [
    "ALLOWED_OPCODES",
    "Bit n is set where opcode n may stand in the code of a condition (R15).",
    constantOf("libraries/PureCode.sol", "ALLOWED_OPCODES"),
    "bigint",
  ],
  [
    "MAX_CONDITION_BYTES",
    "Most bytes of the code of a condition (R15).",
    constantOf("libraries/PureCode.sol", "MAX_CODE_BYTES"),
    "number",
  ],
  [
    "MAX_REVEAL_BYTES",
    "Most bytes of the params of a condition, and of its args (R6).",
    constantOf("conditions/Conditions.sol", "MAX_REVEAL_BYTES"),
    "number",
  ],
  [
    "CONDITION_CHECK_GAS",
    "Gas that the contract gives to each call of a condition (R15).",
    constantOf("conditions/Conditions.sol", "CHECK_GAS"),
    "number",
  ],
  [
    "BLOCK_HASHES_SLOT",
    "Storage slot of the root chain's mapping from block number to block hash.",
    slotOf(rootChain, "_blockHashes"),
    "bigint",
  ],
];
const constantsModule = `${header}${numbers
  .map(
    ([name, doc, value, type]) => `\n/** ${doc} */\nexport const ${name} = ${value}${type === "bigint" ? "n" : ""};\n`,
  )
  .join("")}`;

/** Runtime code of the conditions that come with the project: what is registered, and what their addresses follow from. */
const shippedConditions = ["MultiSignature", "HashTimeLock", "PaymentChannel", "LimitOrder"].map((name) => {
  const { deployedBytecode } = artifactOf(`conditions/${name}.sol`, name);
  return `\n  ${name[0]?.toLowerCase()}${name.slice(1)}:\n    "${deployedBytecode}",`;
});
const shippedConditionsModule = `${header}
/** Runtime code of each shipped condition. */
export const SHIPPED_CONDITION_CODE = {${shippedConditions.join("")}
} as const;
`;

const files: Record<string, string> = {
  "protocol/generated/rootChain.ts": contractModule("rootChain", mergeAbis(rootChain, exitProcessor)),
  "protocol/generated/conditions.ts":
    contractModule("conditions", conditions.abi) + contractModule("condition", condition.abi).slice(header.length),
  "protocol/generated/constants.ts": constantsModule,
  "protocol/generated/shippedConditions.ts": shippedConditionsModule,
  "cli/generated/rootChainBytecode.ts": bytecodeModule("rootChain", rootChain),
  "cli/generated/devToken.ts":
    contractModule("devToken", devToken.abi) + bytecodeModule("devToken", devToken).slice(header.length),
  "docs/receipt.schema.json": `${JSON.stringify(z.toJSONSchema(anchoredReceiptSchema, { io: "input" }), null, 2)}\n`,
};

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [file, text] of Object.entries(files)) {
  const target = path.join(root, file);
  if (existsSync(target) && readFileSync(target, "utf8") === text) continue;
  stale.push(file);
  if (check) continue;
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}
if (check && stale.length > 0) {
  console.error(`Out of date, run npm run generate: ${stale.join(", ")}`);
  process.exit(1);
}
console.log(stale.length === 0 ? "Generated files are up to date" : `Wrote ${stale.join(", ")}`);
