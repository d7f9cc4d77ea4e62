import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Processor seconds, user and system together, of a process; of the threads that live, each by itself. */
export interface CpuTime {
  readonly total: number;
  readonly threads: readonly { readonly name: string; readonly seconds: number }[];
}

/** What `getconf CLK_TCK` says on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads /proc, so it throws on other systems than Linux. */
export function readCpuTime(pid: number): CpuTime {
  const tasks = `/proc/${pid}/task`;
  return {
    total: readStat(`/proc/${pid}`).seconds,
    threads: readdirSync(tasks).map((id) => readStat(path.join(tasks, id))),
  };
}

/** Processor seconds of a service: of its main thread, of its verification threads, and of all others. */
export function readServiceTime(pid: number): [main: number, verifiers: number, others: number] {
  const { total, threads } = readCpuTime(pid);
  const inThreads = (name: string) =>
    threads.reduce((sum, thread) => sum + (thread.name === name ? thread.seconds : 0), 0);
  const [main, verifiers] = [inThreads("MainThread"), inThreads("WorkerThread")];
  return [main, verifiers, total - main - verifiers];
}

/** `pid (name) state …`, where the name may hold anything; utime and stime are the fields 14 and 15. */
function readStat(directory: string): { name: string; seconds: number } {
  const stat = readFileSync(path.join(directory, "stat"), "utf8");
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  return { name: stat.slice(stat.indexOf("(") + 1, end), seconds: ticks / TICKS_PER_SECOND };
}
