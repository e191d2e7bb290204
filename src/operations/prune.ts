import * as z from 'zod';
import { parseAge } from '../container/age.js';
import type { Generation } from '../container/generation.js';
import { type ContainerName, containerName } from '../container/name.js';
import { keepReasons, type PrunePlan, planPrune } from '../container/prune-plan.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration, runningUnknown } from '../errors/containers.js';
import { keepsNone, noPruneRule } from '../errors/usage.js';
import { readProfile } from '../host/generations.js';
import { type Act, actUnless, Steps, unless } from '../pipeline/steps.js';
import { runningGenerations } from '../running/generations.js';
import type { OperationOptions } from './context.js';
import { freeableBytes } from './freeable.js';
import { withKnownErrors } from './known-errors.js';
import { type Guarded, lookAhead, type Operation, perform, type Scene } from './operation.js';
import { requireOwn } from './own-container.js';
import type { Under } from './stages.js';

export interface PruneRequest {
  /** The name of the container. */
  name: string;
  /** Keep this many of the newest generations. */
  keep?: number | undefined;
  /**
   * Delete only generations older than this, like `14d`. With `keep` as well, a generation stays if either rule keeps
   * it.
   */
  olderThan?: string | undefined;
}

const keptSchema = z.object({
  /** Its number. */
  generation: z.int(),
  /** Why it is kept: it is current, running, the target of a rollback, among the newest, or recent. */
  reasons: z.array(z.enum(keepReasons)),
});

export const pruneResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Numbers of the deleted generations, newest first. */
  forgotten: z.array(z.int()),
  /** What is kept, newest first, and why. */
  kept: z.array(keptSchema),
  /** Bytes that only the deleted generations held: what a garbage collection can free. */
  freeable_bytes: z.int(),
});

export type PruneResult = z.infer<typeof pruneResultSchema>;

interface Types {
  request: PruneRequest;
  wish: { name: ContainerName; rule: Rule };
  asked: PrunePlan;
  planned: Under<PrunePlan>;
  applied: Under<PrunePlan & { freeable: number }>;
  result: PruneResult;
}

const nothing = ({ forget }: PrunePlan) => (forget.length === 0 ? 'there is nothing to delete' : null);

const prune: Operation<Types> = {
  verb: 'prune',
  read: (request) => {
    const name = containerName(request.name);
    return { name, rule: pruneRule(request) };
  },
  requireHost,
  ask: askPrune,
  plan: () => Steps.from<Under<PrunePlan>>(),
  apply: ({ forget }) =>
    Steps.from<Under<PrunePlan>>()
      .learn(
        unless(
          nothing,
          {
            id: 'count-free',
            title: 'Compute the space that can be freed',
            run: async (given: Under<PrunePlan>, { signal }) => ({
              ...given,
              freeable: await freeableBytes(given.places.profileDir, forget, signal),
            }),
          },
          (given) => ({ ...given, freeable: 0 }),
        ),
      )
      .act(actUnless(nothing, forgetAct(forget))),
  result: ({ places, forget, keep, freeable }) => ({
    name: places.name,
    forgotten: numbersOf(forget),
    kept: kept(keep),
    freeable_bytes: freeable,
  }),
};

const forgetAct = (forget: readonly Generation[]): Act<Scene & Guarded> => ({
  id: 'forget-generations',
  title: `Delete ${forget.length} generations`,
  run: async ({ context, places, transaction }) => {
    const { autoRootsDir } = context.layout;
    await transaction.commit(
      [
        { do: 'forget-generations', profile: places.profile, generations: numbersOf(forget) },
        { do: 'forget-roots', within: places.profileDir, autoRootsDir },
      ],
      { isTheChange: true },
    );
  },
});

/**
 * Deletes old generations of a container. Their contents stay in the store until the next garbage collection.
 *
 * This cannot be undone. Once begun, it is always completed: if it is killed, the next command on this container
 * finishes it.
 *
 * @throws NspawnError among others `no-such-container`, `declarative`, `running-unknown`
 */
export async function pruneGenerations(
  request: PruneRequest,
  options: OperationOptions = {},
): Promise<PruneResult> {
  return await withKnownErrors(() => perform(prune, request, options));
}

export const prunePreviewSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Numbers of the generations that would be deleted, newest first. */
  would_forget: z.array(z.int()),
  /** What would be kept, newest first, and why. */
  kept: z.array(keptSchema),
  /** Bytes that only those generations hold: what a garbage collection could free. */
  freeable_bytes: z.int(),
});

export type PrunePreview = z.infer<typeof prunePreviewSchema>;

/** What prune would do, without changing anything. */
export async function previewPrune(
  request: PruneRequest,
  options: OperationOptions = {},
): Promise<PrunePreview> {
  return await withKnownErrors(async () => {
    const { context, places, forget, keep } = await lookAhead(prune, request, options);
    return {
      name: places.name,
      would_forget: numbersOf(forget),
      kept: kept(keep),
      freeable_bytes: await freeableBytes(places.profileDir, forget, context.signal),
    };
  });
}

interface Rule {
  keep: number | null;
  /** In milliseconds. */
  age: number | null;
}

/** Validated before everything else, so that a typo is reported as such. */
function pruneRule({ keep, olderThan }: PruneRequest): Rule {
  if (keep === undefined && olderThan === undefined) throw noPruneRule();
  if (keep !== undefined && (!Number.isInteger(keep) || keep < 1)) throw keepsNone(keep);
  return { keep: keep ?? null, age: olderThan === undefined ? null : parseAge(olderThan) };
}

async function askPrune({ name, rule }: Types['wish'], { context, places }: Scene): Promise<PrunePlan> {
  await requireOwn(context.layout, name);
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

const numbersOf = (generations: readonly Generation[]) => generations.map(({ number }) => number);

const kept = (keep: PrunePlan['keep']): PruneResult['kept'] =>
  keep.map(({ generation, reasons }) => ({ generation: generation.number, reasons }));
