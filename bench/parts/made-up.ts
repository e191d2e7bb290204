import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clearAttributes } from '../../src/base/attributes.js';
import { containerName } from '../../src/container/name.js';
import { containerPlaces, hostLayout, type Places } from '../../src/host/layout.js';
import { timed } from '../measure/command.js';

const expression = fileURLToPath(new URL('../containers.nix', import.meta.url));
const layout = hostLayout();

/** Builds containers `PREFIX-1` to `PREFIX-COUNT`, and returns their closures by name. */
export async function buildContainers(
  count: number,
  { autoStart = true, prefix = 'bench' } = {},
): Promise<Map<string, string>> {
  const { stdout } = await timed({
    argv: [
      'nix-build',
      expression,
      '--no-out-link',
      ...['--arg', 'count', String(count)],
      ...['--arg', 'autoStart', String(autoStart)],
      ...['--argstr', 'prefix', prefix],
    ],
  });
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((path, index) => [`${prefix}-${index + 1}`, path]),
  );
}

/**
 * Creates containers as `create` does, but without starting them: a profile with one generation, and the link of the
 * unit file. A thousand real creates would take an hour, with the same result for list.
 */
export async function putContainers(closures: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(layout.unitDir, { recursive: true });
  for (const [name, closure] of closures) {
    const places = containerPlaces(layout, containerName(name));
    await mkdir(places.profileDir, { recursive: true });
    await symlink(closure, join(places.profileDir, 'system-1-link'));
    await symlink('system-1-link', places.profile);
    await symlink(join(places.hostFiles, `${name}.nspawn`), places.unitFile);
  }
}

/** Deletes what `putContainers` created. The containers must not run. */
export async function dropContainers(names: Iterable<string>): Promise<void> {
  for (const name of names) {
    const places = containerPlaces(layout, containerName(name));
    // A started container has an immutable /var/empty.
    await clearAttributes(places.stateDir);
    for (const path of partsOf(places)) await rm(path, { recursive: true, force: true });
  }
}

const partsOf = ({ profileDir, unitFile, dropInDir, stateDir }: Places) => [
  unitFile,
  profileDir,
  dropInDir,
  stateDir,
];
