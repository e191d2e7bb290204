import type { Measured, Part, Results } from '../results.js';
import { number } from './text.js';

/** The results as a part of the manual. Each curve is a separate SVG. */
export function asMarkdown({ date, machine, versions, parts }: Results): string {
  const { processor, cores, memory, kernel } = machine;
  const on = `Measured on ${date} in the throw-away host of the tests: ${processor}, ${cores} cores, ${memory}, Linux ${kernel}.`;
  const list = Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`);
  return [on, list.join('\n'), ...parts.map(section)].join('\n\n').concat('\n');
}

function section(part: Part): string {
  const { title, about, rows, notes, curve } = part;
  const table = [
    '| measurement | median | range | compared with | limit |',
    '|---|---:|---:|---:|---:|',
    ...rows.map(line),
  ];
  return [
    `### ${title}`,
    about,
    table.join('\n'),
    ...(curve === null ? [] : [`![${title}, in milliseconds](./performance/${fileOf(part)})`]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n');
}

function line({ what, unit, median, min, max, against, limit }: Measured): string {
  const compared = against === null ? '' : `${against.ratio.toFixed(3)} × ${against.what}`;
  const cells = [
    what,
    `${number(median)} ${unit}`,
    min === max ? '' : `${number(min)} to ${number(max)}`,
    compared,
    limit ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The file name of the part's curve. */
export const fileOf = ({ title }: Part) => `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`;
