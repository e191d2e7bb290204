import { createdSources, mountedPaths } from '../../container/settings.js';
import { bindSourceMissing } from '../../errors/places.js';
import { missingSources } from '../../host/bind-sources.js';
import type { Closure } from '../../host/closure.js';
import { readHostUnits } from '../../host/host-units.js';
import { unmountedInFstab } from '../../host/mounts.js';
import type { Act } from '../../pipeline/steps.js';
import { unmountedAbove } from '../../systemd/mount-units.js';
import type { Scene } from '../operation.js';
import { requireOrder } from '../order.js';
import type { Asked } from '../stages.js';
import { requireDevices, requirePermissions } from './devices.js';

/**
 * Rejects a configuration that mounts paths which the host does not have, or devices that the container may not use, or
 * that requires containers which do not exist, before anything is changed for it.
 */
export const bindSourcesAct: Act<Scene & Pick<Asked, 'before'> & { closure: Closure }> = {
  id: 'check-mounts',
  title: 'Check mount sources',
  run: async (given, { signal }) => {
    await requireOrder(given.places.name, given.closure.settings, given.context);
    await requireClosureSources(given.places.name, given.closure, { mountsComeFirst: false, signal });
    await requirePermissions(given, signal);
  },
};

interface Options {
  /**
   * Whether the container is about to be started, so that systemd first mounts the file systems that its sources need
   * (`RequiresMountsFor=` of the service).
   */
  mountsComeFirst: boolean;
  signal: AbortSignal;
}

/** @throws NspawnError `device-missing`, `bind-source-missing` */
export async function requireClosureSources(name: string, closure: Closure, options: Options): Promise<void> {
  await requireDevices(name, closure.settings);
  const { unit } = await readHostUnits(closure);
  // Paths in the store exist as long as the closure does.
  const paths = mountedPaths(unit).filter((path) => !path.startsWith('/nix/store/'));
  await requireSources(name, { paths, created: createdSources(closure.settings) }, options);
}

/** @throws NspawnError `bind-source-missing` for the first path that cannot be mounted */
export async function requireSources(
  name: string,
  { paths, created }: { paths: readonly string[]; created: readonly string[] },
  { mountsComeFirst, signal }: Options,
): Promise<void> {
  for (const source of await missingSources(paths)) {
    const ofSystemd = await unmountedAbove(source.place, { signal });
    if (ofSystemd !== null && mountsComeFirst) continue;
    // In a container, systemd does not read fstab.
    const mountPoint = ofSystemd ?? (await unmountedInFstab(source.place));
    if (mountPoint !== null) {
      throw bindSourceMissing(name, { ...source, why: `${source.why}: ${mountPoint} is not mounted` });
    }
    // The service creates the directory at the path itself, not at the target of a link.
    if (created.includes(source.path) && source.place === source.path) continue;
    throw bindSourceMissing(name, source);
  }
}
