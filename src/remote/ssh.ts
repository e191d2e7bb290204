import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Argv, run, runAttached } from '../base/process.js';
import { remoteUnreachable } from '../errors/remote.js';
import type { Target } from './target.js';
import { remoteLine, splitWords } from './words.js';

/** Seconds that a connection to a host may take, unless the user's configuration sets another limit. */
const CONNECT_TIMEOUT = 10;
/** Seconds that a connection is kept for further commands. */
const KEPT = 60;
/** A host that answers none of three questions, one each 15 seconds, is lost. */
const ALIVE = ['ServerAliveInterval=15', 'ServerAliveCountMax=3'] as const;

/** How ssh reaches a host: the user's configuration, with what it leaves open. */
export interface Connection {
  readonly target: Target;
  /** Options for ssh. Those of NIX_SSHOPTS come first, because ssh uses the first value of an option. */
  readonly options: readonly string[];
  /** The same as NIX_SSHOPTS. */
  readonly nixOptions: string;
  /** Whether several commands share one connection that this program opens. */
  readonly isShared: boolean;
  /** A private directory for files of this run. */
  readonly directory: string;
}

/** What the user's configuration of ssh says about this host (ssh -G), by lower-case name. */
async function configured(target: Target, userOptions: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await run(['ssh', '-G', ...userOptions, '--', target.ssh]);
  return new Map(
    stdout.split('\n').map((line) => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}

/**
 * Decides how to connect, without connecting.
 *
 * @param canAsk whether ssh may ask for a password or about a host's key
 */
async function prepareConnection(
  target: Target,
  { canAsk }: { canAsk: boolean },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Connection> {
  const userOptions = splitWords(env.NIX_SSHOPTS ?? '');
  const known = await configured(target, userOptions);
  const own: string[] = [];
  if (!canAsk) own.push('BatchMode=yes');
  if ((known.get('connecttimeout') ?? 'none') === 'none') own.push(`ConnectTimeout=${CONNECT_TIMEOUT}`);
  if ((known.get('serveraliveinterval') ?? '0') === '0') own.push(...ALIVE);
  const isShared =
    (known.get('controlpath') ?? 'none') === 'none' &&
    ['false', 'no'].includes(known.get('controlmaster') ?? 'no');
  const sockets = isShared ? await socketDirectory(env) : null;
  if (sockets !== null)
    own.push('ControlMaster=auto', `ControlPath=${join(sockets, '%C')}`, `ControlPersist=${KEPT}`);
  return {
    target,
    options: [...userOptions, ...own.flatMap((option) => ['-o', option])],
    // The user's part stays as it is, because older versions of Nix split it in another way than a shell.
    nixOptions: [env.NIX_SSHOPTS ?? '', ...own.map((option) => `-o ${option}`)].join(' ').trim(),
    isShared: sockets !== null,
    directory: await mkdtemp(join(tmpdir(), 'nixos-nspawn-ssh-')),
  };
}

/**
 * Prepares a connection for `work`, and removes its files afterwards.
 *
 * @param asksFirst whether ssh asks its questions before `work` begins, because the commands of `work` cannot
 * @throws NspawnError `remote-unreachable`
 */
export async function withConnection<T>(
  target: Target,
  { canAsk, asksFirst }: { canAsk: boolean; asksFirst: boolean },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await prepareConnection(target, { canAsk });
  try {
    if (canAsk && asksFirst && connection.isShared) await openShared(connection);
    return await work(connection);
  } finally {
    await rm(connection.directory, { recursive: true, force: true });
  }
}

/** Where connections are shared. The path is short, because that of a socket is limited to 108 bytes. */
async function socketDirectory(env: NodeJS.ProcessEnv): Promise<string | null> {
  const directory =
    process.geteuid?.() === 0
      ? '/run/nixos-nspawn/ssh'
      : env.XDG_RUNTIME_DIR === undefined
        ? null
        : join(env.XDG_RUNTIME_DIR, 'nixos-nspawn');
  if (directory === null || directory.length > 40 || /\s/.test(directory)) return null;
  try {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o700);
    return directory;
  } catch {
    // Each command then opens its own connection.
    return null;
  }
}

/** The argv that runs a command line on the host. */
export const sshArgv = (
  { target, options }: Connection,
  line: string,
  further: readonly string[] = [],
): Argv => [
  'ssh',
  ...options,
  ...['ClearAllForwardings=yes', 'RemoteCommand=none'].flatMap((option) => ['-o', option]),
  ...further,
  '--',
  target.ssh,
  line,
];

/**
 * Opens the shared connection if there is none yet, so that ssh can ask its questions on the terminal. Later commands of
 * this run are detached from the terminal.
 *
 * @throws NspawnError `remote-unreachable`
 */
async function openShared(connection: Connection): Promise<void> {
  const { target, options, directory } = connection;
  const check = await run(['ssh', ...options, '-O', 'check', '--', target.ssh], { acceptCodes: 'all' });
  if (check.exitCode === 0) return;
  const log = join(directory, 'connect');
  const exitCode = await runAttached(sshArgv(connection, remoteLine(':'), ['-nT', ...logOptions(log)]));
  if (exitCode !== 0) throw remoteUnreachable(target.name, (await readSshLog(log)).messages);
}

/** Options with which ssh writes its own messages to a file, with the exit status that it received. */
export const logOptions = (log: string): readonly string[] => ['-E', log, '-o', 'LogLevel=DEBUG2'];

/** What ssh said about itself. */
export interface SshLog {
  /** Whether ssh received the exit code of the command. It also exits with 255 if it did not. */
  hasExitCode: boolean;
  /** Whether the host accepted the connection. */
  isConnected: boolean;
  /** Its messages without details. */
  messages: string;
}

export async function readSshLog(path: string): Promise<SshLog> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return {
    // From clientloop.c of OpenSSH, or from mux.c if the connection is shared.
    hasExitCode: /^debug\d: (?:Exit status \d+|Received exit status from master \d+)/m.test(text),
    isConnected:
      /^(?:debug\d: )?(?:Entering interactive session|Authenticated to |mux_client_request_session: )/m.test(
        text,
      ),
    messages: text
      .split(/\r?\n/)
      .filter(
        (line) =>
          line !== '' && !/^(debug\d:|OpenSSH_|Authenticated |Transferred:|Bytes per second:)/.test(line),
      )
      .join('\n'),
  };
}
