import type { GenerationView } from '../../src/operations/generations.js';
import { bytesText } from './bytes.js';
import { type Column, table } from './table.js';
import { localTime } from './time-text.js';

/** Maximum width of the NIXOS column. With all other columns full, a line then stays within 80 columns. */
const WIDEST_VERSION = 26;

/** The generations as a table of at most 80 columns. `paths` adds each store path on a separate line. */
export function generationsText(
  generations: readonly GenerationView[],
  options: { sizes: boolean; paths: boolean },
): string {
  const columns: Column<GenerationView>[] = [
    { title: 'GENERATION', value: ({ generation }) => String(generation) },
    { title: 'DATE', value: ({ date }) => localTime(new Date(date)) },
    {
      title: 'NIXOS',
      value: ({ label, nixos_version }) => shortened(label ?? nixos_version ?? '-', WIDEST_VERSION),
    },
    ...(options.sizes
      ? [
          {
            title: 'SIZE',
            value: ({ closure_size }: GenerationView) =>
              closure_size === null ? '-' : bytesText(closure_size),
          },
        ]
      : []),
    { title: 'STATE', value: state, colour: ({ running }) => (running ? 'green' : null) },
  ];
  const [header, ...rows] = table(generations, columns).split('\n');
  if (!options.paths) return [header, ...rows].join('\n');
  return [header, ...rows.flatMap((row, index) => [row, `  ${generations[index]?.path}`])].join('\n');
}

function state({ current, running, booted, host_defaults_changed: changed }: GenerationView): string {
  const words = [
    current ? 'current' : '',
    running ? 'running' : '',
    booted && !running ? 'booted' : '',
    changed ? 'new host defaults' : '',
  ];
  return words.filter((word) => word !== '').join(', ') || '-';
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
