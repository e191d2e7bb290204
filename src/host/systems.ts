import { readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { entries, readText } from '../base/files.js';
import type { ContainerName } from '../container/name.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** How many nested wrappers are followed. More are not expected, and a loop must end. */
const DEPTH = 8;

/** The `init` directly in a store path. */
const INIT = /^(\/nix\/store\/[0-9a-z]{32}-[^/]+)\/init$/;

/**
 * The store paths that a container started from this closure may report as its running system.
 *
 * A closure is a wrapper around NixOS's toplevel. Its `init` is a link to the toplevel's init, also in closures of the
 * Python tool, and `Parameters=` of its .nspawn file names the toplevel's init too. NixOS's /run/current-system and
 * /run/booted-system lead to the toplevel. If the toplevel's own init is a program or a link to one
 * (system.nixos-init), the chain ends at the toplevel.
 */
export async function systemsOf(closure: string, name: ContainerName): Promise<string[]> {
  const systems = [closure];
  for (let path: string | null = closure; path !== null && systems.length < DEPTH; ) {
    path = INIT.exec((await linkTarget(join(path, 'init'))) ?? '')?.[1] ?? null;
    if (path !== null) systems.push(path);
  }
  const started = await startedSystem(closure, name);
  return [...new Set(started === null ? systems : [...systems, started])];
}

/** NixOS's specialisations of these systems. A container may have switched to one by itself. */
export async function specialisationsOf(systems: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    systems.map(async (system) => {
      const directory = join(system, 'specialisation');
      return Promise.all((await entries(directory)).map((name) => linkTarget(join(directory, name))));
    }),
  );
  return found.flat().filter((target) => target !== null);
}

/** The store path whose init systemd-nspawn starts, from `Parameters=`. */
async function startedSystem(closure: string, name: ContainerName): Promise<string | null> {
  const text = await textIfAny(join(closure, 'nixos-nspawn', `${name}.nspawn`));
  const init = /^Parameters=(\S+)/m.exec(text ?? '')?.[1] ?? '';
  return INIT.test(init) ? dirname(init) : null;
}

const linkTarget = (path: string) => orNull(() => readlink(path));

const textIfAny = (path: string) => orNull(() => readText(path));

/** A closure may lack any part, or may have been deleted from the store. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && ['EINVAL', 'EISDIR', 'ENOTDIR'].includes(error.code ?? '')))
      return null;
    throw error;
  }
}
