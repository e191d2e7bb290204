import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isPresent, readText } from '../base/files.js';
import { isContainerNetworkUnit, newerUnits, type ProvidedFiles } from '../container/host-file-names.js';
import type { ContainerName } from '../container/name.js';
import { bindSources, type Settings, settingsSchema } from '../container/settings.js';
import { badProfile, badSettings } from '../errors/nix.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { unreadableFile } from '../errors/places.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** A container's built configuration, read and validated. */
export interface Closure {
  /** Store path. */
  path: string;
  settings: Settings;
  files: ProvidedFiles;
}

/**
 * The store path that a prebuilt profile or a `result` link points to.
 *
 * @throws NspawnError `no-such-file`, or `bad-profile` for a path outside the store, which no garbage collector root can
 * protect.
 */
export async function resolveClosure(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if (!/\/nix\/store\/[0-9a-z]{32}-[^/]+$/.test(real))
      throw badProfile(real, [], 'it is not a path directly in the Nix store');
    return real;
  } catch (error) {
    if (isMissing(error)) throw unreadableFile(path, 'The profile');
    throw error;
  }
}

/** The closure, or null if it cannot be used: for example, it is no longer in the store or for another container. */
export async function readableClosure(path: string, name: ContainerName): Promise<Closure | null> {
  try {
    return await readClosure(path, name);
  } catch (error) {
    if (error instanceof NspawnError) return null;
    throw error;
  }
}

/** Reads a closure for the container `name`; @throws NspawnError `bad-profile` or `bad-settings`. */
export async function readClosure(path: string, name: ContainerName): Promise<Closure> {
  const directory = join(path, 'nixos-nspawn');
  const names = await entries(directory);
  const unit = `${name}.nspawn`;
  const missing: string[] = [];
  if (!(await isPresent(join(path, 'init')))) missing.push('init');
  if (!names.includes('data.json')) missing.push('nixos-nspawn/data.json');
  if (!names.includes('service-overrides.conf')) missing.push('nixos-nspawn/service-overrides.conf');
  if (!names.includes(unit)) {
    const others = names.filter((file) => file.endsWith('.nspawn'));
    missing.push(
      `nixos-nspawn/${unit}${others.length > 0 ? ` (it was built for ${others.join(', ')})` : ''}`,
    );
  }
  if (missing.length > 0) throw badProfile(path, missing);
  const networks = names.filter((file) => file.endsWith('.network'));
  const foreign = networks.filter((file) => !isContainerNetworkUnit(file));
  if (foreign.length > 0) {
    throw badSettings(
      directory,
      foreign.map((file) => `the name of ${file} does not match an interface of a container`),
    );
  }
  const settings = await readSettings(join(directory, 'data.json'));
  const dropIn = (await readOwn(join(directory, 'service-overrides.conf'))) ?? '';
  const files = { unitForAny: unit, newerUnits: newerUnits(name, names), networks, dropIn };
  return { path, settings, files };
}

/** Reads a `data.json`; @throws NspawnError `bad-settings` naming each problem. */
export async function readSettings(path: string): Promise<Settings> {
  return settingsIn(path, await readOwn(path));
}

/** Parses the text of the `data.json` at `path`; null stands for a missing file. @throws NspawnError `bad-settings` */
export function settingsIn(path: string, text: string | null): Settings {
  if (text === null) throw badSettings(path, ['the file does not exist']);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw badSettings(
      path,
      [`it is not valid JSON (${error instanceof Error ? error.message : error})`],
      error,
    );
  }
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    throw badSettings(
      path,
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`),
      parsed.error,
    );
  }
  const crooked = bindSources(parsed.data).filter((source) => !isPlainPath(source));
  if (crooked.length > 0)
    throw badSettings(
      path,
      crooked.map((source) => `bindMounts: ${source} is not a plain absolute path`),
    );
  return parsed.data;
}

/**
 * Reads a file of a closure. An unreadable one, such as a directory, is an error in that closure.
 *
 * @throws NspawnError `bad-settings`
 */
async function readOwn(path: string): Promise<string | null> {
  try {
    return await readText(path);
  } catch (error) {
    if (isErrno(error)) throw badSettings(path, [`it cannot be read (${error.code})`], error);
    throw error;
  }
}

function isPlainPath(path: string): boolean {
  return path.startsWith('/') && !path.split('/').includes('..') && !/[\p{Cc}]/u.test(path);
}

async function entries(directory: string): Promise<string[]> {
  try {
    if (!(await lstat(directory)).isDirectory()) return [];
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
