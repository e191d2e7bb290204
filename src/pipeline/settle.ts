import { access, constants } from 'node:fs/promises';
import { isPresent, removeFile } from '../base/files.js';
import type { ContainerName } from '../container/name.js';
import { notRestored } from '../errors/activation.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isErrno } from '../errors/system-calls.js';
import { containerPlaces, type Places } from '../host/layout.js';
import { acquireLock } from '../host/lock.js';
import { outsideOf, outsideOfBoth } from './boundaries.js';
import type { Listener } from './events.js';
import { type Memory, remember } from './remember.js';
import { type Boundary, ownerOf, recover } from './transaction.js';

/**
 * Undoes or finishes what an interrupted run left half-done, and reports to the listener which of the two it did. The
 * caller holds the container's lock. With `endsRun`, the container is not brought back up, because the caller ends it.
 *
 * If the container cannot be brought back up, that is only a warning: its files are restored, and commands must work
 * even if it cannot start.
 *
 * @throws NspawnError `not-restored` if a part of it failed, `bad-journal`
 */
export async function settleFormerRun(
  places: Places,
  memory: Memory,
  { endsRun }: { endsRun: boolean } = { endsRun: false },
): Promise<void> {
  const owner = await ownerOf(places.journal);
  if (owner !== null) return settleOfOwner(owner, places, memory, { endsRun });
  const { layout } = memory;
  const outside: Boundary = (undo, partner) =>
    partner === null
      ? outsideOf(undo, layout, places)
      : outsideOfBoth(undo, layout, places, containerPlaces(layout, partner));
  const recovery = await recover(places.journal, outside, { bringUp: !endsRun });
  if (recovery === null) return;
  const { operation, outcome, remnants, failures, warnings } = recovery;
  for (const remnant of remnants) warnOfRemnant(places.name, remnant, memory.listener);
  const [first] = failures;
  if (first !== undefined) throw notRestored(places.name, first, failures);
  const { name } = places;
  memory.listener({ container: name, type: 'recovered', operation, outcome });
  for (const message of warnings)
    memory.listener({ container: name, type: 'warning', code: 'way-back', message });
  // The interrupted run could not log its own outcome.
  const error =
    outcome === 'undone' ? { code: 'interrupted', message: 'It was interrupted, and is now undone.' } : null;
  await remember({ container: name, operation, error }, memory);
}

/** Settles a change of the container's name, whose records are in the journal of the other name. */
async function settleOfOwner(
  owner: ContainerName,
  { journal }: Places,
  memory: Memory,
  options: { endsRun: boolean },
): Promise<void> {
  const places = containerPlaces(memory.layout, owner);
  const operation = 'recovery of a changed name';
  const lock = await acquireLock({ name: owner, path: places.lock, operation, wait: 0 });
  try {
    await settleFormerRun(places, memory, options);
    // The records are gone if somebody deleted the other journal.
    await removeFile(journal);
  } finally {
    await lock.release();
  }
}

/**
 * The same for a command that only reads, so that it does not show a half-done change. Reading is still useful if this
 * is not possible, so it only warns if another run is under way, if the caller cannot make changes, or if the change
 * cannot be undone.
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
      `An operation on '${name}' is in progress or was interrupted, so the output may show a half-done change. 'sudo nixos-nspawn status ${name}' undoes or finishes an interrupted operation.`,
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
      warn('operation-under-way', `${error.message} The output may show a half-done change.`);
    else warn(error.code, [error.message, ...error.nextSteps].join(' '));
  }
}

/** Warns of a directory that could not be deleted. It does not prevent other operations, but the user has to know. */
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
    // Another run has just deleted the journal. The caller takes the lock, and then finds nothing to undo or finish.
    if (isErrno(error) && error.code === 'ENOENT') return true;
    throw error;
  }
}
