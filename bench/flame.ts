// Draws where the operator's threads spend their time as flame graphs. Profiles come from a run of a bench:
//   NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles" node bench/main.ts --only 0 && node bench/flame.ts profiles docs/flame.svg
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { drawFlames } from "./flame/draw.ts";
import { type Profile, readFlame } from "./flame/profile.ts";

const [directory, file] = process.argv.slice(2);
if (directory === undefined || file === undefined)
  throw new TypeError("use: node bench/flame.ts <directory> <file.svg>");

const profiles = globSync("*.cpuprofile", { cwd: directory }).map(
  (name) => JSON.parse(readFileSync(path.join(directory, name), "utf8")) as Profile,
);
/** Threads are told by a function that they alone run. */
const threadsWith = (source: string, functionName: string) =>
  profiles.filter(({ nodes }) =>
    nodes.some(({ callFrame }) => callFrame.functionName === functionName && callFrame.url.endsWith(source)),
  );
const svg = drawFlames([
  { title: "Main thread of the operator", flame: readFlame(threadsWith("operator/sequencer.ts", "place")) },
  { title: "Verification threads", flame: readFlame(threadsWith("runtime/verifierWorker.ts", "verify")) },
]);
writeFileSync(file, svg);
