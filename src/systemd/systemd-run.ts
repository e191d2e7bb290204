import {
  type Argv,
  type AttachedOptions,
  onDeath,
  type RunOptions,
  type RunResult,
  run,
  runAttached,
} from '../base/process.js';
import { findProgram } from '../base/programs.js';
import { commandMissing } from '../errors/commands.js';

/** Limit, in megabytes, of captured output. execa builds an error's text from it line by line, in memory. */
const MOST_CAPTURED = 32;

export interface TransientCommand {
  machine: string;
  /** Name of the service that runs the command in the container. */
  unit: string;
  command: readonly [string, ...string[]];
  user: string;
  /** Null for the user's home directory. */
  directory: string | null;
  /** `NAME=VALUE` each. */
  environment: readonly string[];
  /** Where the command is searched for; also its PATH. */
  searchPath: readonly string[];
  /** Whether the command gets a terminal in the container. Otherwise it uses this process's three streams directly. */
  terminal: boolean;
}

/**
 * The argv that runs a command as a service of the container, in its control groups and with its permissions.
 *
 * The type is `oneshot`, because for that type no signal counts as a clean exit (systemd.service(5),
 * SuccessExitStatus=). The unit of a killed command therefore remains and can be queried. A terminal needs `exec`:
 * systemd-run(1) connects it only after the start has finished, which for `oneshot` is the command's end.
 */
export function transientArgv(command: TransientCommand): Argv {
  const directory = command.directory ?? '-~';
  return [
    'systemd-run',
    `--machine=${command.machine}`,
    `--unit=${command.unit}`,
    '--wait',
    ...(command.terminal
      ? ['--pty', '--collect', '--service-type=exec']
      : ['--pipe', '--quiet', '--service-type=oneshot']),
    '--expand-environment=no',
    `--uid=${command.user}`,
    `--property=WorkingDirectory=${directory}`,
    // A command in a pipeline must end when its reader is gone, as it does outside a container.
    '--property=IgnoreSIGPIPE=no',
    ...command.searchPath.map((path) => `--property=ExecSearchPath=${path}`),
    ...command.environment.map((assignment) => `--setenv=${assignment}`),
    '--',
    ...command.command,
  ];
}

/**
 * Runs the command on this process's streams. Returns systemd-run's exit code, which does not show signals. The command
 * is killed if this process dies, because neither systemd-run's end nor a closed pipe would end it.
 *
 * @throws NspawnError `command-missing`
 */
export async function runTransient(command: TransientCommand, options: AttachedOptions): Promise<number> {
  return untilEnd(command, (argv) => runAttached(argv, options));
}

/** Like `runTransient`, but captures the output and returns it with systemd-run's exit code. */
export async function captureTransient(
  command: TransientCommand,
  options: Pick<RunOptions, 'input'>,
): Promise<Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'>> {
  return untilEnd(command, (argv) =>
    run(argv, { ...options, acceptCodes: 'all', maxMegabytes: MOST_CAPTURED }),
  );
}

async function untilEnd<Result>(
  command: TransientCommand,
  start: (argv: Argv) => Promise<Result>,
): Promise<Result> {
  // Check first, because the command itself may also exit with 127.
  for (const program of ['systemd-run', 'xargs'])
    if ((await findProgram(program)) === null) throw commandMissing(program);
  const { machine, unit } = command;
  const callOff = onDeath(['systemctl', `--machine=${machine}`, 'kill', '--signal=KILL', unit]);
  try {
    // If this process dies, kill systemd-run too: it may not have started the command in the container yet.
    return await start(['setpriv', '--pdeathsig', 'KILL', '--', ...transientArgv(command)]);
  } finally {
    await callOff();
  }
}
