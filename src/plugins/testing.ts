/**
 * A kit for a plugin's own tests: `import { … } from 'nixos-nspawn/plugin/testing'`. It calls listeners and presets
 * like the tool, with the same checks, and records what they log and run. It runs nothing on the host.
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

/** What a plugin did during a call. */
export interface Recorder {
  readonly progress: string[];
  readonly info: string[];
  readonly warnings: string[];
  /** The commands, in order. */
  readonly commands: { argv: readonly string[]; options: ExecOptions }[];
}

/** Answers a command instead of the host. Omitted fields mean success without output. */
export type FakeCommand = (argv: readonly string[], options: ExecOptions) => Partial<ExecResult>;

export interface FakeOptions {
  /** Answers commands. Without it, running a command fails the test. */
  exec?: FakeCommand;
  signal?: AbortSignal;
  /** Answers whether a file is trusted. Without it, every file is trusted. */
  whyUntrusted?: (path: string) => string | null;
}

/** The error that `exec` throws if a command exits with a code that is not accepted. */
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

/** A context for a listener. By default that of `create web --flake .#web`; `facts` overrides its fields. */
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

/** Calls a listener and returns its validated reply. Throws what the listener throws: a `Refusal` if it refused. */
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
 * Applies one of the presets. `parameters` may be text, as from a command line. The key `''` is for a value that was
 * given without a key.
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

/** The key for values that were given without one. */
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
    if (answer === undefined) throw new Error(`the test defines no answer for '${argv.join(' ')}'`);
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
