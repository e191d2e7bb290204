import type { StatusView } from '../src/operations/status.js';
import { bytesText } from './bytes.js';
import { type Column, table } from './table.js';

/** One container on one screen: what is not known, or not there, has no line. */
export function statusText(status: StatusView): string {
  const { failed_units: failed, last_operation: last } = status;
  const rows: [string, string | null][] = [
    ['State', `${stateText(status)}${status.since === null ? '' : ` since ${status.since}`}`],
    ['Generation', generationText(status)],
    ['Source', sourceText(status)],
    ['Presets', status.presets.join(', ') || null],
    ['Addresses', status.addresses.join('\n') || null],
    ['Ports', status.ports.map(portText).join(', ') || null],
    ['Failed units', failed === null ? null : failed.join(', ') || 'none'],
    ['Memory', status.memory === null ? null : bytesText(status.memory)],
    ['CPU', status.cpu_seconds === null ? null : `${status.cpu_seconds.toFixed(1)} s`],
    ['Tasks', status.tasks === null ? null : String(status.tasks)],
    ['Last change', last === null ? null : `${last.operation} at ${last.at}`],
    ['Problem', status.problem],
  ];
  const lines = rows.flatMap(([title, value]) =>
    (value ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) => `  ${(index === 0 ? `${title}:` : '').padEnd(14)}${line}`),
  );
  return [`${status.name} (${status.type})`, ...lines].join('\n');
}

const columns: Column<StatusView>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: stateText },
  { title: 'GENERATION', value: shortGeneration },
  { title: 'MEMORY', value: ({ memory }) => (memory === null ? '-' : bytesText(memory)) },
  { title: 'CPU', value: ({ cpu_seconds: cpu }) => (cpu === null ? '-' : `${cpu.toFixed(1)} s`) },
  { title: 'ADDRESS', value: ({ addresses: [first] }) => first ?? '-' },
];

export const statusTable = (containers: readonly StatusView[]) => table(containers, columns);

function stateText({ state, service_state: service }: StatusView): string {
  if (state === 'running') return service === 'active' ? 'running' : service;
  return service === 'inactive' ? 'stopped' : service;
}

function generationText(status: StatusView): string | null {
  const { generation, newest_generation: newest, running_generation: running, outdated } = status;
  if (generation === null) return null;
  const words = [`${generation} current`];
  if (running !== null && running !== generation) words.push(`${running} running`);
  if (newest !== null && newest !== generation) words.push(`${newest} newest`);
  return `${words.join(', ')}${outdated ? ' (outdated: a restart boots another than runs)' : ''}`;
}

function shortGeneration({ generation, outdated }: StatusView): string {
  return generation === null ? '-' : `${generation}${outdated ? ' (outdated)' : ''}`;
}

function sourceText({ source }: StatusView): string | null {
  if (source === null) return null;
  switch (source.kind) {
    case 'flake':
      return source.reference;
    case 'config':
      return source.file;
    case 'profile':
      return source.path;
  }
}

const portText = ({ protocol, host_port: from, container_port: to }: StatusView['ports'][number]) =>
  `${protocol} ${from} -> ${to}`;
