import type { ChildProcess, ChildProcessByStdio, SpawnOptions } from 'node:child_process';
import { Readable } from 'node:stream';
import { commandFailed, commandMissing, commandTooLong, interrupted } from '../errors/commands.js';
import { directoryMissing } from '../errors/places.js';
import { isErrno } from '../errors/system-calls.js';

export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Text for the child's standard input; without it the child reads end-of-file at once. */
  input?: string;
  /** Variables set beside the inherited environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Each line of standard error as it comes (without its newline). */
  onStderrLine?: (line: string) => void;
  /** Exit codes that are an answer rather than a failure. Default: only 0. `all` also takes 127 for the command's own. */
  acceptCodes?: readonly number[] | 'all';
  /** Of 1024 × 1024 characters on each stream; a child that says more is ended. Default: 256. */
  maxMegabytes?: number;
  /** Milliseconds until the child's process group is ended. */
  timeout?: number;
}

export interface RunResult {
  argv: Argv;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How long a child may take to end after SIGTERM before its group gets SIGKILL, in milliseconds. */
const KILL_GRACE = 5000;

/** Signals that mean the command that this process runs for its caller. */
const HANDED_ON = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
type HandedOn = (typeof HANDED_ON)[number];

/** setpriv(1)'s exit code for a command that is not there, as in env(1). */
const NOT_FOUND = 127;

/**
 * The argv that lets the kernel end the child when this process dies, even by SIGKILL: an orphan must not
 * go on changing what the next run recovers. setpriv(1) replaces itself by the command, so it costs no process.
 */
function onLeash(argv: Argv): Argv {
  return ['setpriv', '--pdeathsig', 'TERM', '--', ...argv];
}

type Observer = (event: { argv: Argv; milliseconds: number; exitCode: number | null }) => void;
const observers = new Set<Observer>();

/** Tells `observer` of every finished child (for tracing and benchmarks); returns the way to stop. */
export function observeProcesses(observer: Observer): () => void {
  observers.add(observer);
  return () => observers.delete(observer);
}

/**
 * Runs one external command to its end and returns what it said.
 *
 * The child leads a process group of its own, so that Ctrl-C on the terminal reaches only this
 * process, which then decides in which order to end what it started.
 *
 * @throws NspawnError `command-failed` (exit code or signal, and stderr), `command-missing`, `interrupted`.
 */
export async function run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const { signal, maxMegabytes = 256 } = options;
  if (signal?.aborted) throw interrupted(signal.reason);
  const started = performance.now();
  const { execa } = await import('execa');
  const [file] = argv;
  const [leash, ...leashed] = onLeash(argv);
  const child = execa(leash, leashed, {
    detached: true,
    reject: false,
    buffer: true,
    stripFinalNewline: false,
    maxBuffer: maxMegabytes * 1024 * 1024,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  if (options.onStderrLine) onLines(child.stderr, options.onStderrLine);
  let timedOut = false;
  const endGroup = () => killGroup(child.pid);
  signal?.addEventListener('abort', endGroup, { once: true });
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          endGroup();
        }, options.timeout);
  const result = await child.finally(() => {
    signal?.removeEventListener('abort', endGroup);
    clearTimeout(timer);
  });
  const exitCode = result.exitCode ?? null;
  for (const observer of observers) observer({ argv, milliseconds: performance.now() - started, exitCode });
  if (signal?.aborted) throw interrupted(signal.reason);
  const stderr = result.stderr;
  if (isTooLong(result.cause)) throw commandTooLong(argv, options.env, result.cause);
  if (isAbsent(result.cause)) await requireDirectory(options.cwd, file);
  const { acceptCodes = [0] } = options;
  if (isAbsent(result.cause) || (exitCode === NOT_FOUND && acceptCodes !== 'all'))
    throw commandMissing(file, result.cause);
  if (result.isMaxBuffer) {
    const reason = `it wrote more than ${maxMegabytes} MiB`;
    throw commandFailed({ argv, exitCode: null, signal: null, stderr, reason, cause: result.cause });
  }
  if (!isAccepted(exitCode, acceptCodes)) {
    throw commandFailed({
      argv,
      exitCode,
      signal: result.signal ?? null,
      stderr,
      timedOut,
      ...(exitCode === null && !result.signal
        ? { reason: result.shortMessage ?? 'it could not be started' }
        : {}),
      cause: result.cause,
    });
  }
  return { argv, exitCode, stdout: result.stdout, stderr };
}

