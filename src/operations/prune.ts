import * as z from 'zod';
import { parseAge } from '../container/age.js';
import { type ContainerName, containerName } from '../container/name.js';
import { keepReasons, type PrunePlan, planPrune } from '../container/prune-plan.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration, runningUnknown, usage } from '../error-catalog.js';
import { readProfile } from '../host/generations.js';
import { containerPlaces, type Places } from '../host/layout.js';
import { runningGenerations } from '../host/running-generations.js';
import { guarded } from '../pipeline/guarded.js';
import { runSteps } from '../pipeline/steps.js';
import { type Context, lookingContext, type OperationOptions, operationContext } from './context.js';
import { freeableBytes } from './freeable.js';
import { requireOwn } from './own-container.js';

export interface PruneRequest {
  /** The name of the container. */
  name: string;
  /** Keep this many of the newest generations. */
  keep?: number | undefined;
  /** Forget only generations older than this, like `14d`. With `keep` too, what either keeps stays. */
  olderThan?: string | undefined;
}

const keptSchema = z.object({
  /** Its number. */
  generation: z.int(),
  /** Why it stays: as the current one, as what runs, as the one to go back to, among the newest, or for its age. */
  reasons: z.array(z.enum(keepReasons)),
});

export const pruneResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Numbers of the forgotten generations, newest first. */
  forgotten: z.array(z.int()),
  /** What stays, newest first, and why. */
  kept: z.array(keptSchema),
  /** Bytes that only the forgotten generations held: what a garbage collection can free. */
  freeable_bytes: z.int(),
});

export type PruneResult = z.infer<typeof pruneResultSchema>;

/**
 * Forgets old generations of a container. The store's contents stay until the next garbage collection.
 *
 * There is no way back from it, so it is never undone: once begun it is carried out to its end, after a kill by the
 * next command on this container.
 *
 * @throws NspawnError among others `no-such-container`, `declarative`, `running-unknown`
 */
export async function pruneGenerations(
  request: PruneRequest,
  options: OperationOptions = {},
): Promise<PruneResult> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const rule = pruneRule(request);
  const places = containerPlaces(context.layout, name);
  await requireHost(context.layout, context.signal);
  return guarded(places, { operation: 'prune', ...context }, async (transaction) => {
    await requireOwn(context.layout, name);
    const { forget, keep } = await plan(places, name, rule, context);
    const generations = forget.map(({ number }) => number);
    let freeable = 0;
    const nothing = () => (forget.length === 0 ? 'there is nothing to forget' : null);
    await runSteps(
      [
        {
          title: 'Count what becomes free',
          skip: nothing,
          run: async ({ signal }) => {
            freeable = await freeableBytes(places.profileDir, forget, signal);
          },
        },
        {
          title: `Forget ${generations.length} generations`,
          skip: nothing,
          run: async () => {
            await transaction.commit(
              [
                { do: 'forget-generations', profile: places.profile, generations },
                { do: 'forget-roots', within: places.profileDir, autoRootsDir: context.layout.autoRootsDir },
              ],
              { isTheChange: true },
            );
          },
        },
      ],
      { container: name, operation: 'prune', ...context },
    );
    return { name, forgotten: generations, kept: kept(keep), freeable_bytes: freeable };
  });
}

export const prunePreviewSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Numbers of the generations that would be forgotten, newest first. */
  would_forget: z.array(z.int()),
  /** What would stay, newest first, and why. */
  kept: z.array(keptSchema),
  /** Bytes that only those hold: what a garbage collection could free. */
  freeable_bytes: z.int(),
});

export type PrunePreview = z.infer<typeof prunePreviewSchema>;

/** What prune would do, with nothing touched. */
export async function previewPrune(
  request: PruneRequest,
  options: OperationOptions = {},
): Promise<PrunePreview> {
  const name = containerName(request.name);
  const rule = pruneRule(request);
  const context = await lookingContext(options, name, 'prune --dry-run');
  const { places } = await requireOwn(context.layout, name);
  const { forget, keep } = await plan(places, name, rule, context);
  return {
    name,
    would_forget: forget.map(({ number }) => number),
    kept: kept(keep),
    freeable_bytes: await freeableBytes(places.profileDir, forget, context.signal),
  };
}

interface Rule {
  keep: number | null;
  /** Milliseconds. */
  age: number | null;
}

/** Read before anything else, so that a slip of the pen is told as such. */
function pruneRule({ keep, olderThan }: PruneRequest): Rule {
  if (keep === undefined && olderThan === undefined)
    throw usage('It was not said which generations may go.', ['Give --keep N, --older-than AGE, or both.']);
  if (keep !== undefined && (!Number.isInteger(keep) || keep < 1))
    throw usage(`Of ${keep} generations none would be left.`, ['Keep at least one.']);
  return { keep: keep ?? null, age: olderThan === undefined ? null : parseAge(olderThan) };
}

async function plan(places: Places, name: ContainerName, rule: Rule, context: Context): Promise<PrunePlan> {
  const profile = await readProfile(places.profile);
  const running = await runningGenerations(places, profile, context.signal);
  if (profile.currentNumber === null) throw noGeneration(name, 'current', []);
  if (running !== null && running.current === null) throw runningUnknown(name);
  const closures = [running?.current, running?.booted]
    .map((part) => part?.closure)
    .filter((path) => typeof path === 'string');
  const since = rule.age === null ? null : new Date(Date.now() - rule.age);
  return planPrune(profile, { keep: rule.keep, since }, new Set(closures));
}

const kept = (keep: PrunePlan['keep']): PruneResult['kept'] =>
  keep.map(({ generation, reasons }) => ({ generation: generation.number, reasons }));
