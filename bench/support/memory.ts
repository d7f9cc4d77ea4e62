import { readFileSync } from "node:fs";

/** Resident memory of a process in bytes, now and at its highest. Reads /proc, so it throws on other systems than Linux. */
export function readMemory(pid: number): { readonly resident: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { resident: bytesOf("VmRSS"), peak: bytesOf("VmHWM") };
}
