// Puts deliberate bugs into the contracts, one at a time, and plays until the model disagrees. Prints what each needed, and
// fails where one is not found. `npm run faults -- --histories 2000 --only piggyback`.
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { compilePatched } from "./compile.ts";
import { deployContracts } from "./contracts.ts";
import { exploreWorld } from "./exhaustive.ts";
import { FAULTS, type Fault } from "./faultList.ts";
import { inWords } from "./moves.ts";
import { playRandomHistories } from "./randomHistories.ts";
import type { Run } from "./replay.ts";
import { SMALL_WORLDS } from "./smallWorlds.ts";
import { ACTORS, emptyWorld } from "./worlds.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "600" },
    length: { type: "string", default: "100" },
    only: { type: "string", default: "" },
  },
});
/** Moves of the small worlds behind their prologues. */
const DEPTH = 3;
const [histories, length] = [Number(values.histories), Number(values.length)];

/** Random histories first, then every history of the small worlds. */
async function find({ patch }: Fault): Promise<Run & { readonly by: string }> {
  const contracts = await deployContracts(emptyWorld(), ACTORS, compilePatched(patch));
  let found: Run & { readonly by: string } = {
    ...(await playRandomHistories(contracts, { histories, length, seed: 1 })),
    by: "random histories",
  };
  for (const world of SMALL_WORLDS) {
    if (found.counterexample !== undefined) break;
    found = { ...(await exploreWorld(contracts, world, DEPTH)), by: world.name };
  }
  await contracts.close();
  return found;
}

const table = new Table({ head: ["fault", "found by", "histories", "steps", "shortest", "s"], style: { head: [] } });
let missed = 0;
for (const fault of FAULTS.filter(({ name }) => name.includes(values.only))) {
  const started = performance.now();
  const { by, histories: played, steps, counterexample } = await find(fault);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (counterexample === undefined) missed += 1;
  table.push([
    fault.name,
    counterexample ? by : "NOT FOUND",
    played,
    steps,
    counterexample?.history.length ?? "",
    seconds,
  ]);
  console.log(`\n${fault.name}: ${counterexample?.failure ?? "not found"}`);
  for (const move of counterexample?.history ?? []) console.log(`  ${inWords(move)}`);
}
console.log(`\n${table.toString()}\n${missed === 0 ? "Every fault was found" : `${missed} faults were NOT found`}`);
process.exit(missed === 0 ? 0 : 1);
