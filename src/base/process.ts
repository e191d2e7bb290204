import type { ChildProcess, ChildProcessByStdio, SpawnOptions } from 'node:child_process';
import { Readable } from 'node:stream';
import { commandFailed, commandMissing, commandTooLong, interrupted } from '../errors/commands.js';
import { directoryMissing } from '../errors/places.js';
import { isErrno } from '../errors/system-calls.js';
import type { Gate } from './gate.js';

export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** What the child reads from its standard input. Without it, the child reads end-of-file at once. */
  input?: string | Uint8Array;
  /** Variables to set in addition to the inherited environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Called with each line of standard error as it arrives, without the newline. */
  onStderrLine?: (line: string) => void;
  /**
   * Exit codes that are an answer, not a failure. Default: only 0. With `all`, 127 also counts as the command's own.
   */
  acceptCodes?: readonly number[] | 'all';
  /** Limit for each stream, in units of 1024 × 1024 characters. A child that writes more is ended. Default: 256. */
  maxMegabytes?: number;
  /** Milliseconds after which the child's process group is ended. */
  timeout?: number;
}

export interface RunResult {
  argv: Argv;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Milliseconds that a child gets to end after SIGTERM, before its group gets SIGKILL. */
const KILL_GRACE = 5000;

/** Signals that are meant for the command that this process runs on behalf of its caller. */
const HANDED_ON = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
export type HandedOn = (typeof HANDED_ON)[number];

/** The exit code of setpriv(1) if the command does not exist, as with env(1). */
const NOT_FOUND = 127;

/**
 * Wraps a command so that the kernel ends it when this process dies, even by SIGKILL. An orphan must not keep changing
 * what the next run recovers. setpriv(1) execs the command, so it costs no extra process.
 */
function onLeash(argv: Argv): Argv {
  return ['setpriv', '--pdeathsig', 'TERM', '--', ...argv];
}

type Observer = (event: { argv: Argv; milliseconds: number; exitCode: number | null }) => void;
const observers = new Set<Observer>();

/** Calls `observer` for every child that ends, for tracing and benchmarks. Returns a function that stops this. */
export function observeProcesses(observer: Observer): () => void {
  observers.add(observer);
  return () => observers.delete(observer);
}

/**
 * Runs an external command until it ends and returns its output.
 *
 * The child leads a separate process group, so that Ctrl-C on the terminal reaches only this process, which then
 * decides in which order to end what it started.
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
  /** Called with each signal that this process receives. Without it, signals are forwarded to the child. */
  onSignal?: (signal: HandedOn) => void;
  /** Whether to detach the child from the terminal, so that Ctrl-C reaches only this process. */
  apart?: boolean;
  /** Called with each line of the child's standard error. Without it, the child inherits standard error. */
  onStderrLine?: (line: string) => void;
  /**
   * Called with what the child writes to descriptor 3. Its standard output then goes to this process's standard error.
   */
  onResult?: (text: string) => void;
}

/**
 * Runs a command on this process's standard streams and returns its exit code. If a signal ended the child, the exit
 * code is 128 + the signal's number, as in a shell.
 */
