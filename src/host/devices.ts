import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type DeviceClass,
  type DeviceNode,
  deviceClasses,
  isPattern,
  matcher,
} from '../container/devices.js';
import type { Device } from '../container/settings.js';
import { isErrno } from '../errors/system-calls.js';

/** The drivers of this kernel. */
export const readDeviceClasses = async (): Promise<DeviceClass[]> =>
  deviceClasses(await readFile('/proc/devices', 'utf8'));

/** The device at a path; null if there is none. Follows links. */
export async function deviceAt(path: string): Promise<DeviceNode | null> {
  const found = await seen(path);
  if (found === null || !(found.isCharacterDevice() || found.isBlockDevice())) return null;
  // makedev(3)
  const rdev = BigInt(found.rdev);
  return {
    kind: found.isCharacterDevice() ? 'char' : 'block',
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}

/** The devices at a path: the one there, or those in a directory. */
export async function devicesAt(path: string): Promise<{ path: string; node: DeviceNode }[]> {
  const paths = (await seen(path))?.isDirectory() ? await entries(path) : [path];
  const found = await Promise.all(paths.map(async (each) => ({ path: each, node: await deviceAt(each) })));
  return found.flatMap(({ path: each, node }) => (node === null ? [] : [{ path: each, node }]));
}

/** A device that a container requires and the host does not have. `why` is the end of a sentence. */
export interface MissingDevice {
  path: string;
  why: string;
}

/** The devices that are not there, except those that are optional. */
export async function missingDevices(devices: readonly Device[]): Promise<MissingDevice[]> {
  const all = await Promise.all(
    devices.map(async ({ path, class: named, optional }) => {
      if (path === null || optional) return null;
      const why = isPattern(path) ? await whyNoMatch(path) : await whyNoDevice(path, named !== null);
      return why === null ? null : { path, why };
    }),
  );
  return all.filter((device) => device !== null);
}

async function whyNoMatch(pattern: string): Promise<string | null> {
  const name = matcher(basename(pattern));
  const matches = (await entries(dirname(pattern))).filter((path) => name.test(basename(path)));
  return matches.length > 0 ? null : 'matches no device of the host';
}

/** A directory is permitted with a class. */
async function whyNoDevice(path: string, hasClass: boolean): Promise<string | null> {
  const found = await seen(path);
  if (found === null) return 'does not exist on the host';
  if (found.isCharacterDevice() || found.isBlockDevice()) return null;
  if (!found.isDirectory()) return 'is not a device';
  return hasClass ? null : "is a directory, which needs 'class' in its entry";
}

/** Null if nothing is there that this user can see. */
async function seen(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}

async function entries(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort().map((name) => join(directory, name));
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
}
