import type { Store } from "./store.ts";

/** Sorted pairs of numbers that are written once and never changed. */
export interface Run {
  readonly id: number;
  readonly pages: number;
  readonly pairs: number;
  /** The highest value in it. */
  readonly highest: number;
  /** The first pair of every page: key, value, key, value, … */
  readonly fences: Float64Array;
}

export interface RunWriter {
  /** Adds the next pair in order; the same one again is left out. */
  push(key: number, value: number): void;
  /** From here on the run is there for good. */
  end(): Run;
}

export type RunStore = ReturnType<typeof createRunStore>;

export const PAIRS_PER_PAGE = 252;
const PAGE_SPAN = 2 ** 24;

/** What `drop` left to be erased. */
interface Remains {
  readonly id: number;
  readonly pages: number;
  erased: number;
}

/** The runs of one index in the store, a page of the store's file to a row, so that whole runs are appended and read in order. */
export function createRunStore(store: Store, name: string) {
  const selectNewest = store.prepare("SELECT max(id) AS id FROM runs");
  const insertRun = store.prepare("INSERT INTO runs VALUES (?, ?, 0, 0, 0, 0, x'')");
  const completeRun = store.prepare(
    "UPDATE runs SET complete = 1, pages = ?, pairs = ?, highest = ?, fences = ? WHERE id = ?",
  );
  const dropRun = store.prepare("UPDATE runs SET complete = 0, fences = x'' WHERE id = ?");
  const removeRun = store.prepare("DELETE FROM runs WHERE id = ?");
  const selectComplete = store.prepare("SELECT * FROM runs WHERE name = ? AND complete = 1 ORDER BY id");
  const selectIncomplete = store.prepare("SELECT id FROM runs WHERE name = ? AND complete = 0 ORDER BY id");
  const insertPage = store.prepare("INSERT INTO run_pages VALUES (?, ?)");
  const selectPage = store.prepare("SELECT pairs FROM run_pages WHERE key = ?");
  const selectLastPage = store.prepare("SELECT max(key) AS key FROM run_pages WHERE key < ?");
  const removePages = store.prepare("DELETE FROM run_pages WHERE key >= ? AND key < ?");

  const pageKey = (id: number, page: number) => id * PAGE_SPAN + page;
  let remains: Remains[] = [];

  return {
    /** The runs as they are in the store; what was being written is dropped. */
    load(): Run[] {
      remains = selectIncomplete.all(name).map((row) => {
        const id = row.id as number;
        const last = (selectLastPage.get(pageKey(id + 1, 0))?.key as number | null) ?? -1;
        return { id, pages: Math.max(0, last + 1 - pageKey(id, 0)), erased: 0 };
      });
      return selectComplete.all(name).map((row) => ({
        id: row.id as number,
        pages: row.pages as number,
        pairs: row.pairs as number,
        highest: row.highest as number,
        fences: toNumbers(row.fences as Uint8Array),
      }));
    },

    read: ({ id }: Run, page: number): Float64Array =>
      toNumbers(selectPage.get(pageKey(id, page))?.pairs as Uint8Array),

    startRun(): RunWriter {
      const id = ((selectNewest.get()?.id as number | null) ?? 0) + 1;
      insertRun.run(id, name);
      const page = new Float64Array(2 * PAIRS_PER_PAGE);
      const fences: number[] = [];
      let used = 0;
      let pages = 0;
      let pairs = 0;
      let highest = -1;
      let lastKey = -1;
      let lastValue = -1;

      const writePage = () => {
        if (used === 0) return;
        fences.push(page[0] as number, page[1] as number);
        insertPage.run(pageKey(id, pages), new Uint8Array(page.buffer, 0, used * page.BYTES_PER_ELEMENT));
        pages += 1;
        used = 0;
      };

      return {
        push(key, value) {
          if (key === lastKey && value === lastValue) return;
          lastKey = key;
          lastValue = value;
          page[used] = key;
          page[used + 1] = value;
          used += 2;
          pairs += 1;
          if (value > highest) highest = value;
          if (used === page.length) writePage();
        },
        end() {
          writePage();
          const run = { id, pages, pairs, highest, fences: Float64Array.from(fences) };
          completeRun.run(pages, pairs, highest, new Uint8Array(run.fences.buffer), id);
          return run;
        },
      };
    },

    /** A run that is not read any more. Its pages go by and by. */
    drop({ id, pages }: Run): void {
      dropRun.run(id);
      remains.push({ id, pages, erased: 0 });
    },

    /** Erases up to so many pages of what was dropped. */
    erase(pages: number): void {
      for (let left = pages; left > 0; ) {
        const [oldest] = remains;
        if (oldest === undefined) return;
        const end = Math.min(oldest.pages, oldest.erased + left);
        removePages.run(pageKey(oldest.id, oldest.erased), pageKey(oldest.id, end));
        left -= Math.max(1, end - oldest.erased);
        oldest.erased = end;
        if (end < oldest.pages) continue;
        removeRun.run(oldest.id);
        remains = remains.slice(1);
      }
    },
  };
}

/** Numbers as they lie in memory: a store stays with the machine that wrote it. */
function toNumbers(bytes: Uint8Array): Float64Array {
  const { BYTES_PER_ELEMENT } = Float64Array;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new Float64Array(buffer, byteOffset, byteLength / BYTES_PER_ELEMENT);
}
