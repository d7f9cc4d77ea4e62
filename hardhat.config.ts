import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm (wasm), so a build needs no network. One profile: what is tested is what is deployed.
const solc = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: {
    viaIR: true,
    optimizer: { enabled: true, runs: 2_000 },
    evmVersion: "osaka",
    metadata: { bytecodeHash: "none" as const, appendCBOR: false },
  },
};

// These tests take the contract in question from its artifact, so how they are compiled themselves is free to be fast.
const artifactTests = Object.fromEntries(
  globSync("test/contracts/{RootChain.*.t,conditions/*.t,support/*Game}.sol", { cwd: import.meta.dirname }).map(
    (file) => [file, { ...solc, settings: { ...solc.settings, viaIR: false } }],
  ),
);

// Budgets of the Solidity fuzz and invariant tests; CI raises nothing, a developer may (PLASMA_FUZZ_RUNS=20000).
const fuzzRuns = Number(process.env.PLASMA_FUZZ_RUNS ?? 256);

export default defineConfig({
  // Every file is compiled by itself, and contracts apart from tests: what else there is to compile never changes the bytecode.
  solidity: {
    profiles: {
      default: { compilers: [solc], overrides: artifactTests, isolated: true },
      production: { compilers: [solc], overrides: artifactTests, isolated: true },
    },
    splitTestsCompilation: true,
  },
  paths: { tests: { solidity: "./test/contracts" } },
  test: {
    solidity: {
      fuzz: { runs: fuzzRuns, seed: "0x504c41534d41" },
      invariant: { runs: 64, depth: 128, failOnRevert: true },
      fsPermissions: { readDirectory: ["test/vectors"] },
    },
  },
  networks: {
    // What `hardhat node` serves to tests and to the development chain.
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka", allowUnlimitedContractSize: false },
    node: { type: "edr-simulated", chainType: "l1", hardfork: "osaka", allowUnlimitedContractSize: false },
  },
});
