import { join } from 'node:path';
import { entriesSeen, isPresent, readText } from '../base/files.js';
import { type OldContainer, parseOldContainer } from '../container/old-container.js';

/** Where the module `containers` has its files: the second place is that of hosts from before NixOS 22.05. */
const PLACES = [
  { settings: 'etc/nixos-containers', state: 'var/lib/nixos-containers' },
  { settings: 'etc/containers', state: 'var/lib/containers' },
];

/** Files of podman in the older directory. */
const OF_PODMAN: ReadonlySet<string> = new Set(['libpod.conf', 'containers.conf', 'registries.conf']);

export interface FoundOldContainer {
  old: OldContainer;
  /** Its NixOS configuration; null if the host's configuration or a flake has it. */
  configuration: string | null;
}

/** The containers of NixOS's own module on this host, sorted by name. */
export async function findOldContainers(root: string): Promise<FoundOldContainer[]> {
  const found: FoundOldContainer[] = [];
  for (const { settings, state } of PLACES) {
    const directory = join(root, settings);
    for (const file of await entriesSeen(directory)) {
      if (!file.endsWith('.conf') || OF_PODMAN.has(file)) continue;
      const name = file.slice(0, -'.conf'.length);
      if (found.some(({ old }) => old.name === name)) continue;
      const text = await readText(join(directory, file));
      if (text === null) continue;
      const configuration = join(root, state, name, 'etc/nixos/configuration.nix');
      found.push({
        old: parseOldContainer(name, text),
        configuration: (await isPresent(configuration)) ? configuration : null,
      });
    }
  }
  return found.sort((a, b) => (a.old.name < b.old.name ? -1 : 1));
}
