import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { nearest } from '../text/nearest.js';
import { contractVersion } from './contract.js';
import { type LifecycleEvent, lifecycleEvents } from './lifecycle.js';
import { isWithin } from './module-place.js';

/** The validated content of a plugin's package.json. */
export interface PluginManifest {
  /** The plugin's name, which is also the name of its section in a container's configuration. */
  name: string;
  /** The version of its package. */
  version: string;
  /** `bundled` with the tool, `installed` by npm, or `linked` to a directory. */
  kind: 'bundled' | 'installed' | 'linked';
  /** Absolute path of its package. */
  directory: string;
  /** The listener for each event. */
  listeners: ReadonlyMap<LifecycleEvent, ListenerEntry>;
  /** Names of its presets. */
  presets: readonly string[];
  /** Absolute path of the module that defines them; null if it has no presets. */
  presetsModule: string | null;
}

export interface ListenerEntry {
  module: string;
  /** Name of the module's export. */
  identifier: string;
  /** When it is called: always, if the container's configuration has its section, or if a path exists. */
  when: 'always' | 'configured' | { exists: string };
}

const target = z.union([
  z.string().transform((path) => ({ target: path, identifier: 'default' })),
  z.looseObject({ target: z.string(), identifier: z.string().default('default') }),
]);
const hooks = z.record(z.string(), z.union([target, z.array(target)]));

const packageSchema = z.looseObject({
  name: z.string().min(1),
  version: z.string().default('0.0.0'),
  oclif: z.looseObject({ hooks: hooks.default({}) }).prefault({}),
  nixosNspawn: z
    .strictObject({
      contract: z.int().positive(),
      name: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]*$/)
        .optional(),
      presets: z.array(z.string()).default([]),
      when: z
        .record(
          z.string(),
          z.union([z.literal('configured'), z.strictObject({ exists: z.string().startsWith('/') })]),
        )
        .default({}),
    })
    .optional(),
});

/** oclif's own events, which do not concern this tool; see Hooks in @oclif/core. */
const OCLIF_EVENTS: ReadonlySet<string> = new Set([
  'init',
  'prerun',
  'postrun',
  'preparse',
  'preupdate',
  'update',
  'finally',
  'command_not_found',
  'command_incomplete',
  'jit_plugin_not_installed',
  'plugins:preinstall',
  'plugins:postinstall',
  'plugins:preuninstall',
  'plugins:postuninstall',
]);

export type Reading = { manifest: PluginManifest } | { problem: string } | { foreign: true };

/**
 * Reads the parsed package.json of a plugin in `directory`. An oclif plugin that has nothing to do with containers is
 * `foreign`: it may add commands, but it is not a plugin of this contract.
 */
export function readManifest(json: unknown, directory: string, kind: PluginManifest['kind']): Reading {
  const parsed = packageSchema.safeParse(json);
  if (!parsed.success) return { problem: `its package.json is not valid: ${z.prettifyError(parsed.error)}` };
  const { name, version, oclif, nixosNspawn: own } = parsed.data;
  const named = Object.entries(oclif.hooks).filter(([event]) => !OCLIF_EVENTS.has(event));
  if (own === undefined) {
    const ours = named.filter(([event]) => event === 'presets' || isEvent(event));
    if (ours.length === 0) return { foreign: true };
    return {
      problem: `its package.json has '${ours[0]?.[0]}', but not the contract that it was written for ('nixosNspawn.contract')`,
    };
  }
  if (own.contract !== contractVersion)
    return {
      problem: `it was written for contract ${own.contract}, but this version of nixos-nspawn supports contract ${contractVersion}`,
    };
  const listeners = new Map<LifecycleEvent, ListenerEntry>();
  let presetsModule: string | null = null;
  for (const [event, targets] of named) {
    const [first, ...more] = [targets].flat();
    if (first === undefined || more.length > 0)
      return { problem: `it must name exactly one module for '${event}'` };
    const module = modulePath(directory, first.target);
    if (module === null)
      return { problem: `its module for '${event}' is outside its package: '${first.target}'` };
    if (event === 'presets') presetsModule = module;
    else if (isEvent(event)) {
      const { identifier } = first;
      listeners.set(event, { module, identifier, when: own.when[event] ?? 'always' });
    } else return { problem: unknownEvent(event) };
  }
  const idle = Object.keys(own.when).find((event) => !isEvent(event) || !listeners.has(event));
  if (idle !== undefined)
    return { problem: `it sets 'when' for '${idle}', but does not listen to this event` };
  if ((presetsModule === null) !== (own.presets.length === 0))
    return {
      problem: "it must name its presets in 'nixosNspawn.presets' and their module in 'oclif.hooks.presets'",
    };
  return {
    manifest: {
      name: own.name ?? name,
      version,
      kind,
      directory,
      listeners,
      presets: own.presets,
      presetsModule,
    },
  };
}

const isEvent = (text: string): text is LifecycleEvent =>
  (lifecycleEvents as readonly string[]).includes(text);

function unknownEvent(event: string): string {
  const meant = nearest(event, [...lifecycleEvents, 'presets']);
  return `it listens to '${event}', which is not an event${meant === null ? '' : `; did you mean '${meant}'?`}`;
}

/** Absolute path of a module that package.json names; null if it would lead out of the plugin. */
function modulePath(directory: string, target: string): string | null {
  if (isAbsolute(target)) return null;
  const path = join(directory, target);
  if (!isWithin(directory, path)) return null;
  return /\.[cm]?[jt]s$/.test(path) ? path : `${path}.js`;
}
