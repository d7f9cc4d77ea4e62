// Compiles a spending condition of one's own to the runtime code that "plasma-cli condition register" takes, with the settings of the project:
//   node scripts/compileCondition.ts docs/conditions/Inheritance.sol inheritance.hex
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fromHex } from "../protocol/bytes.ts";
import { assertPureCode } from "../protocol/pureCode.ts";

interface Diagnostic {
  readonly severity: string;
  readonly formattedMessage: string;
}

interface Compiled {
  readonly errors?: readonly Diagnostic[];
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly evm: { readonly deployedBytecode: { readonly object: string } } }>>
    >
  >;
}

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  throw new Error("usage: node scripts/compileCondition.ts <source.sol> <code.hex>");
}
const solc = createRequire(import.meta.url)("solc") as {
  compile(input: string, callbacks: { import(name: string): { contents: string } | { error: string } }): string;
};

/** Imports are found beside the project's own files, and in its packages. */
function readImport(name: string): { contents: string } | { error: string } {
  const found = [path.resolve(root, name), path.join(root, "node_modules", name)].find((file) => existsSync(file));
  return found === undefined ? { error: `${name} is nowhere` } : { contents: readFileSync(found, "utf8") };
}

const name = path.relative(root, path.resolve(source));
const input = {
  language: "Solidity",
  sources: { [name]: { content: readFileSync(source, "utf8") } },
  settings: {
    viaIR: true,
    optimizer: { enabled: true, runs: 2_000 },
    evmVersion: "osaka",
    // Metadata behind the code would be scanned like code.
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection: { [name]: { "*": ["evm.deployedBytecode.object"] } },
  },
};
const { errors = [], contracts = {} } = JSON.parse(
  solc.compile(JSON.stringify(input), { import: readImport }),
) as Compiled;
const failed = errors.filter(({ severity }) => severity === "error");
if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));

const [contract] = Object.entries(contracts[name] ?? {});
if (!contract) throw new Error(`${source} has no contract`);
const code = `0x${contract[1].evm.deployedBytecode.object}`;
assertPureCode(fromHex(code));
writeFileSync(target, `${code}\n`);
console.log(`${contract[0]}: ${(code.length - 2) / 2} bytes of pure code in ${target}`);
