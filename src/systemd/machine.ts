import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../base/pause.js';
import { notRegistered, notStopped } from '../errors/activation.js';
import { isCommandFailure, NspawnError } from '../errors/nspawn-error.js';
import { killAll, killInit } from './force.js';
import { clearLeftovers, hasLeftovers } from './leftovers.js';
import { listMachines, powerOff } from './machinectl.js';
import { hasForeignOwners, releaseOwners, returnOwners } from './owners.js';
import { reloadBack } from './reload.js';
import { resetFailed, restartUnit, showUnit, startUnit, stopUnitSoon } from './systemctl.js';

interface Options {
  signal?: AbortSignal;
  progress?: (text: string) => void;
  /** Seconds that the container may take to power off by itself. Default 30. */
  patience?: number | undefined;
  /** Seconds that a start may take. Default: the service's TimeoutStartSec=. */
  limit?: number | undefined;
}

/** Milliseconds between two queries to systemd, and between two checks of a file. */
const POLL = 100;
const GLANCE = 10;
/** Milliseconds after which systemd is queried again, even if the file still exists. */
const GLANCES = 1000;
/** machined keeps a file here for each machine that it knows. */
export const MACHINES = '/run/systemd/machines';
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
  await powerDown(name, service, options);
  if ((await activeState(service, options.signal)) === 'failed') await forgetFailure(service);
  await clearLeftovers(name, { signal: options.signal });
}

async function powerDown(name: string, service: string, options: Options): Promise<void> {
  const { patience = PATIENCE, progress = () => undefined, signal } = options;
  if (await isGone(name, service, signal)) return;
  if (await isRegistered(name, signal)) {
    progress('asked it to power off');
    await unlessGone(() => powerOff(name, { signal }), name, service, signal);
  } else {
    // It is starting or already shutting down.
    progress('asked its service to stop');
    await stopUnitSoon(service, { signal });
  }
  if (await gone(name, service, patience, options)) return;
  progress(`still running after ${patience} s; killing it`);
  await endMachine(name, service, options);
}

/**
 * Ends every process of the container at once, and cleans up so that it can start again. A container that does not run
 * is not an error.
 */
export async function endMachine(name: string, service: string, options: Options = {}): Promise<void> {
  if (!(await isGone(name, service))) {
    // Stop the unit first, so that Restart= does not start it again.
    await stopUnitSoon(service);
    await killInit(service);
    if (!(await gone(name, service, CLEAR_UP, options))) {
      await killAll(service);
      if (!(await gone(name, service, FORCE_PATIENCE, options))) throw notStopped(name, FORCE_PATIENCE);
    }
  }
  await clearLeftovers(name);
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
  const supervisor = await mainPid(service);
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
  supervisor: string,
  over: AbortSignal,
): Promise<void> {
  if (supervisor === '0') return;
  for (const [wait, force] of [
    [seconds, killInit],
    [CLEAR_UP, killAll],
  ] as const) {
    await pause(wait * 1000, over).catch(() => undefined);
    if (over.aborted || (await mainPid(service)) !== supervisor) return;
    await force(service);
  }
}

const mainPid = async (service: string) => (await showUnit(service, ['MainPID'])).get('MainPID') ?? '0';

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
 *   crashing service. An explicit start must not hit this limit, so the counter is reset first.
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
  await resetFailed(service, { signal });
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
    if (error.details.timed_out === true || (await activeState(service, signal)) === 'active') throw error;
    if (await isRegistered(name, signal)) {
      options.progress?.('waiting, because machined still lists its previous run');
      await gone(name, service, FORCE_PATIENCE, options);
      await clearLeftovers(name, { signal });
    } else if ((await result(service)) !== 'exit-code' || !(await clearLeftovers(name))) throw error;
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
  if (existsSync(join(MACHINES, name)) || (await isRegistered(name))) return;
  // It has ended by itself in the meantime.
  if ((await activeState(service)) !== 'active') return;
  await endMachine(name, service);
  throw notRegistered(name);
}

/** Clears a failed start, so that `systemctl --failed` does not list the unit. */
export async function forgetFailure(service: string): Promise<void> {
  await resetFailed(service);
}

export async function isRegistered(name: string, signal?: AbortSignal): Promise<boolean> {
  return (await listMachines({ signal })).some((machine) => machine.name === name);
}

async function activeState(service: string, signal?: AbortSignal): Promise<string> {
  return (await showUnit(service, ['ActiveState'], { signal })).get('ActiveState') ?? 'inactive';
}

const result = async (service: string) => (await showUnit(service, ['Result'])).get('Result');

/** Whether there is anything to stop: a container that runs or is starting. */
export async function isUp(name: string, service: string, signal?: AbortSignal): Promise<boolean> {
  return !(await isGone(name, service, signal));
}

/** Whether it does not run and its unit is not listed as failed. */
export async function isAtRest(name: string, service: string): Promise<boolean> {
  return (await activeState(service)) === 'inactive' && !(await isRegistered(name));
}

async function isGone(name: string, service: string, signal?: AbortSignal): Promise<boolean> {
  const state = await activeState(service, signal);
  return (state === 'inactive' || state === 'failed') && !(await isRegistered(name, signal));
}

async function gone(name: string, service: string, seconds: number, options: Options): Promise<boolean> {
  const started = performance.now();
  for (;;) {
    if (await isGone(name, service, options.signal)) return true;
    const waited = (performance.now() - started) / 1000;
    if (waited >= seconds) return false;
    if (waited >= 1) options.progress?.(`waiting for it to stop (${Math.floor(waited)} of ${seconds} s)`);
    await untilLikelyGone(name, options.signal);
  }
}

/** Waits while machined's file for the machine exists. Checking the file starts no process. */
async function untilLikelyGone(name: string, signal?: AbortSignal): Promise<void> {
  const file = join(MACHINES, name);
  if (!existsSync(file)) return pause(POLL, signal);
  const started = performance.now();
  while (existsSync(file) && performance.now() - started < GLANCES) await pause(GLANCE, signal);
}

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
