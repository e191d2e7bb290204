import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageDirectory } from '../base/package-directory.js';
import { type Argv, type Conversation, converse, run } from '../base/process.js';
import { interrupted } from '../errors/commands.js';
import { asNspawnError, NspawnError } from '../errors/nspawn-error.js';
import {
  pluginExited,
  pluginFailed,
  pluginNonsense,
  pluginRefused,
  pluginTimedOut,
} from '../errors/plugins.js';
import type { Task } from '../pipeline/steps.js';
import type { Warning } from './lifecycle.js';
import {
  type Assignment,
  type Failure,
  type FromPlugin,
  fromPluginSchema,
  type Job,
  type ToPlugin,
} from './protocol.js';

/** Identifies one call of a plugin, for errors and the log. */
export interface Call {
  plugin: string;
  /** For example `at after-build` or `in preset 'ula'`. Messages show it after the plugin's name. */
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
  /** Seconds, which override the listener's own limit. */
  limit: number | null;
}

/** Sends the plugin's output to the task under which it runs, and its warnings to a list. */
export function taskOptions(plugin: string, task: Task, warnings: Warning[]): Omit<CallOptions, 'limit'> {
  return {
    signal: task.signal,
    progress: task.progress,
    log: (text) => task.log(`${plugin}: ${text}`),
    warn: (text) => warnings.push({ code: 'plugin', message: `${plugin}: ${text}` }),
  };
}

/** Seconds: the limit for loading a module and for a listener that sets none, and the limit for ending after an abort. */
const DEFAULT_LIMIT = 60;
const GRACE = 1;
const MEMORY_MB = 512;

/** V8 prints this before the process ends by SIGABRT. */
const OUT_OF_MEMORY = /JavaScript heap out of memory/;

/** This process's NODE_OPTIONS, such as --require or --inspect, must not apply to the plugin. */
const ENVIRONMENT = { NODE_OPTIONS: '' };

/**
 * Runs one call of a plugin in a separate process, and returns the JSON that it answered.
 *
 * A thread would share this process's file descriptors. Anything that a plugin, or a command that it starts, writes to
 * descriptor 1 would end up inside the tool's result, and Node.js cannot redirect a descriptor.
 *
 * @throws NspawnError naming plugin, moment and cause; `interrupted` if the signal ended it.
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
  const commands = new AbortController();
  let conversation: Conversation | undefined;
  try {
    return await answerOf(call, options, commands.signal, (listeners) => {
      conversation = converse(program(), listeners, ENVIRONMENT);
      const say = (message: ToPlugin) => conversation?.say(message);
      say({ type: 'assignment', assignment });
      return say;
    });
  } finally {
    commands.abort('the end of the plugin');
    await conversation?.end();
  }
}

type Ending = { answer: unknown } | { failure: NspawnError };
type Begin = (listeners: Parameters<typeof converse>[1]) => (message: ToPlugin) => void;

/** Exchanges messages with the process until it answers, fails, ends, or exceeds its time limit. */
async function answerOf(
  call: Call,
  options: CallOptions,
  commands: AbortSignal,
  begin: Begin,
): Promise<unknown> {
  const { plugin, moment } = call;
  const ending = await new Promise<Ending>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let cutShort: Ending | null = null;
    let isOutOfMemory = false;

    /** After the plugin was told to end, later messages do not replace the reason for that. */
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
    const say = begin({
      onMessage: (data) => {
        const parsed = fromPluginSchema.safeParse(data);
        if (parsed.success) hear(parsed.data);
        else end({ failure: pluginNonsense(plugin, moment, 'it sent a message of an unknown kind') });
      },
      // A plugin's output must not mix with the tool's own output, which may be a single JSON document.
      onLine: (line) => {
        isOutOfMemory ||= OUT_OF_MEMORY.test(line);
        options.log(line);
      },
      onEnd: (code, signal) => {
        const failure = isOutOfMemory
          ? pluginFailed(plugin, moment, `it needs more than ${MEMORY_MB} MB of memory`)
          : pluginExited(plugin, moment, code, signal);
        end({ failure });
      },
      onError: (error) => end({ failure: asNspawnError(error) }),
    });
    limitTo(options.limit ?? DEFAULT_LIMIT);
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

/** Converts the plugin's failure to an NspawnError. */
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

/** The command that runs the plugin. From the sources, it loads TypeScript support first. */
function program(): Argv {
  const limit = `--max-old-space-size=${MEMORY_MB}`;
  if (import.meta.url.endsWith('.ts')) {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    return [process.execPath, limit, '--import', tsx, fileURLToPath(new URL('worker.ts', import.meta.url))];
  }
  return [process.execPath, limit, join(packageDirectory(), 'dist/src/plugins/worker.js')];
}
