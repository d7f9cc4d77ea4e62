import type { Flame } from "./profile.ts";

const WIDTH = 1_200;
const ROW = 16;
const LETTER = 6;
/** What is narrower is left out. */
const MIN_WIDTH = 1.5;
/** What is deeper is left out: how Node loads modules goes on and on. */
const MAX_ROWS = 18;

const COLOURS: Readonly<Record<string, string>> = {
  protocol: "#f2a65a",
  runtime: "#e8d06c",
  operator: "#8fc1a9",
  node: "#b9c4d6",
  native: "#d9b8c4",
};

/** Flame graphs one below the other as SVG: callers above, what they call below, as wide as the time that it takes. */
export function drawFlames(graphs: readonly { readonly title: string; readonly flame: Flame }[]): string {
  const pieces: string[] = [];
  let top = ROW;
  for (const [index, [origin, colour]] of Object.entries(COLOURS).entries()) {
    pieces.push(`<rect x="${index * 110}" y="${top - 10}" width="12" height="12" fill="${colour}"/>`);
    pieces.push(`<text x="${index * 110 + 17}" y="${top}">${origin}</text>`);
  }
  for (const { title, flame } of graphs) {
    top += 2 * ROW;
    pieces.push(`<text x="0" y="${top}" font-weight="bold">${title}</text>`);
    top += ROW / 2;
    const rows = drawRow(
      flame,
      { x: 0, y: top, scale: WIDTH / flame.microseconds, whole: flame.microseconds, depth: 0 },
      pieces,
    );
    top += rows * ROW;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + ROW}" font-family="sans-serif" font-size="11">`,
    "<title>Where the operator's threads spend their time</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    ...pieces,
    "</svg>\n",
  ].join("\n");
}

interface Row {
  readonly x: number;
  readonly y: number;
  /** Units of width a microsecond. */
  readonly scale: number;
  readonly whole: number;
  readonly depth: number;
}

/** Draws what a function called; gives how many rows that took. */
function drawRow({ callees }: Flame, { x, y, scale, whole, depth }: Row, pieces: string[]): number {
  let left = x;
  let rows = 0;
  if (depth === MAX_ROWS) return 0;
  for (const callee of [...callees.values()].sort((a, b) => b.microseconds - a.microseconds)) {
    const width = callee.microseconds * scale;
    if (width < MIN_WIDTH) continue;
    const share = ((100 * callee.microseconds) / whole).toFixed(1);
    const room = Math.floor((width - 4) / LETTER);
    const label = callee.name.length <= room ? callee.name : room > 3 ? `${callee.name.slice(0, room - 1)}…` : "";
    pieces.push(
      `<g><title>${escapeXml(callee.name)}, ${callee.origin}: ${share} %</title>` +
        `<rect x="${left.toFixed(1)}" y="${y}" width="${(width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${COLOURS[callee.origin]}"/>` +
        `<text x="${(left + 2).toFixed(1)}" y="${y + 11}">${escapeXml(label)}</text></g>`,
    );
    rows = Math.max(rows, 1 + drawRow(callee, { x: left, y: y + ROW, scale, whole, depth: depth + 1 }, pieces));
    left += width;
  }
  return rows;
}

const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
