import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleEvent, Listener, PluginContext } from 'nixos-nspawn/plugin';
import { unhealthy } from './checks.js';
import { configSchema, type HealthConfig, problemsOf } from './config.js';

/** Seconds for the last round of checks, in addition to the configured time. */
const MARGIN = 15;

function configOf<E extends LifecycleEvent>(context: PluginContext<E>): HealthConfig {
  const parsed = configSchema.safeParse(context.config);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error).join('; ');
  return context.refuse(`nixosContainer.plugins.health is not valid: ${problems}.`, [
    "Fix it in the container's configuration. The manual's page on plugins lists the settings.",
  ]);
}

/** Reports an invalid configuration before anything changes. */
export const afterBuild: Listener<'after-build'> = {
  event: 'after-build',
  listen: (context) => {
    configOf(context);
  },
};

/**
 * Repeats the checks until all pass in one round. When the time is over it refuses, so that the operation is undone.
 */
export const afterActivate: Listener<'after-activate'> = {
  event: 'after-activate',
  timeout: (context) => configOf(context).timeout + MARGIN,
  listen: async (context) => {
    const config = configOf(context);
    const deadline = performance.now() + config.timeout * 1000;
    for (;;) {
      const problems = await unhealthy(config, context);
      if (problems.length === 0) return;
      context.log.progress(`waiting: ${problems.join('; ')}`);
      if (performance.now() + config.interval * 1000 > deadline)
        context.refuse(
          `Container '${context.container}' is not healthy after ${config.timeout} s: ${problems.join('; ')}.`,
          [
            'Fix the configuration, or allow more time with nixosContainer.plugins.health.timeout.',
            `'journalctl -M ${context.container}' shows more while it is running. --no-rollback keeps the new generation.`,
          ],
        );
      await sleep(config.interval * 1000, undefined, { signal: context.signal });
    }
  },
};
