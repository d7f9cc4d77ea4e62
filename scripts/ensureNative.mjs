// Makes the tree usable on a machine whose own Node is older than the project's. Needs nothing but Node >= 18 and npm.
//  1. links node_modules/.bin/node to the Node binary that npm installed (npm 10 drops the link when several packages offer it)
//  2. npm run by an old Node leaves out optional native packages whose "engines" exclude it (the EDR binary of Hardhat):
//     npm is run once more under the project's own Node to put them in
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const MIN_MAJOR = 24;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const bundled = path.join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
const link = path.join(modules, ".bin", "node");

function linkNode() {
  if (!existsSync(bundled) || existsSync(link)) return;
  mkdirSync(path.dirname(link), { recursive: true });
  symlinkSync(path.relative(path.dirname(link), bundled), link);
}

function hardhatLoads() {
  const hardhat = path.join(modules, "hardhat", "package.json");
  if (!existsSync(hardhat)) return true; // production install: nothing of Hardhat is needed
  try {
    createRequire(hardhat)("@nomicfoundation/edr");
    return true;
  } catch {
    return false;
  }
}

linkNode();
if (Number(process.versions.node.split(".")[0]) < MIN_MAJOR) {
  if (!existsSync(bundled)) {
    console.error(
      `Node ${MIN_MAJOR} or newer is needed and no package brings it for ${process.platform}-${process.arch}: install it, then run npm ci again`,
    );
    process.exit(1);
  }
  process.exit(spawnSync(bundled, [fileURLToPath(import.meta.url)], { stdio: "inherit", cwd: root }).status ?? 1);
}
if (!process.env.PLASMA_ENSURE_NATIVE && !hardhatLoads()) {
  const env = {
    ...process.env,
    PLASMA_ENSURE_NATIVE: "1",
    PATH: path.dirname(link) + path.delimiter + process.env.PATH,
  };
  for (const name of Object.keys(env))
    if (/^npm_(config_user_agent|command|lifecycle|package_)/i.test(name)) delete env[name];
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: "inherit", env })
    : spawnSync("npm", args, { cwd: root, stdio: "inherit", env });
  linkNode();
  if (run.status !== 0) process.exit(run.status ?? 1);
}
