import { cp, mkdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPresent, makeDirectory, putText, syncDirectory } from '../base/files.js';
import { pluginsLocked } from '../errors/locks.js';
import { pluginsPlaceUntrusted } from '../errors/plugins.js';
import { acquireLock } from '../host/lock.js';
import { whyUntrusted } from '../host/trust.js';
import { cacheOf } from './package-manager.js';

export interface PlaceOptions {
  /** The directory of installed plugins. */
  dataDir: string;
  operation: string;
  /** Seconds to wait for another run that is changing it. */
  wait: number;
  signal: AbortSignal;
  uid: number;
}

/** A path next to the directory, so that relative paths out of it (`file:../…`) mean the same in the copy. */
const copyOf = (dataDir: string) => `${dataDir}.new`;
const formerOf = (dataDir: string) => `${dataDir}.old`;

/**
 * Changes the directory of installed plugins atomically. `work` gets a copy, which replaces the directory if everything
 * succeeded. A failure or a kill leaves the directory as it was before.
 *
 * @throws NspawnError `plugins-place-untrusted`, `locked`
 */
export async function changePlace<T>(options: PlaceOptions, work: (copy: string) => Promise<T>): Promise<T> {
  const { operation, wait, signal, uid } = options;
  await requireTrusted(options.dataDir, uid);
  // If the directory is a link, change its target and keep the link.
  const dataDir = (await isPresent(options.dataDir)) ? await realpath(options.dataDir) : options.dataDir;
  await makeDirectory(dirname(dataDir));
  const lock = await acquireLock({
    name: 'plugins',
    path: `${dataDir}.lock`,
    operation,
    wait,
    signal,
    taken: pluginsLocked,
  });
  const copy = copyOf(dataDir);
  try {
    await settle(dataDir);
    await begin(dataDir, copy);
    const result = await work(copy);
    await rm(cacheOf(copy), { recursive: true, force: true });
    await swap(dataDir, copy);
    return result;
  } finally {
    await rm(copy, { recursive: true, force: true });
    await lock.release();
  }
}

/** @throws NspawnError if another user could write code into the directory or replace it. */
async function requireTrusted(dataDir: string, uid: number): Promise<void> {
  let place = dataDir;
  while (!(await isPresent(place))) place = dirname(place);
  const why = await whyUntrusted(place, uid);
  if (why !== null) throw pluginsPlaceUntrusted(dataDir, why);
}

/**
 * Cleans up after a killed run. If the directory is missing, that run was killed between its two renames, otherwise
 * before them.
 */
async function settle(dataDir: string): Promise<void> {
  const former = formerOf(dataDir);
  if ((await isPresent(former)) && !(await isPresent(dataDir))) await rename(former, dataDir);
  for (const path of [former, copyOf(dataDir)]) await rm(path, { recursive: true, force: true });
}

async function begin(dataDir: string, copy: string): Promise<void> {
  if (await isPresent(dataDir)) await cp(dataDir, copy, { recursive: true, verbatimSymlinks: true });
  else {
    await mkdir(copy, { mode: 0o755 });
    const list = { private: true, dependencies: {}, oclif: { schema: 1, plugins: [] } };
    await putText(join(copy, 'package.json'), JSON.stringify(list, null, 2));
  }
}

async function swap(dataDir: string, copy: string): Promise<void> {
  const former = formerOf(dataDir);
  if (await isPresent(dataDir)) await rename(dataDir, former);
  await rename(copy, dataDir);
  await syncDirectory(dirname(dataDir));
  await rm(former, { recursive: true, force: true });
}
