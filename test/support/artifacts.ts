/** The folder into which Hardhat compiles a source; tests are compiled apart from what is deployed. */
export const artifactsOf = (source: string): string =>
  source.startsWith("test/") ? "cache/test-artifacts" : "artifacts";
