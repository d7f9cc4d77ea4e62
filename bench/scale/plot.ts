/** One quantity as it grows. */
export interface Panel {
  readonly title: string;
  readonly points: readonly (readonly [outputs: number, value: number])[];
  readonly goal?: { readonly value: number; readonly text: string };
}

const PANEL = { width: 460, height: 300, left: 62, right: 20, top: 60, bottom: 46 };
const COLUMNS = 2;
const MAX_TICKS = 4;
/** Between the vertical axis and the first point, whose value is written above it. */
const INSET = 26;

/** An SVG of panels over the number of unspent outputs, on a logarithmic axis; values begin at zero. */
export function plot(title: string, panels: readonly Panel[]): string {
  const width = PANEL.width * COLUMNS;
  const height = PANEL.height * Math.ceil(panels.length / COLUMNS);
  const drawn = panels.map((panel, index) => {
    const [x, y] = [(index % COLUMNS) * PANEL.width, Math.floor(index / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel).join("\n")}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ title, points, goal }: Panel): string[] {
  const decades = points.map(([outputs]) => Math.log10(outputs));
  const [first, last] = [Math.floor(Math.min(...decades)), Math.ceil(Math.max(...decades))];
  const span = Math.max(1, last - first);
  const highest = Math.max(goal?.value ?? 0, ...points.map(([, value]) => value));
  const step = niceStep(highest / MAX_TICKS);
  const ticks = Math.ceil(highest / step);
  const [right, bottom] = [PANEL.width - PANEL.right, PANEL.height - PANEL.bottom];
  const xOf = (decade: number) =>
    round(PANEL.left + INSET + ((decade - first) / span) * (right - PANEL.left - 2 * INSET));
  const yOf = (value: number) => round(bottom - (value / (step * ticks)) * (bottom - PANEL.top));

  const horizontal = Array.from({ length: ticks + 1 }, (_, tick) => {
    const [value, y] = [tick * step, yOf(tick * step)];
    return `<path d="M${PANEL.left} ${y}H${right}" stroke="#ddd"/><text x="${PANEL.left - 8}" y="${y + 4}" text-anchor="end">${label(value)}</text>`;
  });
  const vertical = Array.from({ length: span + 1 }, (_, index) => {
    const x = xOf(first + index);
    const power = `10<tspan dy="-5" font-size="9">${first + index}</tspan>`;
    return `<path d="M${x} ${PANEL.top}V${bottom}" stroke="#eee"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${power}</text>`;
  });
  const at = points.map(([outputs, value]) => [xOf(Math.log10(outputs)), yOf(value)] as const);
  return [
    `<text x="${PANEL.left}" y="24" font-size="14" font-weight="bold">${title}</text>`,
    ...horizontal,
    ...vertical,
    `<text x="${(PANEL.left + right) / 2}" y="${bottom + 38}" text-anchor="middle">unspent outputs in the store</text>`,
    ...(goal === undefined
      ? []
      : [
          `<path d="M${PANEL.left} ${yOf(goal.value)}H${right}" stroke="#c33" stroke-dasharray="5 4"/>`,
          `<text x="${right}" y="40" text-anchor="end" fill="#c33">${goal.text}</text>`,
        ]),
    `<polyline points="${at.map(([x, y]) => `${x},${y}`).join(" ")}" fill="none" stroke="#1f6fb2" stroke-width="2"/>`,
    ...at.map(([x, y], index) => {
      const value = points[index]?.[1] as number;
      return `<circle cx="${x}" cy="${y}" r="3.5" fill="#1f6fb2"/><text x="${x}" y="${y - 9}" text-anchor="middle" fill="#1f6fb2">${label(value)}</text>`;
    }),
  ];
}

/** The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= least) ?? 10);
}

const round = (coordinate: number) => Math.round(coordinate * 10) / 10;
const label = (value: number) => value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
