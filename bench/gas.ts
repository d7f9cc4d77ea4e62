// `npm run gas`: what every operation costs on L1, in gas of whole transactions, beside its budget and the OMG network's
// contracts. Fails where a figure is over budget or above bench/gas.snapshot.json; `--update` rewrites the snapshot.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import Table from "cli-table3";
import { createL1 } from "./gas/l1.ts";
import { type Measurement, measureOperations } from "./gas/operations.ts";
import { measurePaymentCosts } from "./gas/perPayment.ts";
import { createWorld, PEOPLE_COUNT } from "./gas/world.ts";

const snapshotFile = new URL("gas.snapshot.json", import.meta.url);

const format = (gas: bigint) => gas.toLocaleString("en");

function verdictOf({ operation, gas, budget }: Measurement, snapshot: Readonly<Record<string, number>>): string {
  const before = snapshot[operation];
  if (gas > budget) return "over budget";
  if (before === undefined) return "not in the snapshot";
  if (gas > before) return `above the snapshot by ${format(gas - BigInt(before))}`;
  if (gas < before) return `below the snapshot by ${format(BigInt(before) - gas)}`;
  return "";
}

const l1 = await createL1(PEOPLE_COUNT);
const world = await createWorld(l1);
const measurements = await measureOperations(world, (step) => console.error(`measuring: ${step}`));
const costs = await measurePaymentCosts(world);
await l1.close();

if (process.argv.includes("--update")) {
  const figures = Object.fromEntries(measurements.map(({ operation, gas }) => [operation, Number(gas)]));
  writeFileSync(snapshotFile, `${JSON.stringify(figures, null, 2)}\n`);
}
const snapshot: Record<string, number> = existsSync(snapshotFile) ? JSON.parse(readFileSync(snapshotFile, "utf8")) : {};

const table = new Table({
  head: ["operation", "gas", "budget", "OMG v2", "OMG / ours", ""],
  colAligns: ["left", "right", "right", "right", "right", "left"],
  style: { head: [], border: [] },
  chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
});
const verdicts = measurements.map((measurement) => verdictOf(measurement, snapshot));
for (const [index, { operation, gas, budget, omg }] of measurements.entries()) {
  table.push([
    operation,
    format(gas),
    format(budget),
    omg === undefined ? "" : format(omg),
    omg === undefined ? "" : `${(Number(omg) / Number(gas)).toFixed(1)}x`,
    verdicts[index] ?? "",
  ]);
}
console.log(table.toString());
console.log("Gas of a payment on L1:");
for (const { what, gas } of costs) {
  console.log(`  ${what.padEnd(30)} ${gas.toLocaleString("en", { maximumFractionDigits: 1 }).padStart(9)}`);
}

const rises = verdicts.filter((verdict) => verdict !== "" && !verdict.startsWith("below")).length;
if (rises > 0) {
  console.error(`${rises} figures are over budget or differ from bench/gas.snapshot.json (node bench/gas.ts --update)`);
  process.exitCode = 1;
}
