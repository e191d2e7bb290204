import * as z from 'zod';
import { type HostSide, hostSideChanges } from '../container/diff-host-side.js';
import { comparePackages } from '../container/diff-packages.js';
import type { Closure } from '../host/closure.js';
import { readHostUnits } from '../host/host-units.js';
import { closurePaths } from '../nix/closure-info.js';

const versions = z.object({
  /** Name of the package. */
  package: z.string(),
  /** All versions of it that the closure has, the lowest first. */
  versions: z.array(z.string()),
});

export const closureDifferenceSchema = z.object({
  /** The packages that are in one closure and not in the other, by name. */
  packages: z.object({
    /** In the one after alone. */
    added: z.array(versions),
    /** In the one before alone. */
    removed: z.array(versions),
    /** In both, with other versions. */
    changed: z.array(
      z.object({
        /** Name of the package. */
        package: z.string(),
        /** Its versions in the closure before. */
        before: z.array(z.string()),
        /** Its versions in the closure after. */
        after: z.array(z.string()),
      }),
    ),
  }),
  /** Bytes of the whole closures, each counted as if it shared nothing. */
  closure_size: z.object({
    /** Bytes of the one before. */
    before: z.int(),
    /** Bytes of the one after. */
    after: z.int(),
  }),
  /** What changes on the host; `text` says it in words. */
  host_side: z.array(
    z.object({
      /** What is set: an option of the container's, or a file with its section and key. */
      setting: z.string(),
      /** Its values before; empty where there were none. */
      before: z.array(z.string()).readonly(),
      /** Its values after; empty where there are none. */
      after: z.array(z.string()).readonly(),
      /** The change in words. */
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
