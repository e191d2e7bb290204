import type { Measured, Part, Results } from '../results.js';

/** The results for a terminal. */
export function asText({ parts }: Results): string {
  return parts.map((part) => `\n${partText(part)}\n`).join('');
}

export function partText({ title, rows, notes }: Part): string {
  const lines = rows.map(
    (row) => `${row.what.padEnd(56)} ${number(row.median).padStart(8)} ${row.unit}${beside(row)}`,
  );
  return [title, ...[...lines, ...notes].map((line) => `  ${line}`)].join('\n');
}

export const number = (value: number) =>
  value < 10 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);

function beside({ against, limit }: Measured): string {
  if (against === null) return limit === null ? '' : `  (at most ${limit})`;
  const bound = limit === null ? '' : `, at most ${limit}`;
  return `  (${against.ratio.toFixed(3)} times ${against.what}${bound})`;
}
