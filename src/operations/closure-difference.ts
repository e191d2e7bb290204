import * as z from 'zod';
import { type HostSide, hostSideChanges } from '../container/diff-host-side.js';
import { comparePackages } from '../container/diff-packages.js';
import type { Closure } from '../host/closure.js';
import { readHostUnits } from '../host/host-units.js';
import { closurePaths } from '../nix/closure-info.js';
import { hostFilesOf } from './host-files.js';

const versions = z.object({
  /** Name of the package. */
  package: z.string(),
  /** All of its versions in the closure, the lowest first. */
  versions: z.array(z.string()),
});

export const closureDifferenceSchema = z.object({
  /** The packages that differ between the two closures, by name. */
  packages: z.object({
    /** Only in the second closure. */
    added: z.array(versions),
    /** Only in the first closure. */
    removed: z.array(versions),
    /** In both, with different versions. */
    changed: z.array(
      z.object({
        /** Name of the package. */
        package: z.string(),
        /** Its versions in the first closure. */
        before: z.array(z.string()),
        /** Its versions in the second closure. */
        after: z.array(z.string()),
      }),
    ),
  }),
  /** The sizes of the two closures. Each includes store paths that it shares with others. */
  closure_size: z.object({
    /** Bytes of the first closure. */
    before: z.int(),
    /** Bytes of the second closure. */
    after: z.int(),
  }),
  /** What changes on the host; `text` describes it in words. */
  host_side: z.array(
    z.object({
      /** What is set: an option of the container, or a file with its section and key. */
      setting: z.string(),
      /** Its values with the first closure; empty if there are none. */
      before: z.array(z.string()).readonly(),
      /** Its values with the second closure; empty if there are none. */
      after: z.array(z.string()).readonly(),
      /** The change in words. */
      text: z.string(),
    }),
  ),
});

export type ClosureDifference = z.infer<typeof closureDifferenceSchema>;

/** Compares two closures of a container: their packages, their sizes, and what they need from the host. */
export async function closureDifference(
  before: Closure,
  after: Closure,
  signal: AbortSignal,
): Promise<ClosureDifference> {
  const [was, is, hostBefore, hostAfter] = await Promise.all([
    closurePaths([before.path], { signal }),
    closurePaths([after.path], { signal }),
    hostSide(before, signal),
    hostSide(after, signal),
  ]);
  return {
    packages: comparePackages(others(was, before), others(is, after)),
    closure_size: { before: total(was), after: total(is) },
    host_side: hostSideChanges(hostBefore, hostAfter),
  };
}

const hostSide = async (closure: Closure, signal: AbortSignal): Promise<HostSide> => ({
  settings: closure.settings,
  ...(await readHostUnits(closure, await hostFilesOf(closure, signal))),
});

/** The closure's own path has the system's version in its name, but is not a package. */
const others = (paths: ReadonlyMap<string, number>, { path: own }: Closure) =>
  [...paths.keys()].filter((path) => path !== own);

const total = (sizes: ReadonlyMap<string, number>) =>
  [...sizes.values()].reduce((sum, size) => sum + size, 0);
