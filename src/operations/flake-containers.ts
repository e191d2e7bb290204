import { renderAttributePath } from '../nix/attribute.js';
import { containerNames } from '../nix/flake.js';
import { parseFlakeReference } from '../nix/flake-reference.js';
import { nixSystem } from '../nix/system.js';

export interface FlakeContainersRequest {
  /** A flake reference; an attribute after `#` is ignored. */
  reference: string;
  /** The Nix system; default this machine's. */
  system?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** The attributes that may follow the `#` of a flake reference, quoted if necessary. Evaluates no container. */
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
