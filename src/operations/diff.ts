import * as z from 'zod';
import type { Generation } from '../container/generation.js';
import { type ContainerName, containerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import type { Settings } from '../container/settings.js';
import { noGeneration, noRunningGeneration } from '../errors/containers.js';
import { invalidGeneration } from '../errors/usage.js';
import { readClosure } from '../host/closure.js';
import { closureVersion } from '../host/closure-version.js';
import { readProfile } from '../host/generations.js';
import type { Places } from '../host/layout.js';
import { runningGenerations } from '../running/generations.js';
import { compareCredentials } from '../systemd/credentials.js';
import { machineLeader } from '../systemd/registered-machines.js';
import { closureDifference, closureDifferenceSchema } from './closure-difference.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { lookingContext } from './looking-context.js';
import { requireOwn } from './own-container.js';

export interface DiffRequest {
  /** The name of the container. */
  name: string;
  /** A generation's number, `current`, or `running`; default the one before `after`. */
  before?: string | undefined;
  /** The same; default `current`. */
  after?: string | undefined;
}

const sideSchema = z.object({
  /** Null if it is running but is not a recorded generation. */
  generation: z.int().nullable(),
  /** Its closure in the store. */
  path: z.string(),
  /** Its NixOS version; null if its closure does not state it. */
  nixos_version: z.string().nullable(),
  /** Its NixOS label; null if its closure does not state it. */
  label: z.string().nullable(),
});

export const diffResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** The first generation. */
  before: sideSchema,
  /** The second generation, to which the differences lead. */
  after: sideSchema,
  ...closureDifferenceSchema.shape,
});

export type DiffResult = z.infer<typeof diffResultSchema>;

type Side = Pick<Generation, 'path'> & { number: number | null };

/**
 * Compares two generations of a container.
 *
 * @throws NspawnError `no-such-container`, `no-generation`, `no-running-generation`, `usage`
 */
export async function diffGenerations(
  request: DiffRequest,
  options: OperationOptions = {},
): Promise<DiffResult> {
  return await withKnownErrors(async () => {
    const name = containerName(request.name);
    const { layout, signal } = await lookingContext(options, name, 'diff');
    const { places } = await requireOwn(layout, name);
    const profile = await readProfile(places.profile);
    const after = await chosen(request.after ?? 'current', profile, places, signal);
    const before =
      request.before === undefined
        ? predecessor(after, profile, name)
        : await chosen(request.before, profile, places, signal);
    const [was, is] = await Promise.all([readClosure(before.path, name), readClosure(after.path, name)]);
    const difference = await closureDifference(was, is, signal);
    const stale = request.before === 'running' ? await contentChanges(is.settings, places, signal) : [];
    return {
      name,
      before: await sideView(before),
      after: await sideView(after),
      ...difference,
      host_side: [...difference.host_side, ...stale],
    };
  });
}

async function chosen(text: string, profile: Profile, places: Places, signal: AbortSignal): Promise<Side> {
  const { name } = places;
  if (text === 'running') return running(profile, places, signal);
  if (text === 'current') return numbered(profile.currentNumber, profile, name);
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw invalidGeneration(text, name);
  return numbered(Number(text), profile, name);
}

function numbered(number: number | null, profile: Profile, name: ContainerName): Side {
  const found = number === null ? null : profile.at(number);
  if (found === null) throw noGeneration(name, number ?? 'current', profile.numbers);
  return found;
}

async function running(profile: Profile, places: Places, signal: AbortSignal): Promise<Side> {
  const part = (await runningGenerations(places, profile, signal))?.current ?? null;
  if (part === null) throw noRunningGeneration(places.name);
  return { number: part.generation, path: part.closure ?? part.system };
}

/** The credentials whose content differs from what the running container was given. The content is not shown. */
async function contentChanges(
  { credentials }: Settings,
  { name }: Places,
  signal: AbortSignal,
): Promise<DiffResult['host_side']> {
  if (credentials.length === 0) return [];
  const compared = await compareCredentials(credentials, await machineLeader(name, { signal }), { signal });
  return compared.flatMap(({ id, changed }) =>
    changed === true
      ? [
          {
            setting: `credentials.${id}.content`,
            before: [],
            after: [],
            text: `Content of credential ${id} changed since the start.`,
          },
        ]
      : [],
  );
}

function predecessor(after: Side, profile: Profile, name: ContainerName): Side {
  const found = after.number === null ? null : profile.before(after.number);
  if (found === null) throw noGeneration(name, 'previous', profile.numbers);
  return found;
}

async function sideView({ number, path }: Side): Promise<DiffResult['before']> {
  const { version, label } = await closureVersion(path);
  return { generation: number, path, nixos_version: version, label };
}
