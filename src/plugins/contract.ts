/**
 * The interface for plugins of nixos-nspawn: `import type { … } from 'nixos-nspawn/plugin'`.
 *
 * A plugin imports only types from it, so that no plugin depends on where the tool is installed. Everything that a
 * plugin needs at run time is passed to it.
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
 * The contract's major version. A plugin states in its package.json, as `nixosNspawn.contract`, for which version it
 * was written. A tool with another version refuses it.
 */
export const contractVersion = 1;

export interface ExecOptions {
  /** Text for standard input. Default: none, so the command reads end-of-file at once. */
  input?: string;
  /** Variables to set in addition to the inherited environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Exit codes that do not count as a failure. Default: only 0. */
  acceptCodes?: readonly number[];
  /** Seconds after which the command and everything it started is killed. Default: the listener's own limit. */
  timeout?: number;
}

export interface ExecResult {
  /** The command's exit code, which is one of the accepted ones. */
  exitCode: number;
  /** All of its standard output, decoded as UTF-8. */
  stdout: string;
  /** All of its standard error, decoded as UTF-8. */
  stderr: string;
}

export interface PluginLog {
  /** Replaces the task's progress line. */
  progress(text: string): void;
  /** Logs a line of detail, shown with --verbose. */
  info(text: string): void;
  /** Reports a warning, which does not undo the operation. In JSON it is listed under `warnings`. */
  warn(text: string): void;
}

/** What every call of a plugin receives. It is a frozen copy, so nothing that a plugin does to it affects the tool. */
interface Surroundings {
  readonly operation: LifecycleFacts['operation'];
  readonly container: string;
  /** Where the configuration comes from; null if the operation has no source, such as remove. */
  readonly source: Source | null;
  readonly presets: readonly PresetChoice[];
  /** Prefix of every path on the host. `/` except in tests. */
  readonly root: string;
  /**
   * Aborted when the time limit expires and on Ctrl-C. A moment later the plugin is killed, even if it ignores the
   * signal.
   */
  readonly signal: AbortSignal;
  readonly log: PluginLog;
  /**
   * Runs a command from its argv, without a shell. The command and all its children are killed when the call ends. A
   * failure is thrown as an error with `argv`, `exitCode`, `signal` and `stderr`.
   */
  exec(argv: readonly [string, ...string[]], options?: ExecOptions): Promise<ExecResult>;
  /**
   * Why the code in a file must not run with this process's permissions; null if only this user and root can change or
   * replace the file. Call it before you run something that other users might be able to write.
   */
  whyUntrusted(path: string): Promise<string | null>;
  /** Ends the call and refuses the operation. `message` is a sentence for the user, `nextSteps` is what they can do. */
  refuse(message: string, nextSteps?: readonly string[]): never;
}

/** What a listener receives. Values that are not known yet at its event are null. */
export interface PluginContext<E extends LifecycleEvent = LifecycleEvent> extends Surroundings {
  readonly event: E;
  /**
   * The new configuration's settings, known from `after-build` on. At `after-remove`, the settings of the removed
   * container.
   */
  readonly settings: Settings | null;
  /** The new configuration's store path, known from `after-build` on. */
  readonly closure: string | null;
  readonly oldGeneration: number | null;
  /** Known from `before-activate` on. */
  readonly newGeneration: number | null;
  /** The plugin's own section of the container's configuration: `nixosContainer.plugins.<plugin>`; null if absent. */
  readonly config: unknown;
}

/** A NixOS module for the container: a file that contains a function from parameters to a module. */
export interface NixModule {
  /** Absolute path. */
  module: string;
  /** Passed as JSON and never parsed as Nix source. */
  parameters: Readonly<Record<string, unknown>>;
}

/** What a listener may return. */
export type Reply<E extends LifecycleEvent> = E extends 'before-evaluate'
  ? // biome-ignore lint/suspicious/noConfusingVoidType: a listener that adds nothing returns nothing
    { modules?: readonly NixModule[] } | undefined | void
  : // biome-ignore lint/suspicious/noConfusingVoidType: a listener returns nothing
    undefined | void;

/**
 * The default export of a module that package.json names under `oclif.hooks.<event>`, or the export that its
 * `identifier` names there: `export default { event: 'after-build', listen(context) { … } } satisfies
 * Listener<'after-build'>`.
 *
 * Each call runs in its own process, which is ended afterwards. An error thrown at `before-evaluate`, `after-build`,
 * `before-activate` or `after-activate` undoes the operation. At later events it becomes a warning.
 */
export interface Listener<E extends LifecycleEvent> {
  event: E;
  /** Seconds that `listen` may take. Default 60. `--hook-timeout` overrides it. */
  timeout?: number | ((context: PluginContext<E>) => number);
  listen(context: PluginContext<E>): Reply<E> | Promise<Reply<E>>;
}

/** What a preset's `apply` receives. It runs before anything is evaluated or changed. */
export interface PresetContext extends Surroundings {
  /** Every other container on the host. */
  readonly neighbours: readonly Neighbour[];
}

/** What a preset adds to the container and its host. */
export interface Contribution {
  modules?: readonly NixModule[];
  /**
   * Files in /etc/systemd/network (`.network`, `.netdev`, `.link`). Containers whose presets add the same file share
   * it. It is removed with the last of these containers.
   */
  hostFiles?: readonly { path: string; content: string }[];
  /** Parameters to store in addition to the given ones, so that later updates use the same values. */
  remember?: Readonly<Record<string, unknown>>;
}

export interface PresetDefinition<S extends z.ZodObject = z.ZodObject> {
  name: string;
  /** A one-line summary. */
  summary: string;
  /** Parameters with `.describe()` and defaults. Values from the command line are text and are converted. */
  parameters: S;
  /** The parameter that takes values given without a key: `zone:internal`. */
  positional?: string;
  /** As one would type it after --preset. */
  example: string;
  /** What it generates, one line per item. */
  brings: readonly string[];
  /** Checks the host and returns what the preset adds. It must not change anything itself. */
  apply(parameters: z.output<S>, context: PresetContext): Contribution | Promise<Contribution>;
}

export interface PresetKit {
  /** The tool's own zod. */
  z: typeof z;
  /** Returns the definition unchanged. It exists for type inference. */
  preset<S extends z.ZodObject>(definition: PresetDefinition<S>): PresetDefinition;
  /** Absolute path of a file in the plugin's package. */
  file(path: string): string;
}

/**
 * The default export of the module that package.json names under `oclif.hooks.presets`:
 * `export default ((kit) => [kit.preset({ … })]) satisfies Presets`.
 */
export type Presets = (kit: PresetKit) => readonly PresetDefinition[];
