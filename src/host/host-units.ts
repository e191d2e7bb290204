import { join } from 'node:path';
import { readText } from '../base/files.js';
import type { HostUnits } from '../container/activation.js';
import { parseUnitFile } from '../container/unit-file.js';
import type { Closure } from './closure.js';

/** Parses the files that a closure provides for the host. */
export async function readHostUnits({ path, files }: Closure): Promise<HostUnits> {
  const read = async (name: string) =>
    parseUnitFile((await readText(join(path, 'nixos-nspawn', name))) ?? '');
  const [unit, networks] = await Promise.all([
    read(files.unit),
    Promise.all(files.networks.map(async (name) => [name, await read(name)] as const)),
  ]);
  return { unit, dropIn: parseUnitFile(files.dropIn), networks: new Map(networks) };
}
