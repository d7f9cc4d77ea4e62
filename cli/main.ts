#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Halves the start of every command. The cache lies with the installation, where nobody else can write.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/plasma-cli", import.meta.url)));
const { runProgram } = await import("./program.ts");

const { env, stdin, stdout, stderr } = process;
// Whoever reads the output may have seen enough: `plasma-cli … | head`.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await runProgram(process.argv.slice(2), { env, stdin, stdout, stderr, stopSignal });
// A pipe that somebody keeps open must not keep the program running.
stdin.destroy();

/** A first signal asks for an orderly end, a second one does not wait for it. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
