import { basename, dirname, join } from 'node:path';
import { isContainerNetworkUnit, serviceOf } from '../container/host-file-names.js';
import { isStoredName } from '../container/name.js';
import { createdSources } from '../container/settings.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { readSettings } from '../host/closure.js';
import { isTemporaryTarget } from '../host/journal-links.js';
import type { Layout, Places } from '../host/layout.js';
import { type OldPlaces, oldPlaces, oldServiceOf } from '../host/old-places.js';
import { hiddenBy } from '../host/trees.js';
import { isInvocation } from '../running/roots.js';
import type { Undo } from './undo.js';

const STORE_PATH = /^\/nix\/store\/[0-9a-z]{32}-[^/]+$/;

/**
 * Finds what an undo record refers to that does not belong to this container; null if there is nothing. The
 * records of a journal are data on disk, and are carried out as root. Therefore only records that an operation on this
 * container can have written are accepted, even if somebody else changed the file.
 */
export async function outsideOf(undo: Undo, layout: Layout, places: Places): Promise<string | null> {
  switch (undo.do) {
    case 'put-file':
      if (!isOwnFile(undo.path, layout, places)) return undo.path;
      return undo.state.kind === 'link' && !isOwnTarget(undo.path, undo.state.target, places)
        ? undo.state.target
        : null;
    case 'restore-shared-file':
    case 'delete-link':
      if (undo.container !== places.name) return undo.container;
      if (undo.recordsDir !== dirname(places.record)) return undo.recordsDir;
      if (!isSharedFile(undo.path, layout)) return undo.path;
      return undo.do === 'delete-link' && !/^[A-Za-z0-9_.-]{1,15}$/.test(undo.name) ? undo.name : null;
    case 'remove-directory':
      return (await isOwnDirectory(undo, layout, places)) ? null : undo.path;
    case 'remove-tree':
      return isOwnTree(undo.path, layout, places) ? null : undo.path;
    case 'return-owners':
      return undo.name === places.name ? null : undo.name;
    case 'move':
      if (isMoveOfMigration(undo, layout, places)) return null;
      if (undo.to !== places.stateDir && undo.to !== places.profileDir) return undo.to;
      return isHidden(undo.from, treesOf(places)) && dirname(undo.from) === dirname(undo.to)
        ? null
        : undo.from;
    case 'forget-journal-links':
      if (undo.name !== places.name) return undo.name;
      if (undo.journalsDir !== layout.journalsDir) return undo.journalsDir;
      return undo.machinesDir === layout.machinesDir ? null : undo.machinesDir;
    case 'forget-journal':
      // Only a change of the name has another journal. See outsideOfBoth.
      return undo.path;
    case 'restore-profile':
    case 'forget-generations':
      return undo.profile === places.profile ? null : undo.profile;
    case 'forget-roots':
      if (![places.profileDir, oldPlaces(layout, places.name).profileDir].includes(undo.within))
        return undo.within;
      return undo.autoRootsDir === layout.autoRootsDir ? null : undo.autoRootsDir;
    case 'release-build-root':
      if (undo.path !== places.buildRoot) return undo.path;
      return undo.autoRootsDir === layout.autoRootsDir ? null : undo.autoRootsDir;
    case 'keep-running': {
      if (undo.name !== places.name) return undo.name;
      if (undo.service !== places.service) return undo.service;
      if (undo.profile !== places.profile) return undo.profile;
      if (undo.runningRoots !== places.runningRoots) return undo.runningRoots;
      if (undo.run !== null && !isInvocation(undo.run.invocation)) return undo.run.invocation;
      const kept = [undo.run?.booted ?? null, undo.run?.current ?? null];
      return kept.find((closure) => closure !== null && !STORE_PATH.test(closure)) ?? null;
    }
    case 'stop-machine':
    case 'start-machine':
      if (undo.name !== places.name) return undo.name;
      return [places.service, oldServiceOf(places.name)].includes(undo.service) ? null : undo.service;
    case 'restart-machine':
    case 'reload-machine':
      if (undo.name !== places.name) return undo.name;
      return undo.service === places.service ? null : undo.service;
    case 'start-dependent':
      return isStoredName(undo.name) && undo.service === serviceOf(undo.name) ? null : undo.service;
    case 'reload-units':
    case 'reload-networks':
      return null;
  }
}

/** The same for an operation that changes the container's name: records may refer to what either name has. */
export async function outsideOfBoth(
  undo: Undo,
  layout: Layout,
  places: Places,
  partner: Places,
): Promise<string | null> {
  if (undo.do === 'forget-journal') return undo.path === partner.journal ? null : undo.path;
  if (undo.do === 'move' && undo.from === partner.stateDir && undo.to === places.stateDir) return null;
  if ((await outsideOf(undo, layout, partner)) === null) return null;
  return outsideOf(undo, layout, places);
}

function isOwnFile(path: string, layout: Layout, places: Places): boolean {
  const own = [places.unitFile, places.dropIn, places.runtimeDropIn, places.record, osRelease(places)];
  return (
    own.includes(path) ||
    isNetworkUnit(path, layout) ||
    isJournalLink(path, layout) ||
    isEnablingLink(path, layout, places) ||
    isFileOfMigration(path, layout, places)
  );
}

