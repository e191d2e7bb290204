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

function beside({ against, limit, unit }: Measured): string {
  const parts = [
    ...(against === null ? [] : [`${against.ratio.toFixed(3)} times ${against.what}`]),
    ...(limit === null ? [] : [`at most ${limitText(limit, unit)}`]),
  ];
  return parts.length === 0 ? '' : `  (${parts.join(', ')})`;
}

/** A limit, such as `250 ms`, `2000 ms each` or `1.5 times`. */
export function limitText({ of, atMost }: NonNullable<Measured['limit']>, unit: Measured['unit']): string {
  if (of === 'ratio') return `${atMost} times`;
  return of === 'max' ? `${atMost} ${unit} each` : `${atMost} ${unit}`;
}
