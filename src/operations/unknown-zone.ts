import type { ContainerName } from '../container/name.js';
import type { Settings } from '../container/settings.js';
import { knownZones } from '../host/zones.js';
import { nearest } from '../text/nearest.js';
import type { Context } from './context.js';

/**
 * Warns of a zone that is unknown on the host. systemd-nspawn creates any zone, so a misspelled name silently separates
 * the container from the others.
 */
export async function warnOfUnknownZone(
  name: ContainerName,
  { zone }: Settings,
  { layout, listener }: Context,
): Promise<void> {
  if (zone === null) return;
  const known = await knownZones(layout, name);
  if (known.has(zone)) return;
  const meant = nearest(zone, [...known]);
  const hint = meant === null ? '' : ` Did you mean '${meant}'?`;
  listener({
    container: name,
    type: 'warning',
    code: 'zone-unknown',
    message: `No other container is in the zone '${zone}', and no network file of the host matches vz-${zone}, so systemd's defaults apply to it.${hint}`,
  });
}
