import { isPresent, presentAmong } from '../base/files.js';
import type { ContainerName } from '../container/name.js';
import { migrationUnfinished, migrationUnreadable, noMigration } from '../errors/migration.js';
import type { Layout } from '../host/layout.js';
import { enablingLinks } from '../host/leftovers.js';
import { type Migration, readMigration } from '../host/migrations.js';
import { type OldPlaces, oldPlaces } from '../host/old-places.js';

/** What is left of a container of NixOS's own module after its migration. */
export async function leftOf(
  layout: Layout,
  name: ContainerName,
  { settings, stateDir, moved }: Pick<Migration, 'settings' | 'stateDir' | 'moved'>,
): Promise<string[]> {
  const { service, profileDir, rootsDir } = oldPlaces(layout, name);
  return presentAmong([
    ...(await enablingLinks(layout, { service })),
    settings,
    profileDir,
    rootsDir,
    ...(moved ? [] : [stateDir]),
  ]);
}

/** @throws NspawnError `migration-unfinished` if what the operation changes may be needed for the old container */
export async function requireNoMigration(
  name: ContainerName,
  layout: Layout,
  verb: 'remove' | 'rename' | 'reset',
): Promise<void> {
  if (await isPresent(oldPlaces(layout, name).migration)) throw migrationUnfinished(name, verb);
}

/** @throws NspawnError `no-migration`, `record-unreadable` */
export async function requireMigration(
  name: ContainerName,
  layout: Layout,
): Promise<{ migration: Migration; old: OldPlaces }> {
  const old = oldPlaces(layout, name);
  const migration = await readMigration(old.migration);
  if (migration === null) throw noMigration(name);
  const isKnown = old.homes.some(
    (home) => home.settings === migration.settings && home.stateDir === migration.stateDir,
  );
  if (!isKnown) throw migrationUnreadable(old.migration, 'names files that are not of this container');
  return { migration, old };
}
