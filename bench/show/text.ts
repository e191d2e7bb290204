import type { Measured, Results } from '../results.js';

/** The results for a terminal. */
export function asText({ parts }: Results): string {
  return parts
    .flatMap(({ title, rows, notes }) => [
      '',
      title,
      ...rows.map(
        (row) => `  ${row.what.padEnd(56)} ${number(row.median).padStart(8)} ${row.unit}${against(row)}`,
      ),
      ...notes.map((note) => `  ${note}`),
    ])
    .concat('')
    .join('\n');
}

export const number = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function against({ against, limit }: Measured): string {
  if (against === null) return limit === null ? '' : `  (at most ${limit})`;
  const bound = limit === null ? '' : `, at most ${limit}`;
  return `  (${against.ratio.toFixed(2)} times ${against.what}${bound})`;
}