export interface AttachedOptions {
  env?: Readonly<Record<string, string>>;
  /** Takes the signals that this process gets, instead of the child. */
  onSignal?: (signal: HandedOn) => void;
  /** Whether the child stays out of the terminal's reach: its Ctrl-C is then for this process alone. */
  apart?: boolean;
  /** Each line of the child's standard error; without it the child has this process's own. */
  onStderrLine?: (line: string) => void;
  /** What the child writes to its descriptor 3. Its standard output is this process's standard error then. */
  onResult?: (text: string) => void;
}

/**
 * Runs a command on the caller's own standard streams and gives back its exit code; a child ended by a
 * signal counts as 128 + its number, as in a shell.
 */
export async function runAttached(argv: Argv, options: AttachedOptions = {}): Promise<number> {
  const { onSignal, onStderrLine, onResult, apart = false } = options;
  const { constants } = await import('node:os');
  return new Promise((resolve, reject) => {
    const child = begin(argv, {
      stdio: onResult
        ? ['inherit', 2, 'inherit', 'pipe']
        : ['inherit', 'inherit', onStderrLine ? 'pipe' : 'inherit'],
      env: { ...process.env, ...options.env },
      detached: apart,
    });
    if (onStderrLine && child.stderr) onLines(child.stderr, onStderrLine);
    const result = child.stdio[3];
    if (onResult && result instanceof Readable) result.setEncoding('utf8').on('data', onResult);
    // On a terminal Ctrl-C reaches the child by itself; signals sent to this process are handed on.
    const pass = onSignal ?? ((signal: HandedOn) => child.kill(signal));
    const onInterrupt = process.stdin.isTTY && !onSignal ? () => undefined : pass;
    for (const signal of HANDED_ON) process.on(signal, signal === 'SIGINT' ? onInterrupt : pass);
    const settle = () => {
      for (const signal of HANDED_ON) process.off(signal, signal === 'SIGINT' ? onInterrupt : pass);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(startFailure(error, argv));
    });
    child.once('close', (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

export interface ConversationListeners {
  /** A message of the child, as parsed JSON. */
  onMessage: (message: unknown) => void;
  /** Each line that the child, or what it started, writes to standard output or standard error. */
  onLine: (line: string) => void;
  /** The child has ended by itself. All its messages have been passed on before. */
  onEnd: (exitCode: number | null, signal: string | null) => void;
  /** The child could not be started. */
  onError: (error: unknown) => void;
}

export interface Conversation {
  say: (message: object) => void;
  /** Kills the child and its process group. Everything that it printed has been passed on before this resolves. */
  end: () => Promise<void>;
}

/** How long something that left the child's process group may keep its outputs open, in milliseconds. */
const OUTPUT_GRACE = 100;

/**
 * Starts a program of Node.js that talks with this process in messages of JSON (`process.send`). It has none of this
 * process's streams, and no terminal.
 */
export function converse(
  argv: Argv,
  listeners: ConversationListeners,
  env: Readonly<Record<string, string>> = {},
): Conversation {
  const child = begin(onLeash(argv), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const started = performance.now();
  let isEnding = false;
  for (const stream of [child.stdout, child.stderr]) if (stream) onLines(stream, listeners.onLine);
  child.on('message', (message: unknown) => {
    if (!isEnding) listeners.onMessage(message);
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // The last messages may be read after the end is known.
  const silent = new Promise<void>((resolve) => child.once('disconnect', () => resolve()));
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      listeners.onError(startFailure(error, argv));
      if (child.pid === undefined) resolve();
    });
    child.once('exit', async (exitCode, signal) => {
      for (const observer of observers)
        observer({ argv, milliseconds: performance.now() - started, exitCode });
      await Promise.race([Promise.all([closed, silent]), graceForOutput()]);
      resolve();
      if (!isEnding) listeners.onEnd(exitCode, signal);
    });
  });
  return {
    // If the child has ended, onEnd says so.
    say: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    end: async () => {
      isEnding = true;
      signalGroup(child.pid, 'SIGKILL');
      await ended;
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** It must not keep this process from its end, once the outputs are closed. */
const graceForOutput = () => new Promise<void>((resolve) => setTimeout(resolve, OUTPUT_GRACE).unref());

/**
 * Runs a command that goes on speaking, and gives each line of its standard output as it comes. The command is ended when
 * the caller wants no more lines, or the signal aborts.
 *
 * @throws NspawnError `command-failed`, `command-missing`, `interrupted`
 */
export async function* linesOf(argv: Argv, options: Pick<RunOptions, 'signal'> = {}): AsyncGenerator<string> {
  const { signal } = options;
  if (signal?.aborted) throw interrupted(signal.reason);
  const child = begin(onLeash(argv), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const end = () => killGroup(child.pid);
  signal?.addEventListener('abort', end, { once: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ exitCode: number | null; killedBy: string | null }>((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(error, argv)));
    child.once('close', (exitCode, killedBy) => resolve({ exitCode, killedBy }));
  });
  // It is awaited below; without this, a failure before that would be an unhandled rejection.
  ended.catch(() => undefined);
  try {
    let rest = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    const { exitCode, killedBy } = await ended;
    if (signal?.aborted) throw interrupted(signal.reason);
    if (rest !== '') yield rest;
    if (exitCode === NOT_FOUND) throw commandMissing(argv[0]);
    if (exitCode !== 0) throw commandFailed({ argv, exitCode, signal: killedBy, stderr });
  } finally {
    signal?.removeEventListener('abort', end);
    if (child.exitCode === null && child.signalCode === null) end();
  }
}

/**
 * Has a command run when this process dies, however it does; gives back the way to call that off.
 *
 * xargs(1) runs its command at the end of its input, here a pipe whose other end only this process has. It ignores what
 * a terminal or a service manager sends to all processes at once, since this process may outlive that.
 */
export function onDeath(argv: Argv): () => Promise<void> {
  const child = begin(['env', '--ignore-signal=HUP,INT,TERM', 'xargs', ...argv], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  child.stdin?.on('error', () => undefined);
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

/**
 * Runs a command that works on an open descriptor of this process, which it sees as its number 3;
 * gives back the exit code.
 */
export async function runOnDescriptor(
  argv: Argv,
  descriptor: number,
  options: Pick<RunOptions, 'signal' | 'acceptCodes'> = {},
): Promise<number> {
  const { signal } = options;
  if (signal?.aborted) throw interrupted(signal.reason);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    // Out of the terminal's reach, as in run().
    const child = begin(argv, { stdio: ['ignore', 'ignore', 'pipe', descriptor], detached: true });
    const end = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', end);
      reject(startFailure(error, argv));
    });
    child.once('close', (exitCode, killedBy) => {
      signal?.removeEventListener('abort', end);
      for (const observer of observers)
        observer({ argv, milliseconds: performance.now() - started, exitCode });
      if (signal?.aborted) reject(interrupted(signal.reason));
      else if (!isAccepted(exitCode, options.acceptCodes ?? [0])) {
        reject(commandFailed({ argv, exitCode, signal: killedBy, stderr }));
      } else resolve(exitCode);
    });
  });
}

/** Ends a detached child with everything it started; execa alone would wait for grandchildren that hold a pipe. */
function killGroup(pid: number | undefined): void {
  signalGroup(pid, 'SIGTERM');
  setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_GRACE).unref();
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ESRCH') throw error;
  }
}

/** Why a command could not be started, as an error of the family. */
function startFailure(error: unknown, argv: Argv, env?: NodeJS.ProcessEnv): unknown {
  if (!isErrno(error)) return error;
  if (error.code === 'ENOENT') return commandMissing(argv[0], error);
  if (isTooLong(error)) return commandTooLong(argv, env, error);
  return error;
}

/** spawn() throws some failures at once, and tells of others later. */
function begin(argv: Argv, options: SpawnOptions): ChildProcess {
  const [file, ...args] = argv;
  // It loads sockets, which a command that starts no process does without.
  const { spawn } = process.getBuiltinModule('node:child_process');
  try {
    return spawn(file, args, options);
  } catch (error) {
    throw startFailure(error, argv, options.env);
  }
}

/** Starting a process fails with ENOENT for a missing working directory, too (execve(2) never comes to its turn). */
async function requireDirectory(cwd: string | undefined, file: string): Promise<void> {
  if (cwd === undefined) return;
  const { access } = await import('node:fs/promises');
  await access(cwd).catch((error: unknown) => {
    throw directoryMissing(cwd, `'${file}' was to run in it`, error);
  });
}

const isAbsent = (cause: unknown) => isErrno(cause) && cause.code === 'ENOENT';

/** execve(2) takes neither a long word nor many of them. */
const isTooLong = (cause: unknown) => isErrno(cause) && cause.code === 'E2BIG';

function isAccepted(exitCode: number | null, codes: readonly number[] | 'all'): exitCode is number {
  return exitCode !== null && (codes === 'all' || codes.includes(exitCode));
}

function onLines(stream: NodeJS.ReadableStream, tell: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  });
  stream.on('end', () => {
    if (rest) tell(rest);
  });
}
