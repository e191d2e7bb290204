import { join } from 'node:path';
import { z } from 'zod';
import { type HostSide, hostSideChanges } from '../container/diff-host-side.js';
import { comparePackages } from '../container/diff-packages.js';
import { parseUnitFile } from '../container/unit-file.js';
import type { Closure } from '../host/closure.js';
import { readText } from '../host/files.js';
import { closurePaths } from '../nix/closure-info.js';

const versions = z.object({ package: z.string(), versions: z.array(z.string()) });

export const closureDifferenceSchema = z.object({
  packages: z.object({
    added: z.array(versions),
    removed: z.array(versions),
    changed: z.array(
      z.object({ package: z.string(), before: z.array(z.string()), after: z.array(z.string()) }),
    ),
  }),
  closure_size: z.object({ before: z.int(), after: z.int() }),
  /** What changes on the host; `text` says it in words. */
  host_side: z.array(
    z.object({
      setting: z.string(),
      before: z.array(z.string()).readonly(),
      after: z.array(z.string()).readonly(),
      text: z.string(),
    }),
  ),
});

export type ClosureDifference = z.infer<typeof closureDifferenceSchema>;

/** What differs between two closures of a container: packages, size, and what they ask of the host. */
export async function closureDifference(
  before: Closure,
  after: Closure,
  signal: AbortSignal,
): Promise<ClosureDifference> {
  const [was, is, hostBefore, hostAfter] = await Promise.all([
    closurePaths([before.path], { signal }),
    closurePaths([after.path], { signal }),
    hostSide(before),
    hostSide(after),
  ]);
  return {
    packages: comparePackages(others(was, before), others(is, after)),
    closure_size: { before: total(was), after: total(is) },
    host_side: hostSideChanges(hostBefore, hostAfter),
  };
}

async function hostSide({ path, settings, files }: Closure): Promise<HostSide> {
  const read = async (name: string) =>
    parseUnitFile((await readText(join(path, 'nixos-nspawn', name))) ?? '');
  return {
    settings,
    unit: await read(files.unit),
    dropIn: parseUnitFile(files.dropIn),
    networks: new Map(
      await Promise.all(files.networks.map(async (name) => [name, await read(name)] as const)),
    ),
  };
}

/** The closure's own path carries the system's version in its name, and is no package. */
const others = (paths: ReadonlyMap<string, number>, { path: own }: Closure) =>
  [...paths.keys()].filter((path) => path !== own);

const total = (sizes: ReadonlyMap<string, number>) =>
  [...sizes.values()].reduce((sum, size) => sum + size, 0);
