import type { Part } from '../results.js';

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 70, right: 20, top: 30, bottom: 50 };
/** They can be distinguished without colours. */
const STROKES = [
  { colour: '#1f6feb', dashes: '' },
  { colour: '#1a7f37', dashes: '2 3' },
  { colour: '#bf5700', dashes: '6 4' },
] as const;

type Curve = NonNullable<Part['curve']>;

/** Draws lines with logarithmic axes, so that a factor looks the same everywhere. 0 is drawn as 1. */
export function asSvg(title: string, { across, lines }: Curve): string {
  const all = lines.flatMap(({ points }) => points);
  const x = scale(
    all.map(([at]) => Math.max(1, at)),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = scale(
    all.map(([, value]) => value),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${text(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...y.ticks.map(
      (tick) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y.at(tick)}" y2="${y.at(tick)}" stroke="#d0d7de"/><text x="${MARGIN.left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${tick} ms</text>`,
    ),
    ...[...new Set(all.map(([at]) => at))].map(
      (at) =>
        `<text x="${x.at(Math.max(1, at))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${at}</text>`,
    ),
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${text(across)}</text>`,
  ];
  for (const [index, { name, points }] of lines.entries()) {
    const { colour, dashes } = STROKES[index % STROKES.length] ?? STROKES[0];
    const places = points.map(([at, value]) => `${x.at(Math.max(1, at))},${y.at(value)}`);
    parts.push(
      `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`,
      `<text x="${MARGIN.left + 10}" y="${MARGIN.top + 4 + index * 18}" fill="${colour}">${text(name)}</text>`,
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

/** A logarithmic axis from the least to the greatest value, with ticks at 1, 2 and 5 times each power of ten. */
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values) * 1.2);
  const at = (value: number) =>
    Math.round((from + ((Math.log10(value) - low) / (high - low)) * (to - from)) * 10) / 10;
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    for (const factor of [1, 2, 5]) {
      const tick = factor * 10 ** power;
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
    }
  }
  return { at, ticks };
}

const text = (words: string) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
