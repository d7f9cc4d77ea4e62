// Puts deliberate bugs into the contracts, one at a time, and plays until the model disagrees. Prints what each needed, and
// fails where one is not found. `npm run faults -- --histories 2000 --only piggyback`.
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { compilePatched } from "./compile.ts";
import { deployContracts } from "./contracts.ts";
import { playWorlds } from "./exhaustive.ts";
import { FAULTS, type Fault } from "./faultList.ts";
import { inWords } from "./moves.ts";
import { type Counterexample, playRandomHistories } from "./randomHistories.ts";
import { ACTORS, emptyWorld } from "./worlds.ts";

const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "600" },
    length: { type: "string", default: "100" },
    only: { type: "string", default: "" },
  },
});
const [histories, length] = [Number(values.histories), Number(values.length)];

interface Found {
  readonly by: string;
  readonly histories: number;
  readonly steps: number;
  readonly counterexample: Counterexample;
}

async function find({ contract, patch }: Fault): Promise<Found | undefined> {
  const bytecode = compilePatched(contract, [patch]);
  const replacement = contract === "RootChain" ? { rootChain: bytecode } : { exitProcessor: bytecode };
  const contracts = await deployContracts(emptyWorld(), ACTORS, replacement);
  const random = await playRandomHistories(contracts, { histories, length, seed: 1 });
  const found = random.counterexample === undefined ? await playWorlds(contracts) : random;
  await contracts.close();
  const by = found === random ? "random" : "exhaustive";
  return found.counterexample && { by, ...found, counterexample: found.counterexample };
}

const table = new Table({ head: ["fault", "found by", "histories", "steps", "shortest", "s"], style: { head: [] } });
let missed = 0;
for (const fault of FAULTS.filter(({ name }) => name.includes(values.only))) {
  const started = performance.now();
  const found = await find(fault);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (found === undefined) missed += 1;
  const { by = "NOT FOUND", histories: played = "", steps = "", counterexample } = found ?? {};
  table.push([fault.name, by, played, steps, counterexample?.history.length ?? "", seconds]);
  console.log(`\n${fault.name}: ${counterexample?.failure ?? "not found"}`);
  for (const move of counterexample?.history ?? []) console.log(`  ${inWords(move)}`);
}
console.log(`\n${table.toString()}\n${missed === 0 ? "Every fault was found" : `${missed} faults were NOT found`}`);
process.exit(missed === 0 ? 0 : 1);
