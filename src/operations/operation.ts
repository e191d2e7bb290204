import type { ContainerName } from '../container/name.js';
import type { NspawnError } from '../errors/nspawn-error.js';
import { containerPlaces, type Places } from '../host/layout.js';
import { type FailureJudge, guarded } from '../pipeline/guarded.js';
import { requireUninterrupted, type Steps } from '../pipeline/steps.js';
import type { Transaction } from '../pipeline/transaction.js';
import type { Undo } from '../pipeline/undo.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { lookingContext } from './looking-context.js';

/** Where an operation takes place. */
export interface Scene {
  readonly context: Context;
  readonly places: Places;
}

/** What an operation gets under the container's lock. */
export interface Guarded {
  readonly transaction: Transaction;
  /** Sets how a failure is judged from now on. */
  readonly judgeBy: (judge: FailureJudge) => void;
}

/** The types of one operation. */
interface Types {
  /** What the caller gives. */
  request: unknown;
  /** The request, checked. */
  wish: { name: ContainerName };
  /** What is known before the first step. */
  asked: object;
  /** What is known before anything is changed. */
  planned: unknown;
  /** What is known when everything is done. */
  applied: unknown;
  result: unknown;
}

/**
 * An operation on one container: what it needs from the host, what it finds out, what it does, and what it returns.
 *
 * `perform` carries it out: read the request, check the host, take the lock, undo or finish what an interrupted run
 * left behind, ask, plan, apply, commit. A dry run stops after `ask` (`lookAhead`) or after `plan` (`planAhead`).
 */
export interface Operation<T extends Types> {
  readonly verb: string;
  /** Validates the request before anything on the host is read. @throws NspawnError if it does not make sense */
  readonly read: (request: T['request']) => T['wish'];
  /** @throws NspawnError if the host lacks something */
  readonly requireHost: (context: Context, places: Places) => Promise<void>;
  /** Whether it ends the container. The recovery of an interrupted run then need not start it again. */
  readonly endsRun?: (wish: T['wish']) => boolean;
  /** Reads the container's state, and rejects what cannot be done. It changes nothing. */
  readonly ask: (wish: T['wish'], scene: Scene) => Promise<T['asked']>;
  /** The result if there is nothing to do; null if there is something to do. */
  readonly unneeded?: (asked: T['asked'] & Scene, wish: T['wish']) => Promise<T['result'] | null>;
  /** Finds out what has to be done, without changing the container or the host's files. */
  readonly plan: (
    asked: T['asked'] & Scene,
    wish: T['wish'],
  ) => Steps<T['asked'] & Scene & Guarded, T['planned']>;
  /** Makes the changes. Each step records in the transaction how to undo a change before it makes it. */
  readonly apply: (
    asked: T['asked'] & Scene,
    wish: T['wish'],
  ) => Steps<T['planned'], T['applied']> | Promise<Steps<T['planned'], T['applied']>>;
  /** What remains to be cleaned up after the commit. */
  readonly finish?: (applied: T['applied']) => readonly Undo[] | Promise<readonly Undo[]>;
  /** What follows a committed change. It reports its failures as warnings. `remnants` could not be deleted. */
  readonly follow?: (applied: T['applied'], remnants: readonly NspawnError[]) => Promise<void>;
  readonly result: (
    applied: T['applied'],
    wish: T['wish'],
    remnants: readonly NspawnError[],
  ) => T['result'] | Promise<T['result']>;
}

/** Carries out an operation. */
export async function perform<T extends Types>(
  operation: Operation<T>,
  request: T['request'],
  options: OperationOptions = {},
): Promise<T['result']> {
  const context = operationContext(options);
  return await performIn(operation, operation.read(request), context);
}

/** Carries out an operation for a request that has already been read. */
export async function performIn<T extends Types>(
  operation: Operation<T>,
  wish: T['wish'],
  context: Context,
): Promise<T['result']> {
  const scene = sceneOf(wish, context);
  await operation.requireHost(context, scene.places);
  return guarded(scene.places, guardOptions(operation, wish, context), async (transaction, judgeBy) => {
    const asked = await ask(operation, wish, scene);
    const unneeded = (await operation.unneeded?.(asked, wish)) ?? null;
    if (unneeded !== null) return unneeded;
    const applied = await operation
      .plan(asked, wish)
      .and(await operation.apply(asked, wish))
      .run({ ...asked, transaction, judgeBy }, stepsContext(operation.verb, scene));
    // A committed change is never reported as interrupted.
    if (!transaction.committed) requireUninterrupted(context.signal);
    const remnants = await transaction.commit((await operation.finish?.(applied)) ?? []);
    await operation.follow?.(applied, remnants);
    return operation.result(applied, wish, remnants);
  });
}

/** Finds out what an operation would do from its `ask` alone, without the lock and without special privileges. */
export async function lookAhead<T extends Types>(
  operation: Operation<T>,
  request: T['request'],
  options: OperationOptions = {},
): Promise<T['asked'] & Scene> {
  const wish = operation.read(request);
  const context = await lookingContext(options, wish.name, `${operation.verb} --dry-run`);
  return ask(operation, wish, sceneOf(wish, context));
}

/**
 * Finds out what an operation would do from its plan, which may need a build. `preview` turns the plan into the result.
 */
export async function planAhead<T extends Types, Preview>(
  operation: Operation<T>,
  request: T['request'],
  options: OperationOptions,
  preview: (planned: T['planned']) => Promise<Preview>,
): Promise<Preview> {
  const wish = operation.read(request);
  const context = operationContext(options);
  const scene = sceneOf(wish, context);
  await operation.requireHost(context, scene.places);
  const guard = {
    ...guardOptions(operation, wish, context),
    operation: `${operation.verb} --dry-run`,
    isPreview: true,
  };
  return await guarded(scene.places, guard, async (transaction, judgeBy) => {
    const asked = await ask(operation, wish, scene);
    const planned = await operation
      .plan(asked, wish)
      .run({ ...asked, transaction, judgeBy }, stepsContext(operation.verb, scene));
    const result = await preview(planned);
    // If the plan built nothing, the transaction has not begun, and there is nothing to release.
    if (transaction.begun) await transaction.commit([releaseBuildRoot(scene)]);
    return result;
  });
}

/** Releases the temporary root that protects a build until a generation does. */
export const releaseBuildRoot = ({
  places,
  context,
}: Scene): Extract<Undo, { do: 'release-build-root' }> => ({
  do: 'release-build-root',
  path: places.buildRoot,
  autoRootsDir: context.layout.autoRootsDir,
});

export const stepsContext = (operation: string, { places, context }: Scene) => ({
  container: places.name,
  operation,
  ...context,
});

const sceneOf = ({ name }: { name: ContainerName }, context: Context): Scene => ({
  context,
  places: containerPlaces(context.layout, name),
});

async function ask<T extends Types>(
  operation: Operation<T>,
  wish: T['wish'],
  scene: Scene,
): Promise<T['asked'] & Scene> {
  return { ...(await operation.ask(wish, scene)), ...scene };
}

const guardOptions = <T extends Types>(
  { verb, endsRun }: Operation<T>,
  wish: T['wish'],
  context: Context,
) => ({ operation: verb, endsRun: endsRun?.(wish) ?? false, ...context });
