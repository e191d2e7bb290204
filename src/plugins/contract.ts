/**
 * What a plugin of nixos-nspawn is written against: `import type { … } from 'nixos-nspawn/plugin'`.
 *
 * Types are all that a plugin needs of it, so that none depends on where the tool is installed. What plugins need at
 * run time they are handed.
 */
import type { z } from 'zod';
import type { Settings } from '../container/settings.js';
import type { Source } from '../container/source.js';
import type { PresetChoice } from '../host/record.js';
import type { LifecycleEvent, LifecycleFacts, Neighbour } from './lifecycle.js';

export type { Settings } from '../container/settings.js';
export type { Source } from '../container/source.js';
export type { PresetChoice } from '../host/record.js';
export { type LifecycleEvent, lifecycleEvents, type Neighbour } from './lifecycle.js';

/**
 * The contract's major version: a plugin says in its package.json, as `nixosNspawn.contract`, which one it was
 * written for, and is refused by a tool that has another.
 */
export const contractVersion = 1;

export interface ExecOptions {
  /** Text for standard input; without it the command reads end-of-file at once. */
  input?: string;
  /** Variables set beside the inherited environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Exit codes that are an answer rather than a failure. Default: only 0. */
  acceptCodes?: readonly number[];
  /** Seconds until the command and everything it started is ended. Default: the listener's own limit. */
  timeout?: number;
}

export interface ExecResult {
  /** The command's exit code, one of those that are accepted. */
  exitCode: number;
  /** All of its standard output, read as UTF-8. */
  stdout: string;
  /** All of its standard error, likewise. */
  stderr: string;
}

export interface PluginLog {
  /** Replaces the task's one line of progress. */
  progress(text: string): void;
  /** A line of detail, shown under --verbose. */
  info(text: string): void;
  /** A warning, shown and in JSON under `warnings`; undoes nothing. */
  warn(text: string): void;
}

/** What every call of a plugin gets. It is frozen, and a copy: nothing that a plugin does to it reaches the tool. */
interface Surroundings {
  readonly operation: LifecycleFacts['operation'];
  readonly container: string;
  /** Where the configuration comes from; null where the operation has none, as remove. */
  readonly source: Source | null;
  readonly presets: readonly PresetChoice[];
  /** Prefix of every path on the host; `/` but in tests. */
  readonly root: string;
  /** Aborted when the time limit is over and on Ctrl-C. A moment later the plugin is ended, listening or not. */
  readonly signal: AbortSignal;
  readonly log: PluginLog;
  /**
   * Runs a command by its argv, never through a shell; ended with all its children when the call ends. A failure is
   * thrown with `argv`, `exitCode`, `signal` and `stderr`.
   */
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Promise<ExecResult>;
  /**
   * Why the code in a file must not run with this process's rights; null where nobody but this user and root can change
   * the file or put another in its place. Ask it before running what other users might write.
   */
  whyUntrusted(path: string): Promise<string | null>;
  /** Ends the call: the plugin says no. `message` is a sentence for the user; `nextSteps` what they can do. */
  refuse(message: string, nextSteps?: readonly string[]): never;
}

/** What a listener gets. What is not known yet at its event is null. */
export interface PluginContext<E extends LifecycleEvent = LifecycleEvent> extends Surroundings {
  readonly event: E;
  /** The new configuration's settings; known from `after-build` on. At `after-remove` those of what was removed. */
  readonly settings: Settings | null;
  /** The new configuration's store path; known from `after-build` on. */
  readonly closure: string | null;
  readonly oldGeneration: number | null;
  /** Known from `before-activate` on. */
  readonly newGeneration: number | null;
  /** The plugin's own section of the container's configuration: `nixosContainer.plugins.<plugin>`; null if absent. */
  readonly config: unknown;
}

/** A NixOS module for the container: a file that holds a function from parameters to a module. */
export interface NixModule {
  /** Absolute path. */
  module: string;
  /** Travel as JSON; they are never read as Nix source. */
  parameters: Readonly<Record<string, unknown>>;
}

/** What a listener may return. */
export type Reply<E extends LifecycleEvent> = E extends 'before-evaluate'
  ? // biome-ignore lint/suspicious/noConfusingVoidType: a listener that adds nothing returns nothing
    { modules?: readonly NixModule[] } | undefined | void
  : // biome-ignore lint/suspicious/noConfusingVoidType: a listener returns nothing
    undefined | void;

/**
 * The default export of a module that package.json names under `oclif.hooks.<event>`, or the export that it names by
 * `identifier` there: `export default { event: 'after-build', listen(context) { … } } satisfies Listener<'after-build'>`.
 *
 * Each call runs in its own process, which is ended afterwards. A thrown error at `before-evaluate`,
 * `after-build`, `before-activate` or `after-activate` undoes the operation; later it is a warning.
 */
export interface Listener<E extends LifecycleEvent> {
  event: E;
  /** Seconds that `listen` may take; default 60. `--hook-timeout` overrides it. */
  timeout?: number | ((context: PluginContext<E>) => number);
  listen(context: PluginContext<E>): Reply<E> | Promise<Reply<E>>;
}

/** What a preset's `apply` gets, before anything is evaluated or changed. */
export interface PresetContext extends Surroundings {
  /** Every other container of the host. */
  readonly neighbours: readonly Neighbour[];
}

/** What a preset brings to the container and its host. */
export interface Contribution {
  modules?: readonly NixModule[];
  /**
   * Files in /etc/systemd/network (`.network`, `.netdev`, `.link`). Containers whose presets bring the same file share
   * it; it goes with the last of them.
   */
  hostFiles?: readonly { path: string; content: string }[];
  /** Parameters to remember beside those given, so that later updates find the same values. */
  remember?: Readonly<Record<string, unknown>>;
}

export interface PresetDefinition<S extends z.ZodObject = z.ZodObject> {
  name: string;
  /** One line. */
  summary: string;
  /** Parameters with `.describe()` and defaults; from the command line they come as text and are converted. */
  parameters: S;
  /** The parameter that takes values without a key: `zone:internal`. */
  positional?: string;
  /** As one would type it after --preset. */
  example: string;
  /** What it generates, one line each. */
  brings: readonly string[];
  /** Checks the host and gives what the preset brings; it changes nothing itself. */
  apply(parameters: z.output<S>, context: PresetContext): Contribution | Promise<Contribution>;
}

export interface PresetKit {
  /** The tool's own zod. */
  z: typeof z;
  /** Gives the definition back; it is here for its types. */
  preset<S extends z.ZodObject>(definition: PresetDefinition<S>): PresetDefinition;
  /** Absolute path of a file of the plugin's package. */
  file(path: string): string;
}

/**
 * The default export of the module that package.json names under `oclif.hooks.presets`:
 * `export default ((kit) => [kit.preset({ … })]) satisfies Presets`.
 */
export type Presets = (kit: PresetKit) => readonly PresetDefinition[];
