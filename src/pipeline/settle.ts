import { access, constants } from 'node:fs/promises';
import { isPresent } from '../base/files.js';
import { notRestored } from '../errors/activation.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isErrno } from '../errors/system-calls.js';
import type { Places } from '../host/layout.js';
import { acquireLock } from '../host/lock.js';
import { outsideOf } from './boundaries.js';
import type { Listener } from './events.js';
import { type Memory, remember } from './remember.js';
import { recover } from './transaction.js';

/**
 * Brings what a killed run left half-done to one side or the other, and tells the listener which; the caller holds
 * the container's lock. With `endsRun` the container is not brought back up, since the caller ends it.
 *
 * A container that cannot be brought back up is only a warning: its files are back, and no command may depend on its start.
 *
 * @throws NspawnError `not-restored` where a part of it failed, `bad-journal`
 */
export async function settleFormerRun(
  places: Places,
  memory: Memory,
  { endsRun }: { endsRun: boolean } = { endsRun: false },
): Promise<void> {
  const recovery = await recover(places.journal, (undo) => outsideOf(undo, memory.layout, places), {
    bringUp: !endsRun,
  });
  if (recovery === null) return;
  const { operation, outcome, remnants, failures, warnings } = recovery;
  for (const remnant of remnants) warnOfRemnant(places.name, remnant, memory.listener);
  const [first] = failures;
  if (first !== undefined) throw notRestored(places.name, first, failures);
  const { name } = places;
  memory.listener({ container: name, type: 'recovered', operation, outcome });
  for (const message of warnings)
    memory.listener({ container: name, type: 'warning', code: 'way-back', message });
  // The run itself could not say how it ended.
  const error =
    outcome === 'undone' ? { code: 'interrupted', message: 'It was cut short, and is now undone.' } : null;
  await remember({ container: name, operation, error }, memory);
}

/**
 * The same for a verb that only looks, so that what it shows is no half-done change. Where that cannot be had, looking
 * is still worth something: a run that is under way is left alone, a reader without the right to mend and a change that
 * cannot be taken back are told of by a warning.
 */
export async function settleBeforeLooking(
  places: Places,
  context: Memory & { operation: string; signal: AbortSignal },
): Promise<void> {
  if (!(await isPresent(places.journal))) return;
  const { name } = places;
  const warn = (code: string, message: string) =>
    context.listener({ container: name, type: 'warning', code, message });
  if (!(await mayWrite(places.journal))) {
    warn(
      'unfinished-operation',
      `An operation on '${name}' is under way or was cut short, so this may be half-done. 'sudo nixos-nspawn status ${name}' first undoes or finishes one that was cut short.`,
    );
    return;
  }
  try {
    const lock = await acquireLock({ name, path: places.lock, wait: 0, ...context });
    try {
      await settleFormerRun(places, context);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof NspawnError) || error.code === 'interrupted') throw error;
    if (error.code === 'locked')
      warn('operation-under-way', `${error.message} What is shown may be half-done.`);
    else warn(error.code, [error.message, ...error.nextSteps].join(' '));
  }
}

/** What could not be deleted keeps nobody from going on, but has to be known. */
export function warnOfRemnant(container: string, remnant: NspawnError, listener: Listener): void {
  const message = [remnant.message, ...remnant.nextSteps].join(' ');
  listener({ container, type: 'warning', code: remnant.code, message });
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch (error) {
    if (isErrno(error) && ['EACCES', 'EPERM', 'EROFS'].includes(error.code ?? '')) return false;
    // Gone since: there is nothing to settle, as acquiring the lock will show.
    if (isErrno(error) && error.code === 'ENOENT') return true;
    throw error;
  }
}
