import { isStoredName } from '../../container/name.js';
import type { Argv } from '../../process.js';
import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { lostItsGeneration } from './state.js';

/** What containers that are gone left behind; of one name, a single finding. */
export function orphanFindings({ orphans, containers }: Facts): Finding[] {
  // What of a container is there still is told with it.
  const told = new Set<string>(
    containers
      .filter(
        (container) =>
          container.isUnfinished ||
          container.found.problem?.code !== 'no-profile' ||
          lostItsGeneration(container),
      )
      .map(({ found }) => found.name),
  );
  const left = <T extends { name: string }>(all: readonly T[]) => all.filter(({ name }) => !told.has(name));
  const files = left(orphans.files);
  const named = new Set(files.map(({ name }) => name));
  const records = left(orphans.records);
  return [
    ...[...named].map((name) =>
      orphanedFiles(
        name,
        files.filter((file) => file.name === name).map(({ path }) => path),
        records.filter((record) => record.name === name).map(({ path }) => path),
      ),
    ),
    ...records
      .filter(({ name }) => !named.has(name))
      .map(({ name, path }) =>
        forName('orphaned-record', name, `${path} remembers ${name}, which is not there.`, {
          commands: [['rm', '--', path]],
        }),
      ),
    ...left(orphans.settings).map(({ name, path }) =>
      forName('orphaned-settings', name, `${path} is for ${name}, which is not there.`, {
        advice: `Delete it if nobody needs it, then run 'systemctl daemon-reload'.`,
      }),
    ),
    ...orphans.remnants.map(({ name, path }) =>
      forName('undeleted-tree', name, `${path} was to be deleted with ${name}, and is there still.`, {
        own: 'delete-remnants',
        safe: true,
      }),
    ),
    ...left(orphans.states).map(({ name, path }) =>
      forName('orphaned-state', name, `${path} is the state of a container that is not there.`, {
        advice: `'machinectl remove ${name}' deletes it, if nobody needs it.`,
      }),
    ),
    ...orphans.copies.map(({ name, path }) =>
      forName('ephemeral-copy', name, `${path} is a copy of ${name} that systemd-nspawn could not delete.`, {
        commands: deletionOf(path),
        safe: true,
      }),
    ),
  ];
}

/** NixOS makes /var/empty immutable. Neither find(1) nor rm(1) follows a link below the path. */
const deletionOf = (path: string): Argv[] => [
  ['find', path, '-xdev', '-path', `${path}/var/empty`, '-exec', 'chattr', '-i', '--', '{}', ';'],
  ['rm', '-rf', '--one-file-system', '--', path],
];

function orphanedFiles(name: string, paths: readonly string[], records: readonly string[]): Finding {
  const has = (ending: string) => paths.some((path) => path.endsWith(ending));
  const commands: Argv[] = [['rm', '--', ...paths, ...records]];
  if (has('.network')) commands.push(['networkctl', 'reload']);
  if (has('.conf') || has('.service')) commands.push(['systemctl', 'daemon-reload']);
  return forName(
    'orphaned-file',
    name,
    `${paths.join(', ')} ${paths.length === 1 ? 'belongs' : 'belong'} to ${name}, which is not there.`,
    { commands },
  );
}

function forName(
  ...[id, name, what, mend]: [Finding['id'], string, string, Partial<Finding['mend']>]
): Finding {
  return { ...hostFinding(id, what, mend), container: isStoredName(name) ? name : null };
}
