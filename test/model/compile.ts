import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Hex } from "viem";

/** A piece of Solidity that is replaced by another. It must occur exactly once in its file. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = path.resolve(import.meta.dirname, "../..");
const cache = path.join(root, "cache/faults");
const require = createRequire(import.meta.url);

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<string, Record<string, { readonly evm: { readonly bytecode: { object: string } } }>>
  >;
}

/** Deployment bytecode of the root chain with a patch applied; compiled once for each wording of the sources. */
export function compilePatched(patch: Patch): Hex {
  const file = "contracts/RootChain.sol";
  const texts = new Map<string, string>();
  const read = (source: string): string => {
    const known = texts.get(source);
    if (known !== undefined) return known;
    const text = patched(source, readFileSync(path.join(root, sourcePath(source)), "utf8"), patch);
    texts.set(source, text);
    return text;
  };
  const digest = digestOf(file, read);
  const cached = path.join(cache, digest);
  if (existsSync(cached)) return readFileSync(cached, "utf8") as Hex;

  const settings = {
    viaIR: true,
    optimizer: { enabled: true, runs: 1 },
    evmVersion: "osaka",
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection: { [file]: { RootChain: ["evm.bytecode.object"] } },
  };
  const input = { language: "Solidity", sources: { [file]: { content: read(file) } }, settings };
  const solc = require("solc") as { compile(input: string, callbacks: unknown): string };
  const output: CompilerOutput = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (source: string) => ({ contents: read(source) }) }),
  );
  const failed = output.errors?.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw new Error(failed.formattedMessage);
  const bytecode: Hex = `0x${output.contracts?.[file]?.RootChain?.evm.bytecode.object}`;
  mkdirSync(cache, { recursive: true });
  writeFileSync(cached, bytecode);
  return bytecode;
}

const sourcePath = (source: string): string => (source.startsWith("@") ? `node_modules/${source}` : source);

function patched(source: string, text: string, { file, from, to }: Patch): string {
  if (`contracts/${file}` !== source) return text;
  if (text.split(from).length !== 2) throw new Error(`${file} does not have exactly once: ${from}`);
  return text.replace(from, () => to);
}

/** Of a source and all that it imports. */
function digestOf(entry: string, read: (source: string) => string): string {
  const seen = new Set<string>([entry]);
  const hash = createHash("sha256");
  for (const source of seen) {
    const text = read(source);
    hash.update(source).update(text);
    for (const [, specifier = ""] of text.matchAll(/^import[^"]*"([^"]+)"/gm)) {
      seen.add(specifier.startsWith(".") ? path.posix.join(path.posix.dirname(source), specifier) : specifier);
    }
  }
  return hash.digest("hex");
}
