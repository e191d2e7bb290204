import type { EarlierView, StatusView } from '../../src/operations/status.js';
import { bytesText } from './bytes.js';
import { type Colour, coloured, showsColour } from './colour.js';
import { type Column, table, wrapped } from './table.js';
import { timeText } from './time-text.js';

/** Width of the titles, including the colon and the space after it. */
const MARGIN = 16;
const SCREEN = 80;

/**
 * One container on one screen of 80 columns. Values that are unknown or absent have no line. A path or reference that
 * is too long stays on one line, so that it can be copied.
 */
export function statusText(
  status: StatusView,
  { now = new Date(), isColoured = showsColour() }: { now?: Date; isColoured?: boolean } = {},
): string {
  const { failed_units: failed, state_size: state, closure_size: closure } = status;
  const rows: [string, string | null, (Colour | null)?][] = [
    ['State', sinceText(status, now), stateColour(status)],
    ['Generation', generationText(status), isBehind(status) ? 'yellow' : null],
    ['Source', sourceText(status)],
    ['Presets', status.presets.join(', ') || null],
    ['Addresses', status.addresses.join('\n') || null],
    ['Ports', status.ports.map(portText).join(', ') || null],
    ['Requires', status.requires.map(earlierText).join(', ') || null],
    ['Wants', status.wants.map(earlierText).join(', ') || null],
    ['After', status.after.map(earlierText).join(', ') || null],
    ['Required by', status.required_by.join(', ') || null],
    ['Credentials', credentialsText(status), status.credentials.some(isStaleCredential) ? 'yellow' : null],
    ['Failed units', failed === null ? null : failed.join(', ') || 'none', failed?.length ? 'red' : null],
    ['Memory', status.memory === null ? null : bytesText(status.memory)],
    ['CPU', status.cpu_seconds === null ? null : `${status.cpu_seconds.toFixed(1)} s`],
    ['Tasks', status.tasks === null ? null : String(status.tasks)],
    ['Disk', diskText(state, closure)],
    ['Last operation', operationText(status, now), status.last_operation?.error ? 'red' : null],
    ['Problem', status.problem, 'red'],
    ['Needs root', status.needs_root.map((field) => field.replaceAll('_', ' ')).join(', ') || null],
  ];
  const lines = rows.flatMap(([title, value, colour = null]) =>
    (value ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => wrapped(line, SCREEN - MARGIN - 2))
      .map((line) => (isColoured ? coloured(line, colour) : line))
      .map((line, index) => `  ${(index === 0 ? `${title}:` : '').padEnd(MARGIN)}${line}`),
  );
  return [`${status.name} (${status.type})`, ...lines].join('\n');
}

/** A container without a state in parentheses is running. */
const earlierText = ({ unit, container, state }: EarlierView) =>
  `${container ?? unit}${state === null || state === 'running' ? '' : ` (${state})`}`;

const columns: Column<StatusView>[] = [
  { title: 'NAME', value: ({ name }) => name, narrows: 'cut' },
  { title: 'STATE', value: stateText, colour: stateColour },
  {
    title: 'GENERATION',
    value: shortGeneration,
    colour: (status) => (isBehind(status) ? 'yellow' : null),
  },
  { title: 'MEMORY', value: ({ memory }) => (memory === null ? '-' : bytesText(memory)) },
  { title: 'CPU', value: ({ cpu_seconds: cpu }) => (cpu === null ? '-' : `${cpu.toFixed(1)} s`) },
  { title: 'ADDRESS', value: ({ addresses: [first] }) => first ?? '-', narrows: 'cut' },
];

export const statusTable = (containers: readonly StatusView[], width?: number) =>
  [table(containers, columns, width), ...problemLines(containers)].join('\n');

/** One line for each container with a problem, shown below the table. */
const problemLines = (containers: readonly StatusView[]) =>
  containers.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]));

function stateText({ state, service_state: service }: StatusView): string {
  if (state === 'running') return service === 'active' ? 'running' : service;
  return service === 'inactive' ? 'stopped' : service;
}

const sinceText = (status: StatusView, now: Date) =>
  `${stateText(status)}${status.since === null ? '' : ` since ${timeText(status.since, now)}`}`;

function stateColour(status: StatusView): Colour | null {
  if (status.problem !== null) return 'red';
  const state = stateText(status);
  return state === 'running' ? 'green' : state === 'failed' ? 'red' : state === 'stopped' ? 'dim' : 'yellow';
}

/** Whether a generation newer than the current one was built. */
const isStale = ({ generation, newest_generation: newest }: StatusView) =>
  generation !== null && newest !== null && newest > generation;

/** Whether the running or the current generation is not the newest one. */
const isBehind = (status: StatusView) => status.outdated || isStale(status);

/** The newest, current and running generation: `4 built, 3 current, 2 running`, and what that means. */
function generationText(status: StatusView): string | null {
  const { generation, newest_generation: newest, running_generation: running, outdated } = status;
  if (generation === null) return null;
  const words = [`${generation} current`];
  if (newest !== null && newest !== generation) words.unshift(`${newest} built`);
  if (running !== null && running !== generation) words.push(`${running} running`);
  const lines = [words.join(', ')];
  if (outdated) lines.push(`outdated: a restart boots generation ${generation} instead`);
  if (isStale(status)) lines.push(`stale: the newer generation ${newest} is not current`);
  return lines.join('\n');
}

function diskText(state: number | null, closure: number | null): string | null {
  const parts = [
    ...(state === null ? [] : [`${bytesText(state)} of state`]),
    ...(closure === null ? [] : [`${bytesText(closure)} of closure`]),
  ];
  return parts.join(', ') || null;
}

function operationText({ last_operation: last }: StatusView, now: Date): string | null {
  if (last === null) return null;
  const { operation, at, error } = last;
  const head = `${operation}, ${timeText(at, now)}`;
  return error === null ? `${head}, done` : `${head}, failed:\n${error.message}`;
}

function shortGeneration(status: StatusView): string {
  const { generation, outdated } = status;
  if (generation === null) return '-';
  return `${generation}${outdated ? ' (outdated)' : isStale(status) ? ' (stale)' : ''}`;
}

function sourceText({ source }: StatusView): string | null {
  if (source === null) return null;
  switch (source.kind) {
    case 'flake':
      if (source.host !== undefined) return `${source.reference} (in ${source.directory} on ${source.host})`;
      return isRelative(source.reference) ? `${source.reference} (in ${source.directory})` : source.reference;
    case 'config':
      return source.host === undefined ? source.file : `${source.file} (on ${source.host})`;
    case 'profile':
      return source.path;
  }
}

const portText = ({
  protocol,
  host_port: from,
  container_port: to,
  forwarded,
}: StatusView['ports'][number]) => `${protocol} ${from} -> ${to}${forwarded === false ? ' (dead)' : ''}`;

const isStaleCredential = ({ changed }: StatusView['credentials'][number]) => changed === true;

function credentialsText({ credentials }: StatusView): string | null {
  const stale = credentials.filter(isStaleCredential).map(({ id }) => id);
  const lines = [credentials.map(({ id }) => id).join(', ')];
  if (stale.length > 0)
    lines.push(`changed since the start: ${stale.join(', ')}; a restart passes the new content`);
  return lines.join('\n') || null;
}

const isRelative = (reference: string) =>
  /^(?:path:)?\.{0,2}(?:[/#]|$)/.test(reference) && !/^(?:path:)?\//.test(reference);
