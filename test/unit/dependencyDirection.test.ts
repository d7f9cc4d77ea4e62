import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

// Who may import whom. A folder not named here may not be imported by shipped code at all.
const MAY_IMPORT: Record<string, string[]> = {
  protocol: ["protocol"],
  runtime: ["runtime", "protocol"],
  operator: ["operator", "runtime", "protocol"],
  watcher: ["watcher", "client", "runtime", "protocol"],
  client: ["client", "protocol"],
  cli: ["cli", "client", "operator", "watcher", "runtime", "protocol"],
};

/** Folders whose code also runs in a browser. */
const BROWSER_SAFE = ["protocol", "client"];

/** The only packages of the protocol core: no I/O comes in through a dependency. */
const PROTOCOL_PACKAGES = [
  "viem",
  "@noble/curves",
  "@noble/hashes",
  "zod",
  "@ethereumjs/common",
  "@ethereumjs/statemanager",
  "@ethereumjs/trie",
  "@ethereumjs/vm",
];

const root = path.resolve(import.meta.dirname, "../..");

interface Import {
  file: string;
  specifier: string;
}

/** Static, side-effect and dynamic imports, re-exports, and modules that are started as workers. */
const IMPORT_PATTERNS = [
  /^(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"/gm,
  /^import\s+"([^"]+)"/gm,
  /\bimport\(\s*"([^"]+)"/g,
  /new URL\("([^"]+\.ts)", import\.meta\.url\)/g,
];

function importsOf(folder: string): Import[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root }).flatMap((file) => {
    const source = readFileSync(path.join(root, file), "utf8");
    const specifiers = IMPORT_PATTERNS.flatMap((pattern) =>
      [...source.matchAll(pattern)].map((match) => match[1] ?? ""),
    );
    return specifiers.map((specifier) => ({ file, specifier }));
  });
}

const isRelative = ({ specifier }: Import): boolean => specifier.startsWith(".") || specifier.endsWith(".ts");
const packageOf = ({ specifier }: Import): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  const imports = importsOf(folder);

  test(`${folder}/ imports only ${allowed.join(", ")}`, () => {
    assert.ok(imports.length > 0, `no imports found in ${folder}/`);
    const wrong = imports.filter(isRelative).filter(({ file, specifier }) => {
      const target = path.posix.join(path.posix.dirname(file), specifier).split("/")[0] as string;
      return !allowed.includes(target);
    });
    assert.deepEqual(wrong, []);
  });

  test(`${folder}/ never imports Hardhat`, () => {
    assert.deepEqual(
      imports.filter((entry) => /^(hardhat|@nomicfoundation)/.test(entry.specifier)),
      [],
    );
  });

  if (BROWSER_SAFE.includes(folder))
    test(`${folder}/ uses nothing of Node`, () => {
      assert.deepEqual(
        imports.filter(({ specifier }) => specifier.startsWith("node:")),
        [],
      );
    });
}

test("protocol/ depends on its few packages only", () => {
  const foreign = importsOf("protocol").filter(
    (entry) => !isRelative(entry) && !PROTOCOL_PACKAGES.includes(packageOf(entry)),
  );
  assert.deepEqual(foreign, []);
});

test("nothing imports the trie by its other name, under which npm keeps a second copy", () => {
  const imports = [...Object.keys(MAY_IMPORT), "test", "bench"].flatMap(importsOf);
  assert.deepEqual(
    imports.filter((entry) => packageOf(entry) === "@ethereumjs/mpt"),
    [],
  );
});
