import type { Verdict } from './judge.js';
import { VERBS } from './verbs.js';

export interface Result {
  verb: string;
  /** Whether the command had ended when the power was cut. */
  hadEnded: boolean;
  verdict: Verdict | 'lost';
}

/** Prints the numbers of cuts, as a table for docs/power-loss.md. */
export function printTable(fileSystem: string, seed: number, results: readonly Result[]): void {
  const header = ['command', 'cuts', 'of these, after it had ended', 'as before', 'as after', 'lost or torn'];
  const rows = VERBS.map(({ title }) => {
    const own = results.filter(({ verb }) => verb === title);
    const count = (verdict: Result['verdict']) => own.filter((result) => result.verdict === verdict).length;
    const numbers = [
      own.length,
      own.filter(({ hadEnded }) => hadEnded).length,
      ...(['before', 'after', 'lost'] as const).map(count),
    ];
    return [title, ...numbers.map(String)];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    `${results.length} cuts on ${fileSystem}, with the seed ${seed}:`,
    '',
    line(header),
    `|${header.map(() => '---').join('|')}|`,
    ...rows.map(line),
  ].join('\n');
  console.log(table);
}