/** A file of the container of NixOS's own module that a migration replaces. */
function isFileOfMigration(path: string, layout: Layout, { name }: Places): boolean {
  const { homes, service, mask, migration } = oldPlaces(layout, name);
  return (
    path === mask ||
    path === migration ||
    homes.some(({ settings }) => settings === path) ||
    isEnablingLink(path, layout, { service })
  );
}

/** A tree of the container, or of the one of NixOS's own module that it replaces. */
function isOwnTree(path: string, layout: Layout, places: Places): boolean {
  const { homes, profileDir, rootsDir, configurationDir } = oldPlaces(layout, places.name);
  const old = [profileDir, rootsDir, configurationDir, ...homes.map(({ stateDir }) => stateDir)];
  return [places.stateDir, ...old].includes(path) || isHidden(path, [...treesOf(places), ...old]);
}

/** The state moves from the container of NixOS's own module to the new one or back, or out of the way. */
function isMoveOfMigration(
  { from, to }: Extract<Undo, { do: 'move' }>,
  layout: Layout,
  { name, stateDir }: Places,
): boolean {
  const { homes, configurationDir } = oldPlaces(layout, name);
  if (to === configurationDir) return isHidden(from, [to]);
  const old = homes.map((home) => home.stateDir);
  if (old.includes(to)) return from === stateDir || isHidden(from, [to]);
  return old.includes(from) && to === stateDir;
}

/**
 * A link of the container points into its profile, into its tree (on newer versions of systemd under a temporary name),
 * or to the template of its service.
 */
function isOwnTarget(path: string, target: string, places: Places): boolean {
  if (basename(path) === places.service) return basename(target) === 'systemd-nspawn@.service';
  if (basename(path) === oldServiceOf(places.name))
    return target === '/dev/null' || basename(target) === 'container@.service';
  if (target.split('/').includes('..')) return false;
  if (isTemporaryTarget(target)) return basename(target) === basename(path);
  return target.startsWith(`${places.profile}/`) || target.includes(`/${places.name}/var/log/journal/`);
}

const osRelease = ({ stateDir }: Places) => join(stateDir, 'etc', 'os-release');

const isNetworkUnit = (path: string, { networkDir }: Layout) =>
  dirname(path) === networkDir && isContainerNetworkUnit(path);

const isJournalLink = (path: string, { journalsDir }: Layout) =>
  dirname(path) === journalsDir && /^[0-9a-f]{32}$/.test(basename(path));

const isEnablingLink = (
  path: string,
  { serviceDir, runtimeServiceDir }: Layout,
  { service }: Pick<Places, 'service'>,
) =>
  basename(path) === service &&
  [serviceDir, runtimeServiceDir].includes(dirname(dirname(path))) &&
  /\.(?:wants|requires|upholds)$/.test(dirname(path));

/** A file that a preset puts next to those of its container (plugins/lifecycle). */
const isSharedFile = (path: string, { networkDir }: Layout) =>
  dirname(path) === networkDir && /\.(?:network|netdev)$/.test(path);

/** The name to which a tree of the container is moved before it is deleted. */
const isHidden = (path: string, trees: readonly string[]) =>
  trees.some((place) => dirname(path) === dirname(place) && hiddenBy(basename(path)) === basename(place));

const treesOf = ({ profileDir, stateDir }: Places) => [profileDir, stateDir];

async function isOwnDirectory(
  { path, closure }: Extract<Undo, { do: 'remove-directory' }>,
  layout: Layout,
  places: Places,
): Promise<boolean> {
  const own = [
    places.stateDir,
    join(places.stateDir, 'usr'),
    join(places.stateDir, 'etc'),
    join(places.stateDir, 'nix', 'var', 'nix'),
    places.dropInDir,
    places.runtimeDropInDir,
    layout.unitDir,
    layout.networkDir,
    layout.profilesDir,
    layout.serviceDir,
    layout.runtimeServiceDir,
    dirname(places.record),
    ...madeByMigrations(oldPlaces(layout, places.name)),
  ];
  // The parents of these directories are created with them. Only an empty directory is ever removed.
  if (own.includes(path) || own.some((place) => place.startsWith(`${path}/`))) return true;
  return closure !== undefined && (await isMadeFor(closure, path));
}

const madeByMigrations = ({ mask, migration, configurationDir, profileDir, rootsDir }: OldPlaces) =>
  [mask, migration, configurationDir, profileDir, rootsDir].map((path) => dirname(path));

/** Whether the closure mounts the path, or a path below it, with `create = true`. */
async function isMadeFor(closure: string, path: string): Promise<boolean> {
  if (!STORE_PATH.test(closure)) return false;
  try {
    const settings = await readSettings(join(closure, 'nixos-nspawn', 'data.json'));
    return createdSources(settings).some((source) => source === path || source.startsWith(`${path}/`));
  } catch (error) {
    if (error instanceof NspawnError) return false;
    throw error;
  }
}
