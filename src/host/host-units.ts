import { join } from 'node:path';
import { readText } from '../base/files.js';
import type { HostUnits } from '../container/activation.js';
import { withoutOpenFamilies } from '../container/address-families.js';
import { filesFor, type HostFiles } from '../container/host-file-names.js';
import { parseUnitFile } from '../container/unit-file.js';
import type { Closure } from './closure.js';

/**
 * Parses the files that a closure provides for its host.
 *
 * @param files those for one version of systemd; by default, those that are for any version
 */
export async function readHostUnits(
  { path, files: provided }: Closure,
  files: HostFiles = filesFor(provided, 0),
): Promise<HostUnits> {
  const read = async (name: string) =>
    parseUnitFile((await readText(join(path, 'nixos-nspawn', name))) ?? '');
  const [unit, networks] = await Promise.all([
    read(files.unit),
    Promise.all(files.networks.map(async (name) => [name, await read(name)] as const)),
  ]);
  return {
    unit: withoutOpenFamilies(unit),
    dropIn: parseUnitFile(files.dropIn),
    networks: new Map(networks),
  };
}
