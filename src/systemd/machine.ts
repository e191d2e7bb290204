import { lstatSync } from 'node:fs';
import { pause } from '../base/pause.js';
import { notRegistered, notStopped } from '../errors/activation.js';
import { isCommandFailure, NspawnError } from '../errors/nspawn-error.js';
import { killAll, killInit, supervisorOf } from './force.js';
import { invocationLink } from './invocation.js';
import { clearLeftovers, hasLeftovers } from './leftovers.js';
import { hasForeignOwners, releaseOwners, returnOwners } from './owners.js';
import { findMachine, isRegistered, powerOff, registrationOf } from './registered-machines.js';
import { reloadBack } from './reload.js';
import { resetFailed, restartUnit, showUnit, startUnit, stopUnitSoon } from './systemctl.js';
import { activeState, isEnded } from './unit-states.js';

interface Options {
  signal?: AbortSignal;
  progress?: (text: string) => void;
  /** Seconds that the container may take to power off by itself. Default 30. */
  patience?: number | undefined;
  /** Seconds that a start may take. Default: the service's TimeoutStartSec=. */
  limit?: number | undefined;
}

/** Milliseconds between two queries to systemd, and between two checks of files. */
const POLL = 100;
const GLANCE = 10;
/** Milliseconds after which systemd is queried, even if the files still exist. */
const GLANCES = 1000;
/** The Result= of a service that systemd did not start because it was started too often (systemd.service(5)). */
const START_LIMIT = 'start-limit-hit';
/** Seconds that a container may take to power off. */
const PATIENCE = 30;
/** Seconds that systemd-nspawn may take to clean up after its container's init was killed. */
const CLEAR_UP = 1;
/** Seconds within which a container must be gone after all its processes were killed. */
const FORCE_PATIENCE = 15;

/**
 * Asks the container to power off, reports progress while it waits, then ends it by force. A machine that does not run
 * is not an error. Afterwards its unit is not listed as failed, however it ended.
 */
export async function stopMachine(name: string, service: string, options: Options = {}): Promise<void> {
  if ((await powerDown(name, service, options)) === 'failed') await forgetFailure(service);
  await clearLeftovers(name, { signal: options.signal });
}

/** Returns the state of the service afterwards. */
async function powerDown(name: string, service: string, options: Options): Promise<RestState> {
  const { patience = PATIENCE, progress = () => undefined, signal } = options;
  if (await isRegistered(name, signal)) {
    progress('asked it to power off');
    await unlessGone(() => powerOff(name, { signal }), name, service, signal);
  } else {
    const state = await restState(name, service, signal);
    if (state !== null) return state;
    // It is starting or already shutting down.
    progress('asked its service to stop');
    await stopUnitSoon(service, { signal });
  }
  const state = await stateOnceGone(name, service, patience, options);
  if (state !== null) return state;
  progress(`still running after ${patience} s; killing it`);
  return endProcesses(name, service, options);
}

/**
 * Ends every process of the container at once, and cleans up so that it can start again. A container that does not run
 * is not an error.
 */
export async function endMachine(name: string, service: string, options: Options = {}): Promise<void> {
  if ((await restState(name, service)) === null) await endProcesses(name, service, options);
  await clearLeftovers(name);
}

/** Returns the state of the service afterwards. @throws NspawnError `not-stopped` */
async function endProcesses(name: string, service: string, options: Options): Promise<RestState> {
  // Stop the unit first, so that Restart= does not start it again.
  await stopUnitSoon(service);
  await killInit(service);
  const state = await stateOnceGone(name, service, CLEAR_UP, options);
  if (state !== null) return state;
  await killAll(service);
  const killed = await stateOnceGone(name, service, FORCE_PATIENCE, options);
  if (killed === null) throw notStopped(name, FORCE_PATIENCE);
  return killed;
}

/** Starts the container and waits until it reports READY. */
export async function startMachine(name: string, service: string, options: Options = {}): Promise<void> {
  await despiteItsPast(name, service, options, () => startUnit(service, jobOptions(options)));
}

/**
 * Restarts the container, or starts it if it does not run, and waits until it reports READY. A container that does not
 * power off in time is ended by force, as with a stop.
 */
export async function restartMachine(name: string, service: string, options: Options = {}): Promise<void> {
  if (await hasForeignOwners(name)) {
    await stopMachine(name, service, options);
    return startMachine(name, service, options);
  }
  const supervisor = await supervisorOfMachine(name, service);
  const over = new AbortController();
  const forced = forceAfter(options.patience ?? PATIENCE, service, supervisor, over.signal);
  try {
    await despiteItsPast(name, service, options, () => restartUnit(service, jobOptions(options)));
  } finally {
    over.abort();
    await forced;
  }
}

/** Kills a systemd-nspawn that still runs when the time is over. The restart then continues with the start. */
async function forceAfter(
  seconds: number,
  service: string,
  supervisor: number,
  over: AbortSignal,
): Promise<void> {
  if (supervisor === 0) return;
  for (const [wait, force] of [
    [seconds, killInit],
    [CLEAR_UP, killAll],
  ] as const) {
    await pause(wait * 1000, over).catch(() => undefined);
    if (over.aborted || (await mainPid(service)) !== supervisor) return;
    await force(service);
  }
}

/** The process id of the systemd-nspawn that runs the container; 0 if it does not run. */
async function supervisorOfMachine(name: string, service: string): Promise<number> {
  const leader = (await findMachine(name))?.leader ?? null;
  return (leader === null ? null : await supervisorOf(leader)) ?? mainPid(service);
}

const mainPid = async (service: string) => Number((await showUnit(service, ['MainPID'])).get('MainPID') ?? 0);

