import * as z from 'zod';
import { type HostSide, hostSideChanges } from '../container/diff-host-side.js';
import { comparePackages } from '../container/diff-packages.js';
import type { Closure } from '../host/closure.js';
import { readHostUnits } from '../host/host-units.js';
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

const hostSide = async (closure: Closure): Promise<HostSide> => ({
  settings: closure.settings,
  ...(await readHostUnits(closure)),
});

/** The closure's own path carries the system's version in its name, and is no package. */
const others = (paths: ReadonlyMap<string, number>, { path: own }: Closure) =>
  [...paths.keys()].filter((path) => path !== own);

const total = (sizes: ReadonlyMap<string, number>) =>
  [...sizes.values()].reduce((sum, size) => sum + size, 0);
