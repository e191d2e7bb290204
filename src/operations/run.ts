import { randomBytes } from 'node:crypto';
import { pause } from '../base/pause.js';
import { commandFailed, cutOff } from '../errors/commands.js';
import { notRunning } from '../errors/containers.js';
import { isCommandFailure } from '../errors/nspawn-error.js';
import { invalidVariable, noCommandGiven } from '../errors/usage.js';
import { resetFailedInside, showUnitInside } from '../systemd/inside.js';
import { machineLeader } from '../systemd/registered-machines.js';
import {
  captureTransient,
  runTransient,
  type TransientCommand,
  transientArgv,
} from '../systemd/systemd-run.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireEnterable } from './reachable.js';
import { requireRoot } from './require-root.js';
import { whyNotBegun } from './run-failure.js';
import { whileSignalled } from './run-signals.js';

export interface RunRequest {
  /** The name of the container. */
  name: string;
  /** The program and its arguments. They do not go through a shell. */
  command: readonly string[];
  /** Name or number of a user in the container; default root. */
  user?: string | undefined;
  /** Directory in the container; default the user's home directory. */
  workdir?: string | undefined;
  /** Environment variables, each as `NAME=VALUE`. */
  env?: readonly string[] | undefined;
  /** Text for its standard input. By default there is none, and it reads end-of-file at once. */
  input?: string | undefined;
}

export type AttachCommandRequest = Omit<RunRequest, 'input'> & {
  /**
   * Whether to give it its own terminal, connected to this process's terminal. By default it uses this process's three
   * streams as they are.
   */
  terminal?: boolean | undefined;
};

/** The outcome of a command that ran in a container, and its output. */
export interface RunResult {
  /** Its exit code, 0 to 255. If a signal ended it, 128 + the signal's number, as in a shell. */
  exit_code: number;
  /** All of its standard output, decoded as UTF-8. */
  stdout: string;
  /** All of its standard error, decoded as UTF-8. */
  stderr: string;
}

/**
 * Runs a command in a running container and returns its output. An exit code other than 0 is not an error. More than 32
 * MiB on one of its outputs is an error, `command-failed`.
 *
 * If the signal of the options aborts, the command gets SIGTERM, and SIGKILL if it has not ended after five seconds.
 *
 * @throws NspawnError `no-such-container`, `not-running`, `unregistered`, `usage`, `interrupted`; `cut-off` if the container stopped
 * while the command ran; `cannot-run` or `command-failed` if the command could not be started
 */
export async function runInContainer(
  request: RunRequest,
  options: OperationOptions = {},
): Promise<RunResult> {
  return await withKnownErrors(async () => {
    const { transient, leader, signal } = await prepare(request, options);
    const { input } = request;
    const said = await whileSignalled(transient, { signal }, () => captureTransient(transient, { input }));
    const { exitCode, stdout, stderr } = said;
    return { exit_code: await codeOf(transient, leader, { code: exitCode, stderr }, signal), stdout, stderr };
  });
}

/**
 * Runs a command in a running container on this process's standard streams. Signals that this process receives are
 * forwarded to the command until it ends.
 *
 * @returns its exit code; if a signal ended it, 128 + the signal's number, as in a shell
 * @throws NspawnError as `runInContainer` does
 */
export async function attachCommand(
  request: AttachCommandRequest,
  options: OperationOptions = {},
): Promise<number> {
  return await withKnownErrors(async () => {
    const { terminal = false } = request;
    const { transient, leader, signal } = await prepare(request, options, terminal);
    if (terminal) return runOnTerminal(transient, leader, signal);
    const code = await whileSignalled(transient, { signal }, (onSignal) =>
      runTransient(transient, { onSignal, apart: true }),
    );
    return codeOf(transient, leader, { code, stderr: '' }, signal);
  });
}

async function prepare(
  request: Omit<RunRequest, 'input'>,
  options: OperationOptions,
  terminal = false,
): Promise<{ transient: TransientCommand; leader: number; signal: AbortSignal }> {
  const [file, ...args] = request.command;
  if (file === undefined) throw noCommandGiven();
  const environment = request.env ?? [];
  for (const assignment of environment) requireAssignment(assignment);
  await requireEnterable(request.name, options);
  // systemd lets only root into a container (systemd-run(1), --machine=).
  requireRoot(`Running a command in container '${request.name}'`);
  const { signal } = operationContext(options);
  const transient: TransientCommand = {
    machine: request.name,
    unit: `nixos-nspawn-run-${randomBytes(8).toString('hex')}.service`,
    command: [file, ...args],
    user: request.user ?? 'root',
    directory: request.workdir ?? null,
    environment,
    searchPath: searchPath(request.user ?? 'root'),
    terminal,
  };
  const leader = await machineLeader(request.name, { signal });
  if (leader === null) throw notRunning(request.name);
  return { transient, leader, signal };
}

