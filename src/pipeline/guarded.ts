import { notRestored } from '../errors/activation.js';
import { ExitCode } from '../errors/exit-codes.js';
import { asNspawnError, type NspawnError } from '../errors/nspawn-error.js';
import type { Places } from '../host/layout.js';
import { acquireLock } from '../host/lock.js';
import { type Memory, remember } from './remember.js';
import { settleFormerRun, warnOfRemnant } from './settle.js';
import { Transaction } from './transaction.js';
import type { Undo } from './undo.js';

export interface GuardOptions extends Memory {
  operation: string;
  /** Whether it only shows what another operation would do. */
  isPreview?: boolean;
  /** Whether it ends the container in any case, so that the container need not be brought back up first. */
  endsRun?: boolean;
  /** Seconds to wait for another run on the same container. */
  wait: number;
  signal: AbortSignal;
}

/**
 * Decides what a failure means, before anything is undone. By default, everything is undone, and the failure is the
 * error. If the change is kept, `finish` is what remains to be cleared away.
 */
export type FailureJudge = (cause: NspawnError) => {
  undo: boolean;
  error: NspawnError;
  finish?: readonly Undo[];
};

/**
 * Runs `work` exclusively on this container. It takes the container's lock, undoes or finishes what an interrupted run
 * left behind, and passes a transaction, which is committed if `work` succeeds and undone if it fails.
 */
export async function guarded<T>(places: Places, options: GuardOptions, work: Work<T>): Promise<T> {
  const { name } = places;
  const lock = await acquireLock({ name, path: places.lock, ...options });
  const ended = async (error: NspawnError | null) => {
    if (!options.isPreview) await remember({ container: name, operation: options.operation, error }, options);
  };
  try {
    const result = await transacted(places, options, work);
    await ended(null);
    return result;
  } catch (error) {
    const failure = asNspawnError(error);
    if (!REFUSALS.has(failure.exitCode)) await ended(failure);
    throw failure;
  } finally {
    await lock.release();
  }
}

/**
 * Exit codes of impossible requests, such as a second container of the same name. Nothing was done to this container.
 */
const REFUSALS: ReadonlySet<ExitCode> = new Set([
  ExitCode.usage,
  ExitCode.noSuchContainer,
  ExitCode.noGeneration,
  ExitCode.exists,
  ExitCode.notOurs,
]);

type Work<T> = (transaction: Transaction, judgeBy: (judge: FailureJudge) => void) => Promise<T>;

async function transacted<T>(places: Places, options: GuardOptions, work: Work<T>): Promise<T> {
  const { name } = places;
  const { operation, listener } = options;
  await settleFormerRun(places, options, { endsRun: options.endsRun ?? false });
  const warn = (code: string, message: string) =>
    listener({ container: name, type: 'warning', code, message });
  const transaction = new Transaction(places.journal, operation, (failure) =>
    warn(failure.code, `The change was made, but the cleanup after it failed. ${failure.message}`),
  );
  let judge: FailureJudge = (cause) => ({ undo: true, error: cause });
  try {
    const result = await work(transaction, (other) => {
      judge = other;
    });
    await transaction.commit();
    return result;
  } catch (error) {
    const cause = asNspawnError(error);
    if (!transaction.begun || transaction.committed) throw cause;
    const { undo, error: told, finish } = judge(cause);
    if (undo) {
      listener({ container: name, type: 'undoing', reason: cause });
      const { remnants, failures } = await transaction.rollBack((text) => warn('way-back', text));
      for (const remnant of remnants) warnOfRemnant(name, remnant, listener);
      if (failures.length > 0) throw notRestored(name, cause, failures);
      listener({ container: name, type: 'undone' });
    } else await transaction.commit(finish);
    throw told;
  }
}
