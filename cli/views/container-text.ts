import type { ContainerView } from '../../src/operations/container-view.js';
import type { Colour } from './colour.js';
import { type Column, table } from './table.js';

/** One container in a few lines, as shown after `create`. */
export function containerText(container: ContainerView): string {
  const lines = [
    `Container ${container.name}`,
    `  Unit File: ${container.unit_file}`,
    `  Imperative: ${container.is_imperative ? 'True' : 'False'}`,
    `  State: ${container.state === 'running' ? 'running' : 'powered off'}`,
  ];
  if (container.generation !== null) lines.push(`  Generation: ${container.generation}`);
  if (container.addresses.length > 0) lines.push(`  Addresses: ${container.addresses.join(', ')}`);
  return lines.join('\n');
}

const columns: Column<ContainerView>[] = [
  { title: 'NAME', value: ({ name }) => name, narrows: 'cut' },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'STATE', value: ({ state }) => state, colour: stateColour },
  { title: 'GENERATION', value: ({ generation }) => (generation === null ? '-' : String(generation)) },
  { title: 'ADDRESSES', value: addresses, narrows: 'cut' },
];

export const containerTable = (containers: readonly ContainerView[]) => table(containers, columns);

function stateColour({ state, problem }: ContainerView): Colour | null {
  if (problem !== null) return 'red';
  return state === 'running' ? 'green' : 'dim';
}

/** The first address and the number of others, which keeps the line short. */
function addresses({ addresses: [first, ...more] }: ContainerView): string {
  if (first === undefined) return '-';
  return more.length === 0 ? first : `${first} (+${more.length})`;
}