const jobOptions = ({ signal, limit }: Options) => ({
  signal,
  ...(limit === undefined ? {} : { timeout: limit * 1000 }),
});

/**
 * Makes the container match its units again: by a reload if it still runs, otherwise by a start. If the reload fails,
 * the container is restarted.
 *
 * @param before the units that had failed before the change, if known
 * @param warn receives messages for the user about problems that do not make this a failure
 */
export async function resumeMachine(
  name: string,
  service: string,
  before: readonly string[] | null = null,
  warn: (text: string) => void = () => undefined,
): Promise<void> {
  if ((await activeState(service)) !== 'active') return restartMachine(name, service);
  try {
    const failed = await reloadBack(name, service, before);
    if (failed.length > 0) warn(`These units of '${name}' failed during the undo: ${failed.join(', ')}.`);
  } catch (error) {
    if (!(error instanceof NspawnError)) throw error;
    warn(`'${name}' could not be reloaded during the undo, so it is restarted. ${error.message}`);
    await restartMachine(name, service);
  }
}

/**
 * Starts a container despite these obstacles from earlier runs:
 *
 * - systemd refuses the sixth start within ten seconds (systemd.unit(5), StartLimitBurst=), to end the loop of a
 *   crashing service. An explicit start must not fail for that, so the counter is reset and the start repeated.
 * - A killed systemd-nspawn leaves a mount behind, and the next one then refuses to start.
 * - If a container no longer has a user namespace, its files may still belong to it.
 * - machined sometimes still lists a machine whose service has ended ("Machine already exists", systemd issue 6347).
 *   The start is then tried once more when machined no longer lists it.
 */
async function despiteItsPast(
  name: string,
  service: string,
  options: Options,
  act: () => Promise<void>,
): Promise<void> {
  const { signal } = options;
  if ((await hasLeftovers(name)) && (await isGone(name, service, signal)))
    await clearLeftovers(name, { signal });
  if ((await hasForeignOwners(name)) && (await isGone(name, service, signal))) {
    options.progress?.('changing the owners of its files back to users of the host');
    await returnOwners(name, { signal });
  }
  await releaseOwners(name);
  try {
    await act();
    await requireRegistered(name, service);
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    if (error.details.timed_out === true || (await activeState(service, { signal })) === 'active')
      throw error;
    const why = await result(service);
    if (why === START_LIMIT) await resetFailed(service, { signal });
    else if (await isRegistered(name, signal)) {
      options.progress?.('waiting, because machined still lists its previous run');
      await stateOnceGone(name, service, FORCE_PATIENCE, options);
      await clearLeftovers(name, { signal });
    } else if (why !== 'exit-code' || !(await clearLeftovers(name))) throw error;
    await startUnit(service, jobOptions(options));
  }
}

/**
 * Ends a container that systemd-machined refused to register. With systemd 260 and older, the start of such a container
 * fails. Newer versions of systemd-nspawn only log the refusal (`--register=auto`) and start the container, which
 * nobody could then find, reach or stop by its name.
 *
 * @throws NspawnError `not-registered`
 */
async function requireRegistered(name: string, service: string): Promise<void> {
  if (await isRegistered(name)) return;
  // It has ended by itself in the meantime.
  if ((await activeState(service)) !== 'active') return;
  await endMachine(name, service);
  throw notRegistered(name);
}

/** Clears a failed start, so that `systemctl --failed` does not list the unit. */
export async function forgetFailure(service: string): Promise<void> {
  await resetFailed(service);
}

const result = async (service: string) => (await showUnit(service, ['Result'])).get('Result');

/** Whether there is anything to stop: a container that runs or is starting. */
export async function isUp(name: string, service: string, signal?: AbortSignal): Promise<boolean> {
  return !(await isGone(name, service, signal));
}

/** Whether it does not run and its unit is not listed as failed. */
export async function isAtRest(name: string, service: string): Promise<boolean> {
  return (await restState(name, service)) === 'inactive';
}

const isGone = async (name: string, service: string, signal?: AbortSignal) =>
  (await restState(name, service, signal)) !== null;

/** The state of a service that does not run. */
type RestState = 'inactive' | 'failed';

/** Null if the container runs, starts or stops. */
async function restState(name: string, service: string, signal?: AbortSignal): Promise<RestState | null> {
  if (await isRegistered(name, signal)) return null;
  const state = await activeState(service, { signal });
  return isEnded(state) ? state : null;
}

/** Waits until the container is gone. Null if it is not when the time is over. */
async function stateOnceGone(
  name: string,
  service: string,
  seconds: number,
  options: Options,
): Promise<RestState | null> {
  const started = performance.now();
  for (;;) {
    await untilLikelyGone(name, service, Math.min(seconds * 1000, GLANCES), options.signal);
    const state = await restState(name, service, options.signal);
    if (state !== null) return state;
    const waited = (performance.now() - started) / 1000;
    if (waited >= seconds) return null;
    if (waited >= 1) options.progress?.(`waiting for it to stop (${Math.floor(waited)} of ${seconds} s)`);
    await pause(POLL, options.signal);
  }
}

/**
 * Waits while machined has a file for the machine, and systemd has one for the run of its service. Checking the files
 * starts no process.
 */
async function untilLikelyGone(
  name: string,
  service: string,
  limit: number,
  signal?: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const isThere = () => registrationOf(name) !== null || isLink(invocationLink(service));
  while (isThere() && performance.now() - started < limit) await pause(GLANCE, signal);
}

const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Ignores the failure of a call if the machine ended in the meantime. */
async function unlessGone(
  act: () => Promise<void>,
  name: string,
  service: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (signal?.aborted || !(await isGone(name, service))) throw error;
  }
}
