import { NspawnError } from '../errors/nspawn-error.js';
import { whyUntrusted } from '../host/trust.js';
import type { ExecOptions, ExecResult, PluginLog, PresetContext } from './contract.js';
import { applyPreset, asListener, asPresets, describePreset, listen, Nonsense } from './perform.js';
import { type Assignment, type Failure, type FromPlugin, toPluginSchema } from './protocol.js';
import { Refusal } from './refusal.js';

/*
 * The process that runs one call of a plugin. A plugin that exits, loops or runs out of memory ends only this process.
 * Its outputs are pipes to the tool, which logs them line by line.
 */

const send = process.send?.bind(process);
if (send === undefined) throw new Error('this module must be started by nixos-nspawn');

const tell = (message: FromPlugin) => {
  send(message);
};
const controller = new AbortController();
const waiting = new Map<number, { resolve: (result: ExecResult) => void; reject: (error: Error) => void }>();

class ExecFailure extends Error {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ExecFailure';
    Object.assign(this, details);
  }
}

process.on('message', (data: unknown) => {
  const message = toPluginSchema.parse(data);
  switch (message.type) {
    case 'assignment':
      void carryOut(message.assignment);
      return;
    case 'abort':
      controller.abort(message.reason);
      return;
    case 'exec-done':
      taken(message.id)?.resolve(message.result);
      return;
    case 'exec-failed':
      taken(message.id)?.reject(new ExecFailure(message.message, message.details));
  }
});
// The tool has ended, or the plugin has closed the channel for its answer.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => tell({ type: 'failed', failure: failure(error) }));

function taken(id: number) {
  const call = waiting.get(id);
  waiting.delete(id);
  return call;
}

const log: PluginLog = {
  progress: (text) => tell({ type: 'log', level: 'progress', text: String(text) }),
  info: (text) => tell({ type: 'log', level: 'info', text: String(text) }),
  warn: (text) => tell({ type: 'log', level: 'warn', text: String(text) }),
};

let calls = 0;
function exec(argv: readonly [string, ...string[]], options: ExecOptions = {}): Promise<ExecResult> {
  const id = calls++;
  const { acceptCodes, ...rest } = options;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell({
      type: 'exec',
      id,
      argv: [...argv],
      options: acceptCodes === undefined ? rest : { ...rest, acceptCodes: [...acceptCodes] },
    });
  });
}

function refuse(message: string, nextSteps: readonly string[] = []): never {
  throw new Refusal(message, nextSteps);
}

const toolsFor = (root: string) => ({
  root,
  signal: controller.signal,
  log: Object.freeze(log),
  exec,
  whyUntrusted: (path: string) => whyUntrusted(path, process.geteuid?.() ?? 0),
  refuse,
});

async function perform(assignment: Assignment): Promise<unknown> {
  const { job, root } = assignment;
  const tools = toolsFor(root);
  const exported: unknown = (await import(assignment.module))[assignment.identifier];
  if (job.kind === 'listen') {
    const { event, facts, config } = job;
    const listener = asListener(exported, event);
    const context = Object.freeze({ ...frozen({ ...facts, event, config }), ...tools });
    const { timeout } = listener;
    const limit = typeof timeout === 'function' ? timeout(context) : (timeout ?? null);
    tell({ type: 'started', limit });
    return listen(listener, context);
  }
  const presets = asPresets(exported, assignment.package);
  tell({ type: 'started', limit: null });
  if (job.kind === 'describe-presets') return presets.map(describePreset);
  const { facts, neighbours } = job;
  const context: PresetContext = Object.freeze({ ...frozen({ ...facts, neighbours }), ...tools });
  return applyPreset(presets, job.preset, job.parameters, context);
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function failure(error: unknown): Failure {
  if (error instanceof Refusal)
    return { kind: 'refused', message: error.message, nextSteps: [...error.nextSteps], details: {} };
  if (error instanceof NspawnError)
    return {
      kind: 'known',
      code: error.code,
      message: error.message,
      nextSteps: [...error.nextSteps],
      details: {},
    };
  if (error instanceof Nonsense)
    return { kind: 'nonsense', message: error.message, nextSteps: [], details: {} };
  const message = error instanceof Error ? error.message || error.name : String(error);
  const stderr = error instanceof ExecFailure && 'stderr' in error ? { stderr: error.stderr } : {};
  return {
    kind: 'thrown',
    message,
    nextSteps: [],
    details: stderr,
    ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
  };
}

async function carryOut(assignment: Assignment): Promise<void> {
  try {
    // Convert to JSON and back, so that the answer is plain data whatever the plugin returned.
    tell({ type: 'done', value: JSON.parse(JSON.stringify((await perform(assignment)) ?? null)) });
  } catch (error) {
    tell({ type: 'failed', failure: failure(error) });
  }
}
