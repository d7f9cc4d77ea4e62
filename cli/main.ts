#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Halves the start of every command. The cache lies with the installation, where nobody else can write.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/plasma-cli", import.meta.url)));
const { runProgram } = await import("./program.ts");

// A first signal asks for an orderly end, a second one does not wait for it.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort());
}

const { env, stdin, stdout, stderr } = process;
process.exitCode = await runProgram(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stop.signal });
