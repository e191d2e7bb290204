import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { readableClosure } from '../host/closure.js';
import { closureVersion } from '../host/closure-version.js';
import { readProfile } from '../host/generations.js';
import { inParallel } from '../pipeline/parallel.js';
import { runningGenerations } from '../running/generations.js';
import { sizesIfTold } from './closure-sizes.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { lookingContext } from './looking-context.js';
import { requireOwn } from './own-container.js';

export const generationViewSchema = z.object({
  /** Its number, counted from 1. */
  generation: z.int(),
  /** When it was created, ISO 8601 in UTC. */
  date: z.string(),
  /** Its NixOS version; null if its closure does not state it. */
  nixos_version: z.string().nullable(),
  /** Its NixOS label; null if its closure does not state it. */
  label: z.string().nullable(),
  /** Whether the profile points at it: the next start boots it. */
  current: z.boolean(),
  /** Whether the container is running it now; null if the container does not report it, or only to root. */
  running: z.boolean().nullable(),
  /** Whether the running container was started with it, even if it has switched since; null if unknown. */
  booted: z.boolean().nullable(),
  /** Whether it was built with other defaults of the host than the generation before it; null if this is unknown. */
  host_defaults_changed: z.boolean().nullable(),
  /** Its closure in the store. */
  path: z.string(),
  /** Bytes of the complete closure, including store paths that it shares with others; null unless requested. */
  closure_size: z.int().nullable(),
});

export type GenerationView = z.infer<typeof generationViewSchema>;

export interface GenerationsRequest {
  /** The name of the container. */
  name: string;
  /** Whether to ask Nix for the sizes of the closures; default false, and then no Nix process is started. */
  size?: boolean | undefined;
}

/** How many generations are read at the same time: well below the usual limit of 1024 open files. */
const AT_ONCE = 64;

/** A container's generations, newest first, read from their links only. */
export async function listGenerations(
  request: GenerationsRequest,
  options: OperationOptions = {},
): Promise<GenerationView[]> {
  return await withKnownErrors(async () => {
    const name = containerName(request.name);
    const { layout, signal, listener } = await lookingContext(options, name, 'list-generations');
    const { places } = await requireOwn(layout, name);
    const profile = await readProfile(places.profile);
    const running = await runningGenerations(places, profile, signal);
    const { newestFirst } = profile;
    const sizes = request.size
      ? await sizesIfTold(
          name,
          newestFirst.map(({ path }) => path),
          { signal, listener },
        )
      : new Map<string, number>();
    const hidden = [
      ...(running !== null && running.current === null ? ['which generation is running'] : []),
      ...(sizes === null ? ['the sizes of closures'] : []),
    ];
    if (hidden.length > 0 && process.geteuid?.() !== 0)
      listener({
        container: name,
        type: 'warning',
        code: 'needs-root',
        message: `Only root can see ${hidden.join(' and ')}.`,
      });
    return inParallel(newestFirst, AT_ONCE, async ({ number, path, created }) => {
      const { version, label } = await closureVersion(path);
      return {
        generation: number,
        date: created.toISOString(),
        nixos_version: version,
        label,
        current: number === profile.currentNumber,
        running:
          running !== null && running.current === null ? null : number === running?.current?.generation,
        booted: running !== null && running.booted === null ? null : number === running?.booted?.generation,
        host_defaults_changed: await haveDefaultsChanged(path, profile.before(number)?.path ?? null, name),
        path,
        closure_size: sizes?.get(path) ?? null,
      };
    });
  });
}

/** The first generation has nothing to differ from. */
async function haveDefaultsChanged(
  path: string,
  former: string | null,
  name: ContainerName,
): Promise<boolean | null> {
  if (former === null) return false;
  const [before, after] = await Promise.all([readableClosure(former, name), readableClosure(path, name)]);
  if (before === null || after === null) return null;
  return !isDeepStrictEqual(before.settings.hostDefaults, after.settings.hostDefaults);
}
