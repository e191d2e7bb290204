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

/** What a command may say that is captured: execa makes an error's text of it, line by line, in memory. */
const MOST_CAPTURED = 32;

export interface TransientCommand {
  machine: string;
  /** Name of the service that the command becomes in the container. */
  unit: string;
  command: readonly [string, ...string[]];
  user: string;
  /** Null for the user's home. */
  directory: string | null;
  /** `NAME=VALUE` each. */
  environment: readonly string[];
  /** Where the command is looked for, and its PATH. */
  searchPath: readonly string[];
  /** A terminal of its own in the container, or this process's three streams as they are. */
  terminal: boolean;
}

/**
 * The argv that runs a command as a service of the container, in its cgroups and with its rights.
 *
 * `oneshot`, for a service of that type counts no signal as a clean end (systemd.service(5), SuccessExitStatus=), so
 * that one which was killed is there to be asked afterwards. A terminal takes `exec`: systemd-run(1) connects it only
 * when the start is over, which for `oneshot` is the command's end.
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
    // A command in a pipeline shall end as it does elsewhere when its reader is gone.
    '--property=IgnoreSIGPIPE=no',
    ...command.searchPath.map((path) => `--property=ExecSearchPath=${path}`),
    ...command.environment.map((assignment) => `--setenv=${assignment}`),
    '--',
    ...command.command,
  ];
}

/**
 * Runs it on this process's streams; gives systemd-run's exit code, which tells no signal. The command dies with this
 * process: neither systemd-run's end nor a closed pipe would end it.
 *
 * @throws NspawnError `command-missing`
 */
export async function runTransient(command: TransientCommand, options: AttachedOptions): Promise<number> {
  return untilEnd(command, (argv) => runAttached(argv, options));
}

/** Runs it apart from this process's streams, and gives what it said beside systemd-run's exit code; else as `runTransient`. */
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
  // The command's own 127 means something else.
  for (const program of ['systemd-run', 'xargs'])
    if ((await findProgram(program)) === null) throw commandMissing(program);
  const { machine, unit } = command;
  const callOff = onDeath(['systemctl', `--machine=${machine}`, 'kill', '--signal=KILL', unit]);
  try {
    // It may not have told the container of the command yet.
    return await start(['setpriv', '--pdeathsig', 'KILL', '--', ...transientArgv(command)]);
  } finally {
    await callOff();
  }
}
