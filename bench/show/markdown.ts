import type { AllResults, Measured, Part, Results } from '../results.js';
import { limitText, number } from './text.js';

/** The results of each host as a part of the manual. Each curve is a separate SVG. */
export function asMarkdown(all: AllResults): string {
  return Object.entries(all)
    .map(([suite, results]) => `## On ${suite}\n\n${ofHost(suite, results)}`)
    .join('\n');
}

function ofHost(suite: string, { date, machine, versions, parts }: Results): string {
  const { processor, cores, memory, kernel } = machine;
  const on = `Measured on ${date} in the throw-away host of the tests: ${processor}, ${cores} cores, ${memory}, Linux ${kernel}.`;
  const list = Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`);
  return [on, list.join('\n'), ...parts.map((part) => section(suite, part))].join('\n\n').concat('\n');
}

function section(suite: string, part: Part): string {
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
    ...(curve === null ? [] : [`![${title}, in milliseconds](./performance/${fileOf(suite, part)})`]),
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
    limit === null ? '' : limitText(limit, unit),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The file name of the part's curve. */
export const fileOf = (suite: string, { title }: Part) =>
  `${suite}-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`;
