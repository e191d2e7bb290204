import {
  classesOf,
  type DeviceClass,
  type DeviceNode,
  type DeviceRules,
  isPermitted,
} from '../container/devices.js';
import { mountedPaths } from '../container/settings.js';
import type { UnitFile } from '../container/unit-file.js';
import { deviceAt, devicesAt, readDeviceClasses } from './devices.js';

/** A mounted path with devices that the container may not use. */
export interface Unpermitted {
  path: string;
  /** The entry of the option `devices` that permits it, as Nix source. */
  entry: string;
}

/**
 * The mounts of devices, or of directories in /dev that contain devices, of which the container may use none.
 *
 * @param rulesOf reads the service's rules. Called only if a device is mounted.
 */
export async function unpermittedMounts(
  unit: UnitFile,
  rulesOf: () => Promise<DeviceRules>,
): Promise<Unpermitted[]> {
  const mounted = await Promise.all(
    mountedPaths(unit).map(async (path) => ({ path, devices: await mountedDevices(path) })),
  );
  const withDevices = mounted.filter(({ devices }) => devices.length > 0);
  if (withDevices.length === 0) return [];
  const [rules, classes] = [await rulesOf(), await readDeviceClasses()];
  const nodes = new Map<string, DeviceNode>();
  for (const rule of rules.allowed.filter((each) => each.startsWith('/'))) {
    const node = await deviceAt(rule);
    if (node !== null) nodes.set(rule, node);
  }
  return withDevices
    .filter(({ devices }) => !devices.some(({ node }) => isPermitted(node, rules, { nodes, classes })))
    .map(({ path, devices }) => ({ path, entry: entryFor(path, devices, classes) }));
}

/** Directories are searched only below /dev, because others may contain any number of files. */
const mountedDevices = async (path: string) => {
  const found = await devicesAt(path);
  return path.startsWith('/dev/') ? found : found.filter((device) => device.path === path);
};

function entryFor(
  path: string,
  devices: readonly { path: string; node: DeviceNode }[],
  classes: readonly DeviceClass[],
): string {
  const [first] = devices;
  if (first === undefined || first.path === path) return `"${path}"`;
  const [name = 'NAME'] = classesOf(first.node, classes);
  return `{ path = "${path}"; class = "${first.node.kind}-${name}"; }`;
}
