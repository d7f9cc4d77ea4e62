// Everything a change must pass, in the order in which it fails fastest. `npm test` is what a developer and CI run;
// `npm test -- unit` runs the named stages only.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name: string): string => path.join(root, "node_modules/.bin", name);
const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", FORCE_COLOR: "0" };

interface Outcome {
  failed: boolean;
  /** Tests that passed and failed, where the stage runs tests. */
  counts?: { passed: number; failed: number };
  /** Why a stage failed whose command succeeded. */
  reason?: string;
}

interface Stage {
  name: string;
  run(): Promise<Outcome>;
}

function execute(command: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
      stream.write(chunk);
      output += chunk.toString();
    };
    child.stdout.on("data", take(process.stdout));
    child.stderr.on("data", take(process.stderr));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const command = (name: string, file: string, args: string[]): Stage => ({
  name,
  run: async () => ({ failed: (await execute(file, args)).code !== 0 }),
});

/** Compiles; a warning in the project's own Solidity is an error. */
const build: Stage = {
  name: "build",
  async run() {
    const { code, output } = await execute(bin("hardhat"), ["build"]);
    const warned = output
      .split(/\n\n(?=Warning)/)
      .some((part) => /^Warning[\s\S]*?-->\s+\.\/(?!node_modules)/.test(part));
    return { failed: code !== 0 || warned, ...(warned ? { reason: "the compiler warned" } : {}) };
  },
};

const numberAfter = (pattern: RegExp, text: string): number => Number(pattern.exec(text)?.[1] ?? 0);

const solidity: Stage = {
  name: "solidity",
  async run() {
    const { code, output } = await execute(bin("hardhat"), ["test", "solidity"]);
    const counts = { passed: numberAfter(/(\d+) passing/, output), failed: numberAfter(/(\d+) failing/, output) };
    return { failed: code !== 0 || counts.passed === 0, counts };
  },
};

/** Node's test runner over one kind of tests. End-to-end files own a network each, so two run at a time. */
const nodeTests = (kind: string): Stage => ({
  name: kind,
  async run() {
    const files = globSync(`test/${kind}/**/*.test.ts`, { cwd: root }).sort();
    if (files.length === 0) return { failed: true, reason: `no tests in test/${kind}` };
    const { code, output } = await execute(bin("node"), [
      "--test",
      "--test-concurrency=2",
      "--test-reporter=spec",
      ...files,
    ]);
    const counts = { passed: numberAfter(/^ℹ pass (\d+)/m, output), failed: numberAfter(/^ℹ fail (\d+)/m, output) };
    return { failed: code !== 0 || counts.passed === 0, counts };
  },
});

const stages: Stage[] = [
  command("lint", bin("biome"), ["check", "--error-on-warnings", "."]),
  build,
  command("generated", bin("node"), ["scripts/generate.ts", "--check"]),
  command("typecheck", bin("tsc"), ["-p", "."]),
  nodeTests("unit"),
  nodeTests("conformance"),
  solidity,
  command("gas", bin("node"), ["bench/gas.ts"]),
  nodeTests("e2e"),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`No stage ${unknown.join(", ")}; there are: ${stages.map((stage) => stage.name).join(" ")}`);
  process.exit(2);
}
// A build comes first whatever is asked for: everything behind it reads artifacts.
const chosen = stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name) || name === "build");

const rows: string[] = [];
const total = { passed: 0, failed: 0 };
for (const stage of chosen) {
  console.log(`\n== ${stage.name}`);
  const started = performance.now();
  const { failed, counts, reason } = await stage.run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  total.passed += counts?.passed ?? 0;
  total.failed += counts?.failed ?? 0;
  const tests = counts ? `${counts.passed} passed, ${counts.failed} failed` : failed ? "failed" : "ok";
  rows.push(`${stage.name.padEnd(12)} ${seconds.padStart(7)} s  ${tests}${reason ? ` (${reason})` : ""}`);
  if (failed) {
    console.log(
      `\n${rows.join("\n")}\n\nStage ${stage.name} failed\n${total.passed} passed, ${Math.max(total.failed, 1)} failed`,
    );
    process.exit(1);
  }
}
console.log(`\n${rows.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
