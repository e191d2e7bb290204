import * as Flags from '@oclif/core/flags';
import { targetCannot } from '../../src/errors/remote.js';
import { emptyFlag } from '../../src/errors/usage.js';
import type { ThereOptions } from '../../src/operations/remote/change.js';
import { canAsk } from './target-flags.js';

/** For commands that build here and change another host. */
export const thereFlags = {
  'use-substitutes': Flags.boolean({
    description: 'With --target-host, let that host get store paths from its binary caches',
  }),
};

interface GivenFlags {
  'target-host'?: string | undefined;
  sudo: boolean;
  'use-substitutes': boolean;
  'dry-run': boolean;
  verbose: boolean;
  wait: number;
  'no-plugins': boolean;
  'hook-timeout'?: number | undefined;
  'unit-file-dir'?: string | undefined;
}

/** How to work with the target host; null without one. @throws NspawnError `usage` */
export async function thereOptions(flags: GivenFlags, dataDir: string | null): Promise<ThereOptions | null> {
  const target = flags['target-host'];
  if (target === undefined) return null;
  if (target === '') throw emptyFlag('target-host');
  if (flags['dry-run']) throw targetCannot('--dry-run');
  const { discoverPlugins } = await import('../../src/plugins/discovery.js');
  const { plugins } = await discoverPlugins({ dataDir });
  return {
    target,
    sudo: flags.sudo,
    canAsk: canAsk(),
    substitutes: flags['use-substitutes'],
    flags: [
      `--wait=${flags.wait}`,
      ...(flags.verbose ? ['--verbose'] : []),
      ...(flags['no-plugins'] ? ['--no-plugins'] : []),
      ...(flags['hook-timeout'] === undefined ? [] : [`--hook-timeout=${flags['hook-timeout']}`]),
      ...(flags['unit-file-dir'] === undefined ? [] : [`--unit-file-dir=${flags['unit-file-dir']}`]),
    ],
    plugins,
  };
}