export async function runAttached(argv: Argv, options: AttachedOptions = {}): Promise<number> {
  const { onSignal, onStderrLine, onResult, apart = false } = options;
  const { constants } = await import('node:os');
  return new Promise((resolve, reject) => {
    // On a terminal, Ctrl-C reaches the child directly. Signals sent to this process are forwarded.
    const pass = onSignal ?? ((signal: HandedOn) => child.kill(signal));
    const onInterrupt = process.stdin.isTTY && !onSignal ? () => undefined : pass;
    // Before the child runs. Otherwise, a signal that arrives just after its start would end only this process.
    for (const signal of HANDED_ON) process.on(signal, signal === 'SIGINT' ? onInterrupt : pass);
    const settle = () => {
      for (const signal of HANDED_ON) process.off(signal, signal === 'SIGINT' ? onInterrupt : pass);
    };
    let child: ChildProcess;
    try {
      child = begin(argv, {
        stdio: onResult
          ? ['inherit', 2, 'inherit', 'pipe']
          : ['inherit', 'inherit', onStderrLine ? 'pipe' : 'inherit'],
        env: { ...process.env, ...options.env },
        detached: apart,
      });
    } catch (error) {
      settle();
      throw error;
    }
    if (onStderrLine && child.stderr) onLines(child.stderr, onStderrLine);
    const result = child.stdio[3];
    if (onResult && result instanceof Readable) result.setEncoding('utf8').on('data', onResult);
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

export interface RelayOptions {
  stdout: Gate;
  stderr: Gate;
  /** What the child reads from its standard input; default this process's standard input. */
  input?: string;
  /** Whether the input stays open after that, until `onOutput` ends it. */
  holdsInput?: boolean;
  /** Called with each signal that this process receives. `end` ends the child. */
  onSignal: (signal: HandedOn, end: () => void) => void;
  /**
   * Called with what the child writes to standard output, instead of writing it to this process's. `endInput` gives the
   * child a last text.
   */
  onOutput?: (part: Uint8Array, endInput: (text: string) => void) => void;
}

/**
 * Like `runAttached`, but what the child writes passes through gates. The child has no terminal, so that Ctrl-C reaches
 * only this process. If the reader of the output is gone, the child finds out at its next write, as in a pipeline.
 */
export async function runRelayed(argv: Argv, options: RelayOptions): Promise<number> {
  const { constants } = await import('node:os');
  const child = begin(onLeash(argv), {
    stdio: [options.input === undefined ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin, stdout, stderr } = child;
  // A child that has ended does not read the rest.
  stdin?.on('error', () => undefined);
  if (options.holdsInput) stdin?.write(options.input ?? '');
  else stdin?.end(options.input);
  const { onOutput } = options;
  const output = onOutput && ((part: Uint8Array) => onOutput(part, (text) => stdin?.end(text)));
  const end = () => killGroup(child.pid);
  const onSignal = (signal: HandedOn) => options.onSignal(signal, end);
  for (const signal of HANDED_ON) process.on(signal, onSignal);
  try {
    const [{ code, signal }] = await Promise.all([
      new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
        child.once('error', (error) => reject(startFailure(error, argv)));
        child.once('close', (code, signal) => resolve({ code, signal }));
      }),
      passOn(stdout, options.stdout, output ?? 1).catch(() => undefined),
      passOn(stderr, options.stderr, 2).catch(() => undefined),
    ]);
    return code ?? 128 + (signal ? constants.signals[signal] : 0);
  } finally {
    for (const signal of HANDED_ON) process.off(signal, onSignal);
  }
}

/** Writes to a descriptor, because Node.js's streams of it would have to be told to wait for the reader. */
async function passOn(
  stream: Readable | null,
  gate: Gate,
  to: number | ((part: Uint8Array) => void),
): Promise<void> {
  if (stream === null) return;
  for await (const part of stream) {
    const passed = gate.push(part);
    if (passed.length === 0) continue;
    if (typeof to === 'number') await writeAll(to, passed);
    else to(passed);
  }
}

async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  const { write } = process.getBuiltinModule('node:fs');
  for (let at = 0; at < bytes.length; ) {
    at += await new Promise<number>((resolve, reject) => {
      write(descriptor, bytes, at, bytes.length - at, null, (error, written) => {
        // The descriptor may be a pipe that another process has made non-blocking.
        if (error?.code === 'EAGAIN') setTimeout(() => resolve(0), 5);
        else if (error) reject(error);
        else resolve(written);
      });
    });
  }
}

/**
 * Runs two commands, of which the second reads what the first writes.
 *
 * @throws NspawnError `command-failed`, `command-missing`, `interrupted`
 */
export async function pipe(from: Argv, to: Argv, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw interrupted(signal.reason);
  const writer = begin(onLeash(from), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const reader = begin(onLeash(to), {
    stdio: [writer.stdout ?? 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const end = () => {
    for (const { pid } of [writer, reader]) killGroup(pid);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const endings = [ending(writer, from), ending(reader, to)];
    // The reader has its own copy. With this one open, the writer would not notice that the reader has ended.
    writer.stdout?.destroy();
    const failures = await Promise.all(endings);
    if (signal.aborted) throw interrupted(signal.reason);
    // If the reader fails, the writer only cannot write.
    const failure = failures.reverse().find((one) => one !== null);
    if (failure) throw failure;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** How a child failed; null if it did not. */
async function ending(child: ChildProcess, argv: Argv): Promise<Error | null> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(error, argv)));
    child.once('close', (exitCode, signal) => {
      if (exitCode === 0) resolve(null);
      else if (exitCode === NOT_FOUND) resolve(commandMissing(argv[0]));
      else resolve(commandFailed({ argv, exitCode, signal, stderr }));
    });
  });
}

export interface ConversationListeners {
  /** Called with each message of the child, as parsed JSON. */
  onMessage: (message: unknown) => void;
  /** Called with each line that the child, or a process it started, writes to standard output or standard error. */
  onLine: (line: string) => void;
  /** Called when the child ends by itself, after all of its messages have been delivered. */
  onEnd: (exitCode: number | null, signal: string | null) => void;
  /** Called if the child could not be started. */
  onError: (error: unknown) => void;
}

export interface Conversation {
  say: (message: object) => void;
  /** Kills the child and its process group. Resolves after everything that it printed has been delivered. */
  end: () => Promise<void>;
}

/** Milliseconds that a process which left the child's process group may keep the child's outputs open. */
const OUTPUT_GRACE = 100;

/**
 * Starts a Node.js program that exchanges JSON messages with this process (`process.send`). It inherits none of this
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
  // The last messages may arrive after the exit event.
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
    // A child that has ended is reported through onEnd.
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

/** Unreferenced, so that it does not keep this process alive once the outputs are closed. */
const graceForOutput = () => new Promise<void>((resolve) => setTimeout(resolve, OUTPUT_GRACE).unref());

/**
 * Runs a command that keeps printing, and yields each line of its standard output as it arrives. The command is ended
 * when the caller stops reading or the signal aborts.
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
  // Awaited below. Without this, an earlier failure would be an unhandled rejection.
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
 * Arranges for a command to run when this process dies, however that happens. Returns a function that cancels this.
 *
 * xargs(1) runs its command at the end of its input, here a pipe whose other end only this process holds. It ignores
 * the signals that a terminal or a service manager sends to all processes at once, because this process may survive
 * them.
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
 * Runs a command that works on an open descriptor of this process, which it inherits as descriptor 3. Returns the exit
 * code.
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
    // Detached from the terminal, as in run().
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

/** Ends a detached child and everything it started. execa would wait for grandchildren that hold a pipe open. */
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

/** Turns a failure to start a command into an NspawnError, if it is a known one. */
function startFailure(error: unknown, argv: Argv, env?: NodeJS.ProcessEnv): unknown {
  if (!isErrno(error)) return error;
  if (error.code === 'ENOENT') return commandMissing(argv[0], error);
  if (isTooLong(error)) return commandTooLong(argv, env, error);
  return error;
}

/** spawn() throws some failures immediately and reports others later. */
function begin(argv: Argv, options: SpawnOptions): ChildProcess {
  const [file, ...args] = argv;
  // Loaded lazily: it loads the socket modules, which a command that starts no process does not need.
  const { spawn } = process.getBuiltinModule('node:child_process');
  try {
    return spawn(file, args, options);
  } catch (error) {
    throw startFailure(error, argv, options.env);
  }
}

/** Starting a process also fails with ENOENT if its working directory is missing, before execve(2) is even tried. */
async function requireDirectory(cwd: string | undefined, file: string): Promise<void> {
  if (cwd === undefined) return;
  const { access } = await import('node:fs/promises');
  await access(cwd).catch((error: unknown) => {
    throw directoryMissing(cwd, `'${file}' must run in it`, error);
  });
}

const isAbsent = (cause: unknown) => isErrno(cause) && cause.code === 'ENOENT';

/** execve(2) fails with E2BIG if one word is too long, or if there are too many. */
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
