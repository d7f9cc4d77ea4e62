import path from "node:path";

/** What V8 writes with --cpu-prof, as far as it is used. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Ids of the nodes that were running, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function with the time that it and what it called took, and those that it called. */
export interface Flame {
  readonly name: string;
  /** Folder of the project that it is from; "node" and "native" for all else. */
  readonly origin: string;
  microseconds: number;
  readonly callees: Map<string, Flame>;
}

const FOLDERS = ["protocol", "runtime", "operator"];
/** Samples that are no work of the thread. */
const NOT_WORK = new Set(["(idle)", "(root)", "(program)"]);

/** All profiles as one, by functions, without the time in which nothing was done. */
export function readFlame(profiles: readonly Profile[]): Flame {
  const root: Flame = { name: "all", origin: "native", microseconds: 0, callees: new Map() };
  for (const profile of profiles) addProfile(root, profile);
  return root;
}

function addProfile(root: Flame, { nodes, samples, timeDeltas }: Profile): void {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const stackOf = (id: number | undefined): Profile["nodes"][number]["callFrame"][] => {
    const frame = id === undefined ? undefined : frames.get(id);
    return id === undefined || frame === undefined ? [] : [...stackOf(parents.get(id)), frame];
  };
  const stacks = new Map<number, ReturnType<typeof stackOf>>();
  for (const [index, id] of samples.entries()) {
    const stack = stacks.get(id) ?? stackOf(id).filter(({ functionName }) => functionName !== "(root)");
    stacks.set(id, stack);
    if (stack.length === 0 || NOT_WORK.has(stack.at(-1)?.functionName ?? "")) continue;
    const microseconds = timeDeltas[index] ?? 0;
    root.microseconds += microseconds;
    let caller = root;
    for (const { functionName, url } of stack) {
      const name = functionName || `(${path.basename(url) || "anonymous"})`;
      const origin = originOf(url);
      const key = `${origin} ${name}`;
      const callee = caller.callees.get(key) ?? { name, origin, microseconds: 0, callees: new Map() };
      caller.callees.set(key, callee);
      callee.microseconds += microseconds;
      caller = callee;
    }
  }
}

function originOf(url: string): string {
  const folder = path.basename(path.dirname(url));
  if (url.startsWith("file:") && !url.includes("node_modules") && FOLDERS.includes(folder)) return folder;
  return url === "" ? "native" : "node";
}
