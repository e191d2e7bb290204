/**
 * A kit for a plugin's own tests: `import { … } from 'nixos-nspawn/plugin/testing'`. It calls listeners and presets as
 * the tool does, with the same checks, and records what they say and run. Nothing is run on the host.
 */
import type {
  ExecOptions,
  ExecResult,
  LifecycleEvent,
  Listener,
  Neighbour,
  PluginContext,
  PluginLog,
  PresetContext,
  Presets,
} from './contract.js';
import { applyPreset, asListener, asPresets, listen } from './perform.js';
import { POSITIONAL } from './preset-choice.js';
import { Refusal } from './refusal.js';

export { Nonsense } from './perform.js';
export { Refusal } from './refusal.js';

/** What a plugin did while it was asked. */
export interface Recorder {
  readonly progress: string[];
  readonly info: string[];
  readonly warnings: string[];
  /** The commands, in order. */
  readonly commands: { argv: readonly string[]; options: ExecOptions }[];
}

/** Answers a command in place of the host; what it leaves out is success and silence. */
export type FakeCommand = (argv: readonly string[], options: ExecOptions) => Partial<ExecResult>;

export interface FakeOptions {
  /** How commands answer; without it, running one fails the test. */
  exec?: FakeCommand;
  signal?: AbortSignal;
  /** What is said of a file's trustworthiness; without it every file may be run. */
  whyUntrusted?: (path: string) => string | null;
}

/** A command that did not answer with one of the codes it may, as `exec` throws it. */
export class FakeExecFailure extends Error {
  constructor(
    readonly argv: readonly string[],
    readonly exitCode: number,
    readonly stderr: string,
  ) {
    super(`'${argv.join(' ')}' exited with code ${exitCode}.`);
  }
}

const surroundings = {
  operation: 'create' as const,
  container: 'web',
  source: { kind: 'flake' as const, reference: '.#web', directory: '/srv/containers' },
  presets: [],
  root: '/',
};

/** A context for a listener: that of `create web --flake .#web`, changed by `facts`. */
export function fakeContext<E extends LifecycleEvent>(
  event: E,
  facts: Partial<PluginContext<E>> = {},
  options: FakeOptions = {},
): { context: PluginContext<E>; recorder: Recorder } {
  const { tools, recorder } = fakeTools(options);
  const context: PluginContext<E> = Object.freeze({
    ...surroundings,
    event,
    settings: null,
    closure: null,
    oldGeneration: null,
    newGeneration: null,
    config: null,
    ...tools,
    ...facts,
  });
  return { context, recorder };
}

/** Asks a listener; gives what it returned, checked, or throws what it threw: a `Refusal` where it said no. */
export async function ask<E extends LifecycleEvent>(
  listener: Listener<E>,
  facts: Partial<PluginContext<E>> = {},
  options: FakeOptions = {},
) {
  const { context, recorder } = fakeContext(listener.event, facts, options);
  const reply = await listen(asListener(listener, listener.event), context);
  return { reply, recorder };
}

export interface PresetFacts extends Partial<PresetContext> {
  neighbours?: readonly Neighbour[];
}

/**
 * Applies one of the presets. `parameters` may be text, as from a command line; a value under `''` is one that was given
 * without a key.
 */
export async function apply(
  presets: Presets,
  name: string,
  parameters: Readonly<Record<string, unknown>> = {},
  facts: PresetFacts = {},
  options: FakeOptions & { packageDirectory?: string } = {},
) {
  const { tools, recorder } = fakeTools(options);
  const context: PresetContext = Object.freeze({ ...surroundings, neighbours: [], ...tools, ...facts });
  const all = asPresets(presets, options.packageDirectory ?? '/plugin');
  return { ...(await applyPreset(all, name, parameters, context)), recorder };
}

/** The key of values that were given without one. */
export const withoutKey = POSITIONAL;

function fakeTools(options: FakeOptions) {
  const { exec: answer, signal = new AbortController().signal } = options;
  const recorder: Recorder = { progress: [], info: [], warnings: [], commands: [] };
  const log: PluginLog = {
    progress: (text) => recorder.progress.push(text),
    info: (text) => recorder.info.push(text),
    warn: (text) => recorder.warnings.push(text),
  };
  const exec = async (
    argv: readonly [string, ...string[]],
    options: ExecOptions = {},
  ): Promise<ExecResult> => {
    recorder.commands.push({ argv, options });
    if (answer === undefined) throw new Error(`the test gives no answer for '${argv.join(' ')}'`);
    const result = { exitCode: 0, stdout: '', stderr: '', ...answer(argv, options) };
    if (!(options.acceptCodes ?? [0]).includes(result.exitCode))
      throw new FakeExecFailure(argv, result.exitCode, result.stderr);
    return result;
  };
  const refuse = (message: string, nextSteps: readonly string[] = []): never => {
    throw new Refusal(message, nextSteps);
  };
  const whyUntrusted = async (path: string) => options.whyUntrusted?.(path) ?? null;
  return { tools: { signal, log, exec, whyUntrusted, refuse }, recorder };
}
