import { discoverPlugins } from '../../src/plugins/discovery.js';
import { pluginLifecycle } from '../../src/plugins/dispatcher.js';
import type { Lifecycle } from '../../src/plugins/lifecycle.js';
import { noPlugins } from '../../src/plugins/none.js';

export interface LifecycleFlags {
  'no-plugins': boolean;
  'hook-timeout'?: number | undefined;
  root?: string | undefined;
}

/** The plugins that extend an operation: the bundled ones, and those installed in oclif's data directory. */
export async function commandLifecycle(dataDir: string, flags: LifecycleFlags): Promise<Lifecycle> {
  if (flags['no-plugins']) return noPlugins;
  return pluginLifecycle(await discoverPlugins({ dataDir }), {
    root: flags.root ?? '/',
    hookTimeout: flags['hook-timeout'] ?? null,
  });
}
