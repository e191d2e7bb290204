import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Gate } from '../base/gate.js';
import { type HandedOn, run, runAttached, runRelayed } from '../base/process.js';
import { PROGRAM_DIRECTORIES } from '../base/programs.js';
import { interrupted } from '../errors/commands.js';
import {
  remoteLost,
  remoteSudoRefused,
  remoteToolMissing,
  remoteUnreachable,
  remoteWithoutShell,
} from '../errors/remote.js';
import { AGENT, PROTOCOL } from '../text/protocol.js';
import { type Connection, logOptions, readSshLog, sshArgv } from './ssh.js';
import { quoted, remoteLine } from './words.js';

export interface RemoteCommand {
  /** The arguments of the tool there. */
  argv: readonly string[];
  /** Whether sudo runs the tool there. */
  sudo: boolean;
  /** Whether the command gets a terminal there, which sudo can use too. */
  terminal: boolean;
  /** What the command reads; default this process's standard input. Not with a terminal. */
  input?: string;
  /** Whether the input stays open after that, until `onOutput` ends it. */
  holdsInput?: boolean;
  /** Called with what the command writes to standard output; default this process's. Not with a terminal. */
  onOutput?: (part: Uint8Array, endInput: (text: string) => void) => void;
}

/** The exit code of shells for a command that does not exist. */
const NOT_FOUND = 127;
/** The exit code of ssh for its own failures. */
const SSH_FAILED = 255;

/** Where the tool and Nix are on hosts whose shells without a login have only the system's directories in PATH. */
const PLACES = [
  '/run/wrappers/bin',
  '/run/current-system/sw/bin',
  '/nix/var/nix/profiles/default/bin',
  '$HOME/.nix-profile/bin',
  ...PROGRAM_DIRECTORIES,
];
export const SEARCH = `PATH="\${PATH:+$PATH:}${PLACES.join(':')}"; export PATH`;

/**
 * Runs the tool on the host, on this process's streams, and returns its exit code. It costs one round trip: the script
 * there says what it found before it starts the tool, and the tool itself refuses another version of the protocol.
 *
 * @throws NspawnError `remote-unreachable`, `remote-tool-missing`, `remote-sudo-refused`
 */
export async function runThere(connection: Connection, command: RemoteCommand): Promise<number> {
  return command.terminal ? onTerminal(connection, command) : onPipes(connection, command);
}

async function onPipes(connection: Connection, command: RemoteCommand): Promise<number> {
  const host = connection.target.name;
  const mark = `nixos-nspawn-${randomBytes(12).toString('hex')}`;
  const [stdout, stderr] = [new Gate(mark), new Gate(mark)];
  const log = join(connection.directory, 'log');
  const line = remoteLine(pipeScript(command, mark));
  const signals = signalSender(connection, command, () => stdout.word);
  const exitCode = await runRelayed(sshArgv(connection, line, ['-T', ...logOptions(log)]), {
    stdout,
    stderr,
    onSignal: signals.onSignal,
    ...(command.input === undefined ? {} : { input: command.input }),
    ...(command.holdsInput ? { holdsInput: true } : {}),
    ...(command.onOutput ? { onOutput: command.onOutput } : {}),
  });
  if (stdout.word === 'missing') throw remoteToolMissing(host);
  if (stdout.word === 'sudo') throw remoteSudoRefused(host);
  if (stdout.word === null && signals.received !== null) throw interrupted(signals.received);
  const said = await readSshLog(log);
  if (exitCode === SSH_FAILED && !said.hasExitCode)
    throw (stdout.word === null ? remoteUnreachable : remoteLost)(host, said.messages);
  if (stdout.word === null) throw remoteWithoutShell(host, exitCode, `${stdout.dropped}${stderr.dropped}`);
  return exitCode;
}

/**
 * The script that starts the tool. Its first line on both outputs is the mark, with the process of the tool, or why it
 * was not started. If the connection ends, the kernel sends SIGHUP to the tool, as for a terminal that is closed.
 */
function pipeScript({ argv, sudo }: RemoteCommand, mark: string): string {
  const say = (word: string) => `echo ${mark} ${word}; echo ${mark} >&2`;
  const refused = `{ ${say('sudo')}; exit 126; }`;
  return [
    SEARCH,
    `tool=$(command -v nixos-nspawn) || { ${say('missing')}; exit ${NOT_FOUND}; }`,
    `set -- ${agentWords(argv)}`,
    ...(sudo
      ? [
          `sudo -n true 2>/dev/null || ${refused}`,
          say('$$'),
          'exec sudo -n env PATH="$PATH" setpriv --pdeathsig HUP -- "$tool" "$@"',
        ]
      : [say('$$'), 'exec setpriv --pdeathsig HUP -- "$tool" "$@"']),
  ].join('\n');
}

const agentWords = (argv: readonly string[]) => [AGENT, String(PROTOCOL), ...argv].map(quoted).join(' ');

/**
 * Sends the signals that this process receives to the tool on the host, by a second command: ssh itself sends none. A
 * second signal of a kind that ends programs does not wait for the host.
 */
function signalSender(
  connection: Connection,
  { sudo }: RemoteCommand,
  processThere: () => string | null,
): { onSignal: (signal: HandedOn, end: () => void) => void; readonly received: HandedOn | null } {
  let received: HandedOn | null = null;
  const onSignal = (signal: HandedOn, end: () => void) => {
    const isSecond = received !== null && !['SIGUSR1', 'SIGUSR2'].includes(signal);
    received = signal;
    const pid = processThere();
    if (pid === null || !/^\d+$/.test(pid) || isSecond) return end();
    const kill = `${sudo ? 'sudo -n ' : ''}kill -s ${signal.slice(3)} ${pid}`;
    run(sshArgv(connection, remoteLine(kill), ['-T'])).catch(end);
  };
  return {
    onSignal,
    get received() {
      return received;
    },
  };
}

async function onTerminal(connection: Connection, command: RemoteCommand): Promise<number> {
  const host = connection.target.name;
  const log = join(connection.directory, 'log');
  const sudo = command.sudo ? 'sudo env PATH="$PATH" ' : '';
  const script = [
    SEARCH,
    `tool=$(command -v nixos-nspawn) || exit ${NOT_FOUND}`,
    `exec ${sudo}"$tool" ${agentWords(command.argv)}`,
  ].join('\n');
  const exitCode = await runAttached(sshArgv(connection, remoteLine(script), ['-tt', ...logOptions(log)]));
  if (exitCode === SSH_FAILED) {
    const said = await readSshLog(log);
    if (!said.hasExitCode) throw (said.isConnected ? remoteLost : remoteUnreachable)(host, said.messages);
  }
  // Only then is it unknown whether the tool or what it ran is missing.
  if (exitCode === NOT_FOUND && !(await hasTool(connection))) throw remoteToolMissing(host);
  return exitCode;
}

async function hasTool(connection: Connection): Promise<boolean> {
  const line = remoteLine(`${SEARCH}\ncommand -v nixos-nspawn >/dev/null`);
  const { exitCode } = await run(sshArgv(connection, line, ['-T']), { acceptCodes: 'all' });
  return exitCode === 0 || exitCode === SSH_FAILED;
}
