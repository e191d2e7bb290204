import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { notStopped } from '../error-catalog.js';
import { NspawnError } from '../errors.js';
import { listMachines, powerOff, terminate } from './machinectl.js';
import { reloadUnit, resetFailed, restartUnit, showUnit, startUnit, stopUnit } from './systemctl.js';

interface Options {
  signal?: AbortSignal;
  progress?: (text: string) => void;
  /** Seconds that the container's init gets to power off by itself. Default 30. */
  patience?: number | undefined;
  /** Seconds that a start may take; default as long as the service's TimeoutStartSec= lets it. */
  limit?: number | undefined;
}

/** Milliseconds between two looks at what systemd says, and at a file. */
const POLL = 100;
const GLANCE = 10;
/** Milliseconds after which systemd is asked again, whatever the file says. */
const GLANCES = 1000;
/** machined has a file here for each machine that it knows of. */
const MACHINES = '/run/systemd/machines';
/** Seconds until a terminated machine must be gone. */
const TERMINATE_PATIENCE = 15;

/**
 * Asks for power-off, waits visibly, then terminates; a machine that does not run is no error. Afterwards its unit is
 * not listed as failed either, however it ended.
 */
export async function stopMachine(name: string, service: string, options: Options = {}): Promise<void> {
  await powerDown(name, service, options);
  if ((await activeState(service, options.signal)) === 'failed') await forgetFailure(service);
}

async function powerDown(name: string, service: string, options: Options): Promise<void> {
  const { patience = 30, progress = () => undefined, signal } = options;
  if (await isGone(name, service, signal)) return;
  if (await isRegistered(name, signal)) {
    progress('asked it to power off');
    await unlessGone(() => powerOff(name, { signal }), name, service, signal);
    if (await gone(name, service, patience, options)) return;
    progress(`still runs after ${patience} s; ending it`);
  }
  await endMachine(name, service, options);
}

/** Ends every process of the container at once; a machine that does not run is no error. */
export async function endMachine(name: string, service: string, options: Options = {}): Promise<void> {
  const { signal } = options;
  if (await isRegistered(name, signal))
    await unlessGone(() => terminate(name, { signal }), name, service, signal);
  await stopUnit(service, { signal });
  if (!(await gone(name, service, TERMINATE_PATIENCE, options))) throw notStopped(name, TERMINATE_PATIENCE);
}

/** Starts the container and waits for its READY. */
export async function startMachine(name: string, service: string, options: Options = {}): Promise<void> {
  await despiteItsPast(name, service, options, () => startUnit(service, jobOptions(options)));
}

/** Starts the container anew, and waits for its READY; one that does not run is started. */
export async function restartMachine(name: string, service: string, options: Options = {}): Promise<void> {
  await despiteItsPast(name, service, options, () => restartUnit(service, jobOptions(options)));
}

const jobOptions = ({ signal, limit }: Options) => ({
  signal,
  ...(limit === undefined ? {} : { timeout: limit * 1000 }),
});

/** Has the running container switch to the configuration that its service's ExecReload= names. */
export async function reloadMachine(service: string, options: Options = {}): Promise<void> {
  await reloadUnit(service, { signal: options.signal });
}

/** Brings the container back to run what its units say: by a reload where it still runs, else by a start. */
export async function resumeMachine(name: string, service: string): Promise<void> {
  if ((await activeState(service)) === 'active') await reloadMachine(service);
  else await restartMachine(name, service);
}

/**
 * A start that earlier ones may stand in the way of. systemd refuses the sixth within ten seconds (systemd.unit(5),
 * StartLimitBurst=), to end the loop of a service that crashes; who asks for a start means it, so they are forgotten. And
 * machined sometimes still lists a machine whose service has ended ("Machine already exists", systemd issue 6347): the
 * start is then tried once more, when machined no longer lists it.
 */
async function despiteItsPast(
  name: string,
  service: string,
  options: Options,
  act: () => Promise<void>,
): Promise<void> {
  const { signal } = options;
  await resetFailed(service, { signal });
  try {
    await act();
  } catch (error) {
    if (!(error instanceof NspawnError) || error.code !== 'command-failed') throw error;
    if (error.details.timed_out === true) throw error;
    if (!(await isRegistered(name, signal)) || (await activeState(service, signal)) === 'active') throw error;
    options.progress?.('machined still lists an earlier run of it; waiting');
    await gone(name, service, TERMINATE_PATIENCE, options);
    await startUnit(service, jobOptions(options));
  }
}

/** Forgets a failed start, so that the unit leaves no trace in `systemctl --failed`. */
export async function forgetFailure(service: string): Promise<void> {
  await resetFailed(service);
}

export async function isRegistered(name: string, signal?: AbortSignal): Promise<boolean> {
  return (await listMachines({ signal })).some((machine) => machine.name === name);
}

async function activeState(service: string, signal?: AbortSignal): Promise<string> {
  return (await showUnit(service, ['ActiveState'], { signal })).get('ActiveState') ?? 'inactive';
}

/** It neither runs nor is its unit listed as failed. */
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
    if (waited >= 1) options.progress?.(`waiting for it to end (${Math.floor(waited)} of ${seconds} s)`);
    await untilLikelyGone(name, options.signal);
  }
}

/** Waits while machined keeps its file of a machine, for a look at it starts no process. */
async function untilLikelyGone(name: string, signal?: AbortSignal): Promise<void> {
  const file = join(MACHINES, name);
  if (!existsSync(file)) return delay(POLL, undefined, { signal });
  const started = performance.now();
  while (existsSync(file) && performance.now() - started < GLANCES)
    await delay(GLANCE, undefined, { signal });
}

/** A machine may end between the look and the call; that call's failure is then no failure. */
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
