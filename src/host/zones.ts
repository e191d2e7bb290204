import { join } from 'node:path';
import { entriesSeen, readText } from '../base/files.js';
import { parseUnitFile, unitValues } from '../container/unit-file.js';
import { findContainers } from './inventory.js';
import type { Layout } from './layout.js';

/** The prefix of a zone's interface (systemd.nspawn(5), Zone=). */
const PREFIX = 'vz-';

/** The zones in use on the host: by an interface, a network file, or a container other than this one. */
export async function knownZones(layout: Layout, except: string): Promise<Set<string>> {
  const places = [layout.networkDir, ...NETWORK_PLACES.map((place) => join(layout.root, place))];
  const [links, configured, found] = await Promise.all([
    entriesSeen(join(layout.root, 'sys/class/net')),
    Promise.all(places.map(zoneInterfaces)),
    findContainers(layout),
  ]);
  const zones = [...links, ...configured.flat()]
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
  const used = found.flatMap(({ name, settings }) =>
    name === except || settings === null || settings.zone === null ? [] : [settings.zone],
  );
  return new Set([...zones, ...used]);
}

const NETWORK_PLACES = ['run/systemd/network', 'usr/lib/systemd/network', 'lib/systemd/network'];

/** The interfaces that the files in a directory configure by their full name (systemd.network(5), [Match]). */
async function zoneInterfaces(directory: string): Promise<string[]> {
  const files = (await entriesSeen(directory)).filter((name) => /\.(?:network|netdev)$/.test(name));
  const names = await Promise.all(
    files.map(async (file) => {
      const unit = parseUnitFile((await readText(join(directory, file))) ?? '');
      return [...unitValues(unit, 'Match', 'Name'), ...unitValues(unit, 'NetDev', 'Name')];
    }),
  );
  return names
    .flat()
    .flatMap((value) => value.split(/\s+/))
    .filter((name) => !/[*?[]/.test(name));
}
