import { createHash } from 'node:crypto';
import { lstat, readFile, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Anchor } from '../base/anchored.js';
import { findWithin } from '../base/anchored-path.js';
import { type CopyRules, copyEntries } from '../base/copying.js';
import { syncFileSystems } from '../base/file-systems.js';
import { entries, makeDirectory, putText, readText } from '../base/files.js';
import { configurationOf } from '../container/old-container-nix.js';
import { interrupted } from '../errors/commands.js';
import { noOldConfiguration } from '../errors/migration.js';
import type { FoundOldContainer } from './old-containers.js';
import type { OldPlaces } from './old-places.js';

/** The directory of the configuration in a container of `nixos-container`. */
const IN_CONTAINER = '/etc/nixos';
/** Its copy on the host, in the directory of the migrated configuration. */
const COPY = 'nixos';

/**
 * Makes the configuration of a container that is taken over: a copy of its /etc/nixos, and a module that adds the
 * settings on the host. It is a copy because the container can change its own files, and the configuration decides what
 * the container may do on the host.
 *
 * @returns paths of links, which are left out: they would lead elsewhere on the host
 */
export async function makeConfiguration(
  { old, settings, stateDir, configuration }: FoundOldContainer,
  { configurationDir, configuration: file }: OldPlaces,
  signal: AbortSignal,
): Promise<string[]> {
  const copy = join(configurationDir, COPY);
  await makeDirectory(dirname(configurationDir));
  // It may contain secrets, and the container's directory is closed too.
  await makeDirectory(configurationDir, 0o700);
  await makeDirectory(copy, 0o700);
  await copyFrom(stateDir, copy, signal);
  const links = await withoutLinks(copy);
  const text = await readText(join(copy, 'configuration.nix'));
  if (text === null) throw noOldConfiguration(old.name, null, configuration ?? join(stateDir, IN_CONTAINER));
  const imported = `./${COPY}/configuration.nix`;
  await putText(file, configurationOf(old, { settings, imported, text }));
  await syncFileSystems([configurationDir], { signal });
  return links;
}

/** Links of the container never lead out of it, even if it changes them meanwhile. */
async function copyFrom(stateDir: string, to: string, signal: AbortSignal): Promise<void> {
  const root = Anchor.open(stateDir);
  const target = Anchor.open(to);
  try {
    const { directory, name } = findWithin(root, IN_CONTAINER);
    try {
      const count = { files: 0, directories: 0, links: 0, bytes: 0 };
      if (name === null) await copyEntries(directory, target, IN_CONTAINER, rulesOf(target, signal), count);
    } catch (error) {
      if (signal.aborted) throw interrupted(signal.reason);
      throw error;
    } finally {
      directory.close();
    }
  } finally {
    target.close();
    root.close();
  }
}

const rulesOf = (target: Anchor, signal: AbortSignal): CopyRules => ({
  ownerOf: () => ({ uid: 0, gid: 0 }),
  modeOf: (source) => (source?.isDirectory() ? 0o700 : 0o600),
  keepsTime: false,
  targets: [target.stats],
  signal,
  skipped: () => undefined,
});

/** Deletes the links in a directory that only root can write to. */
async function withoutLinks(directory: string): Promise<string[]> {
  const links = (await filesIn(directory)).filter(({ isLink }) => isLink).map(({ path }) => path);
  for (const path of links) await unlink(path);
  return links;
}

/** Identifies the content of a directory; null if it does not exist. */
export async function digestOf(directory: string): Promise<string | null> {
  const files = await filesIn(directory);
  if (files.length === 0) return null;
  const digest = createHash('sha256');
  for (const { path, isLink } of files) {
    digest.update(`${relative(directory, path)}\0`);
    digest.update(isLink ? 'link' : await readFile(path));
    digest.update('\0');
  }
  return digest.digest('hex');
}

/** All files and links, sorted. */
async function filesIn(directory: string): Promise<{ path: string; isLink: boolean }[]> {
  const found: { path: string; isLink: boolean }[] = [];
  for (const entry of (await entries(directory)).sort()) {
    const path = join(directory, entry);
    const stats = await lstat(path);
    if (stats.isDirectory()) found.push(...(await filesIn(path)));
    else found.push({ path, isLink: !stats.isFile() });
  }
  return found;
}
