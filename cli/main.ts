#!/usr/bin/env node
import { runProgram } from "./program.ts";

// A first signal asks for an orderly end, a second one does not wait for it.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort());
}

const { env, stdin, stdout, stderr } = process;
process.exitCode = await runProgram(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stop.signal });
