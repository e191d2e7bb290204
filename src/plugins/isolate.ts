import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  interrupted,
  pluginExited,
  pluginFailed,
  pluginNonsense,
  pluginRefused,
  pluginTimedOut,
} from '../error-catalog.js';
import { asNspawnError, NspawnError } from '../errors.js';
import { packageDirectory } from '../package-directory.js';
import type { Task } from '../pipeline/steps.js';
import { run } from '../process.js';
import type { Warning } from './lifecycle.js';
import {
  type Assignment,
  type Failure,
  type FromPlugin,
  fromPluginSchema,
  type Job,
  type ToPlugin,
} from './protocol.js';

/** Which call of which plugin, for errors and the log. */
export interface Call {
  plugin: string;
  /** `at after-build`, `in preset 'ula'`: stands after the plugin's name in messages. */
  moment: string;
  module: string;
  /** Name of the module's export; default `default`. */
  identifier?: string;
  package: string;
  root: string;
  job: Job;
}

export interface CallOptions {
  signal: AbortSignal;
  progress: (text: string) => void;
  log: (text: string) => void;
  warn: (text: string) => void;
  /** Seconds, over the listener's own limit. */
  limit: number | null;
}

/** The plugin's words go to the task under which it runs, its warnings to a list. */
export function taskOptions(plugin: string, task: Task, warnings: Warning[]): Omit<CallOptions, 'limit'> {
  return {
    signal: task.signal,
    progress: task.progress,
    log: (text) => task.log(`${plugin}: ${text}`),
    warn: (text) => warnings.push({ code: 'plugin', message: `${plugin}: ${text}` }),
  };
}

/** Seconds: for a listener that names no limit, for loading a module, and to end by itself when aborted. */
const DEFAULT_LIMIT = 60;
const LOAD_LIMIT = 10;
const GRACE = 1;
const MEMORY_MB = 512;

/**
 * Runs one call of a plugin in a thread of its own, and gives the JSON that it answered.
 *
 * @throws NspawnError naming plugin, moment and cause; `interrupted` where the signal ended it.
 */
export async function callPlugin(call: Call, options: CallOptions): Promise<unknown> {
  if (options.signal.aborted) throw interrupted(options.signal.reason);
  const assignment: Assignment = {
    module: pathToFileURL(call.module).href,
    identifier: call.identifier ?? 'default',
    package: call.package,
    root: call.root,
    job: call.job,
  };
  const { code, isText } = entry();
  const worker = new Worker(code, {
    eval: isText,
    // What this process was told to load first, or to be inspected by, is not the plugin's.
    execArgv: [],
    workerData: assignment,
    stdin: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // What a plugin prints never mixes with the tool's own output, which may be one JSON document.
  for (const stream of [worker.stdout, worker.stderr]) forwardLines(stream, options.log);
  const commands = new AbortController();
  try {
    return await conversation(worker, call, options, commands.signal);
  } finally {
    commands.abort('the end of the plugin');
    await worker.terminate();
  }
}

type Ending = { answer: unknown } | { failure: NspawnError };

/** Talks with the thread until it answers, fails, ends, or its time is over. */
async function conversation(
  worker: Worker,
  call: Call,
  options: CallOptions,
  commands: AbortSignal,
): Promise<unknown> {
  const { plugin, moment } = call;
  const say = (message: ToPlugin) => worker.postMessage(message);
  const ending = await new Promise<Ending>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let cutShort: Ending | null = null;

    /** What comes after the plugin was told to end is too late: the reason for its end stands. */
    const end = (how: Ending) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      resolve(cutShort ?? how);
    };
    const cut = (reason: string, failure: NspawnError) => {
      cutShort ??= { failure };
      say({ type: 'abort', reason });
      clearTimeout(timer);
      timer = setTimeout(() => end({ failure }), GRACE * 1000);
    };
    const limitTo = (seconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(
        () => cut('the time limit', pluginTimedOut(plugin, moment, seconds)),
        seconds * 1000,
      );
    };
    const onAbort = () => cut('an interrupt', interrupted(options.signal.reason));

    const hear = (message: FromPlugin) => {
      switch (message.type) {
        case 'started':
          if (cutShort === null) limitTo(options.limit ?? message.limit ?? DEFAULT_LIMIT);
          return;
        case 'log':
          if (message.level === 'progress') options.progress(message.text);
          else if (message.level === 'info') options.log(message.text);
          else options.warn(message.text);
          return;
        case 'exec':
          void execute(message, commands).then((reply) => {
            if (!commands.aborted) say(reply);
          });
          return;
        case 'done':
          end({ answer: message.value });
          return;
        case 'failed':
          end({ failure: told(call, message.failure) });
      }
    };
    options.signal.addEventListener('abort', onAbort, { once: true });
    worker.on('message', (data: unknown) => {
      const parsed = fromPluginSchema.safeParse(data);
      if (parsed.success) hear(parsed.data);
      else end({ failure: pluginNonsense(plugin, moment, 'it sent a message of no known kind') });
    });
    worker.on('error', (error: unknown) => {
      const { message } = asNspawnError(error);
      end({ failure: pluginFailed(plugin, moment, message, {}, error) });
    });
    worker.on('exit', (code) => end({ failure: pluginExited(plugin, moment, code) }));
    limitTo(options.limit ?? LOAD_LIMIT);
  });
  if ('failure' in ending) throw ending.failure;
  return ending.answer;
}

async function execute(
  request: Extract<FromPlugin, { type: 'exec' }>,
  signal: AbortSignal,
): Promise<ToPlugin> {
  const { id, argv } = request;
  const { timeout, input, env, cwd, acceptCodes } = request.options;
  try {
    const { exitCode, stdout, stderr } = await run(argv, {
      signal,
      ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
      ...(input === undefined ? {} : { input }),
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(acceptCodes === undefined ? {} : { acceptCodes }),
    });
    return { type: 'exec-done', id, result: { exitCode, stdout, stderr } };
  } catch (error) {
    const { message, details } = asNspawnError(error);
    const { command_exit_code: exitCode = null, signal: killedBy = null, stderr = '' } = details;
    return { type: 'exec-failed', id, message, details: { argv, exitCode, signal: killedBy, stderr } };
  }
}

/** The plugin's failure as an error of the tool's family. */
function told(call: Call, failure: Failure): NspawnError {
  const { plugin, moment } = call;
  switch (failure.kind) {
    case 'refused':
      return pluginRefused(plugin, moment, failure.message, failure.nextSteps);
    case 'nonsense':
      return pluginNonsense(plugin, moment, failure.message);
    case 'known':
      return new NspawnError({
        code: failure.code ?? 'plugin-failed',
        exitCode: 64,
        message: failure.message,
        nextSteps: failure.nextSteps,
      });
    case 'thrown':
      return pluginFailed(plugin, moment, failure.message, failure.details, failure.stack);
  }
}

/** The thread's first code: built, a file of its own; from the sources, what loads TypeScript comes first. */
function entry(): { code: string; isText: boolean } {
  if (import.meta.url.endsWith('.ts')) {
    const tsx = JSON.stringify(createRequire(import.meta.url).resolve('tsx/esm/api'));
    const worker = JSON.stringify(new URL('worker.ts', import.meta.url).href);
    return {
      code: `import(${tsx}).then((api) => { api.register(); return import(${worker}); })`,
      isText: true,
    };
  }
  return { code: join(packageDirectory(), 'dist/src/plugins/worker.js'), isText: false };
}

function forwardLines(stream: NodeJS.ReadableStream, tell: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  });
  stream.on('end', () => {
    if (rest !== '') tell(rest);
  });
}