/** NixOS's directories first, because systemd on NixOS searches only its own package, then those of other systems. */
const searchPath = (user: string) => [
  '/run/wrappers/bin',
  `/etc/profiles/per-user/${user}/bin`,
  '/run/current-system/sw/bin',
  '/nix/var/nix/profiles/default/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** Milliseconds between two checks of a command that systemd-run has lost track of. */
const BETWEEN_LOOKS = 200;

/** The exit codes of systemd-run if it does not know the exit code of the command. */
const UNKNOWN: readonly number[] = [0, 1, 255];

/** @param said systemd-run's own exit code, and its standard error; empty if that was passed through to the caller */
async function codeOf(
  transient: TransientCommand,
  leader: number,
  { code, stderr }: { code: number; stderr: string },
  signal: AbortSignal,
): Promise<number> {
  const shown = await endOf(transient, leader, signal);
  if (shown === null) {
    if (UNKNOWN.includes(code)) throw cutOff(transient.machine);
    return code;
  }
  const { machine, unit } = transient;
  if (shown.get('LoadState') !== 'loaded') {
    // A service that failed would still be loaded.
    if (code === 0) return 0;
    throw commandFailed({ argv: transientArgv(transient), exitCode: code, signal: null, stderr });
  }
  await resetFailedInside(machine, unit, { signal });
  const ended = payloadCode(shown.get('ExecMainCode') === '1', Number(shown.get('ExecMainStatus')));
  const whyNot = await whyNotBegun(transient, leader, ended);
  if (whyNot !== null) throw whyNot;
  return ended;
}

/**
 * What the container's service manager reports about the command after its end; null if the container is gone or has
 * been restarted since. The exit code of systemd-run is not sufficient. It is also 0 if systemd-run has only lost track
 * of the command ("Failed to query unit state"), which may then still be running.
 */
async function endOf(
  { machine, unit }: TransientCommand,
  leader: number,
  signal: AbortSignal,
): Promise<Map<string, string> | null> {
  try {
    for (;;) {
      if ((await machineLeader(machine, { signal })) !== leader) return null;
      const shown = await showUnitInside(machine, unit, PROPERTIES, { signal });
      if (!['active', 'activating', 'deactivating'].includes(shown.get('ActiveState') ?? '')) return shown;
      await pause(BETWEEN_LOOKS, signal);
    }
  } catch (error) {
    if (isCommandFailure(error)) return null;
    throw error;
  }
}

const PROPERTIES = ['LoadState', 'ActiveState', 'ExecMainCode', 'ExecMainStatus'];

/**
 * systemd-run's last line on how the command ended: `code=exited, status=3/NOTIMPLEMENTED`, or `code=killed/status=15`
 * in older versions.
 */
const ENDING = /^Main processes terminated with: code=(\w+)[,/]\s*status=(\d+)/;
const CHATTER =
  /^(Running as unit|Press \^\]|Finished with result|Service runtime|CPU time|Memory peak|IO bytes|IP traffic|Main processes terminated)/;

/** Runs the command attached to the terminal, which gives systemd-run its size. Ctrl-C is passed on as a key. */
async function runOnTerminal(
  transient: TransientCommand,
  leader: number,
  signal: AbortSignal,
): Promise<number> {
  let ending: RegExpExecArray | null = null;
  const said: string[] = [];
  const code = await whileSignalled(transient, { signal }, (onSignal) =>
    runTransient(transient, {
      onSignal,
      env: { SYSTEMD_LOG_LEVEL: 'info', SYSTEMD_LOG_TARGET: 'console', SYSTEMD_COLORS: '0' },
      onStderrLine: (line) => {
        const text = line.replace(/\r$/, '').trimStart();
        ending = ENDING.exec(text) ?? ending;
        if (text !== '' && !CHATTER.test(text)) said.push(text);
      },
    }),
  );
  const tell = () => process.stderr.write(said.map((text) => `${text}\n`).join(''));
  if (ending !== null) {
    const ended = payloadCode(ending[1] === 'exited', Number(ending[2]));
    const whyNot = await whyNotBegun(transient, leader, ended);
    if (whyNot !== null) throw whyNot;
    tell();
    return ended;
  }
  const isThere = (await endOf(transient, leader, signal)) !== null;
  if (!isThere && UNKNOWN.includes(code)) throw cutOff(transient.machine);
  const whyNot = code === 0 || !isThere ? null : await whyNotBegun(transient, leader, null);
  if (whyNot !== null) throw whyNot;
  tell();
  return code;
}

const payloadCode = (exited: boolean, status: number) => (exited ? status : 128 + status);

function requireAssignment(text: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*=/.test(text)) throw invalidVariable(text);
}
