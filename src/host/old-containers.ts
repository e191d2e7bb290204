import { join } from 'node:path';
import { entriesSeen, fileKind, isPresent, readText } from '../base/files.js';
import { type OldContainer, parseOldContainer } from '../container/old-container.js';
import { oldDirectories } from './old-places.js';

/** Files of podman in the older directory. */
const OF_PODMAN: ReadonlySet<string> = new Set(['libpod.conf', 'containers.conf', 'registries.conf']);

export interface FoundOldContainer {
  old: OldContainer;
  /** Its NixOS configuration; null if the host's configuration or a flake has it. */
  configuration: string | null;
  /** The file with its settings. */
  settings: string;
  /** Its root. */
  stateDir: string;
  /** Whether the host's NixOS configuration declares it. */
  isDeclared: boolean;
}

/** The containers of NixOS's own module on this host, sorted by name. */
export async function findOldContainers(root: string): Promise<FoundOldContainer[]> {
  const found: FoundOldContainer[] = [];
  for (const { settings: directory, state } of oldDirectories(root)) {
    for (const file of await entriesSeen(directory)) {
      if (!file.endsWith('.conf') || OF_PODMAN.has(file)) continue;
      const name = file.slice(0, -'.conf'.length);
      if (found.some(({ old }) => old.name === name)) continue;
      const settings = join(directory, file);
      const text = await readText(settings);
      if (text === null) continue;
      const old = parseOldContainer(name, text);
      const stateDir = join(state, name);
      const configuration = join(stateDir, 'etc/nixos/configuration.nix');
      found.push({
        old,
        configuration: (await isPresent(configuration)) ? configuration : null,
        settings,
        stateDir,
        // NixOS makes a link into its store.
        isDeclared: old.systemPath !== null || (await fileKind(settings)) === 'link',
      });
    }
  }
  return found.sort((a, b) => (a.old.name < b.old.name ? -1 : 1));
}
