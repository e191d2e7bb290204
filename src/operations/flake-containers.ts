import { renderAttributePath } from '../nix/attribute.js';
import { containerNames } from '../nix/flake.js';
import { parseFlakeReference } from '../nix/flake-reference.js';
import { nixSystem } from '../nix/system.js';

export interface FlakeContainersRequest {
  /** A flake reference; an attribute after `#` is ignored. */
  reference: string;
  /** Default this machine's. */
  system?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What may stand behind the `#` of a flake reference, quoted where it must be. No container is evaluated. */
export async function listFlakeContainers(request: FlakeContainersRequest): Promise<string[]> {
  const { flake } = parseFlakeReference(request.reference);
  const silent = () => undefined;
  const names = await containerNames(flake, nixSystem(request.system), {
    signal: request.signal ?? new AbortController().signal,
    progress: silent,
    log: silent,
    warn: silent,
    showTrace: false,
  });
  return [...new Set(names)].sort().map((name) => renderAttributePath([name]));
}
