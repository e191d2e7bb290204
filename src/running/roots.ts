import { readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Durability, entries, putLink, removeEmptyDirectory, removeFile } from '../base/files.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Places } from '../host/layout.js';

/**
 * The closure that a container booted in a run, and the one that it has switched to since. They are two links in a
 * directory that is named after the run: systemd's invocation id of the service. The links are below Nix's gcroots, so
 * they keep these closures while the container runs. They also distinguish generations that share one NixOS system and
 * differ only in their files for the host.
 */
export interface RunRecord {
  booted: string | null;
  current: string | null;
}

type RunRoots = Pick<Places, 'runningRoots'>;

/** A power loss also ends the run, so its record need not survive it. */
const UNSYNCED = { synced: false } as const;

const PARTS = ['booted', 'current'] as const;

/** The record of this run; empty if there is none. */
export async function readRun({ runningRoots }: RunRoots, invocation: string): Promise<RunRecord> {
  if (!isInvocation(invocation)) return { booted: null, current: null };
  const [booted, current] = await Promise.all(
    PARTS.map((part) => target(join(runningRoots, invocation, part))),
  );
  return { booted: booted ?? null, current: current ?? null };
}

/** Records a run and deletes the records of others. */
export async function putRun(places: RunRoots, invocation: string, record: RunRecord): Promise<void> {
  const directory = join(places.runningRoots, invocation);
  for (const part of PARTS) {
    const path = join(directory, part);
    const closure = record[part];
    if (closure === null) await removeFile(path, UNSYNCED);
    else if ((await target(path)) !== closure) await putLink(path, closure, UNSYNCED);
  }
  await forgetRuns(places, invocation);
}

/** Deletes the records of all runs but one. If `synced`, a power loss does not bring back their directory. */
export async function forgetRuns(
  { runningRoots }: RunRoots,
  except: string | null,
  durability: Durability = UNSYNCED,
): Promise<void> {
  for (const invocation of await entries(runningRoots)) {
    if (invocation === except) continue;
    for (const part of PARTS) await removeFile(join(runningRoots, invocation, part), UNSYNCED);
    await removeEmptyDirectory(join(runningRoots, invocation), UNSYNCED);
  }
  if (await removeEmptyDirectory(runningRoots, durability))
    await removeEmptyDirectory(dirname(runningRoots), durability);
}

/** systemd's ids have 32 digits. A service that never ran has no id. */
export const isInvocation = (text: string) => /^[0-9a-f]{32}$/.test(text);

async function target(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EINVAL')) return null;
    throw error;
  }
}
