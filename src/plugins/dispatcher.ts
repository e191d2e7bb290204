import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireThatFits } from '../nix/preset-modules.js';
import type { Discovery } from './discovery.js';
import { callPlugin, taskOptions } from './isolate.js';
import type { Lifecycle, LifecycleEvent, LifecycleFacts, LifecycleListener, Warning } from './lifecycle.js';
import type { ListenerEntry, PluginManifest } from './manifest.js';
import { resolvePresets } from './presets.js';
import { modulesReply } from './protocol.js';

export interface DispatchOptions {
  /** Prefix of every path on the host. */
  root: string;
  /** Seconds for each listener, which override its own limit; null keeps the listener's limit. */
  hookTimeout: number | null;
}

/**
 * A lifecycle that calls plugins one after the other, in the order of their discovery.
 *
 * Events do not go through oclif's `runHook`: it runs plugins concurrently, swallows their errors, and cannot end one
 * that hangs.
 */
export function pluginLifecycle({ plugins, problems }: Discovery, options: DispatchOptions): Lifecycle {
  return {
    problems,
    listeners: (event) =>
      plugins.flatMap((plugin) => {
        const entry = plugin.listeners.get(event);
        if (entry === undefined || !isWanted(entry, options.root)) return [];
        return [listener(plugin, entry, event, options)];
      }),
    resolvePresets: (choices, facts, neighbours, task) =>
      resolvePresets({ plugins, choices, facts, neighbours, ...options }, task),
  };
}

function listener(
  plugin: PluginManifest,
  { module, identifier, when }: ListenerEntry,
  event: LifecycleEvent,
  options: DispatchOptions,
): LifecycleListener {
  const configOf = (facts: LifecycleFacts): unknown => facts.settings?.plugins[plugin.name];
  return {
    plugin: plugin.name,
    idle: (facts) =>
      when === 'configured' && configOf(facts) === undefined ? 'nothing is configured' : null,
    ask: async (facts, task) => {
      const warnings: Warning[] = [];
      const answer = await callPlugin(
        {
          plugin: plugin.name,
          moment: `at ${event}`,
          module,
          identifier,
          package: plugin.directory,
          root: options.root,
          job: { kind: 'listen', event, facts, config: configOf(facts) ?? null },
        },
        { ...taskOptions(plugin.name, task, warnings), limit: options.hookTimeout },
      );
      const reply = event === 'before-evaluate' ? modulesReply.parse(answer) : null;
      const modules = reply?.modules ?? [];
      requireThatFits(
        `The parameters that plugin '${plugin.name}' passes to its modules at ${event}`,
        modules,
      );
      return { modules, warnings };
    },
  };
}

function isWanted({ when }: ListenerEntry, root: string): boolean {
  return typeof when === 'string' || existsSync(join(root, when.exists));
}
