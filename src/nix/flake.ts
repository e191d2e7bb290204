import * as z from 'zod';
import { noFlakeContainer } from '../errors/nix.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { type AttributePath, candidatePaths, FLAKE_KEY, renderAttributePath } from './attribute.js';
import { KEEP_LOCK_FILE, type NixOptions, nix } from './command.js';

const metadataSchema = z.looseObject({
  /** The locked reference if the flake can be locked, otherwise the resolved one. */
  url: z.string(),
  resolvedUrl: z.string().optional(),
  revision: z.string().optional(),
  lastModified: z.number().optional(),
});

export interface FlakeMetadata {
  /** Always refers to the same sources, unless the flake is a dirty work tree. */
  locked: string;
  resolved: string;
  revision: string | null;
}

/** Resolves and locks a flake reference, and fetches the flake if needed. */
export async function flakeMetadata(flake: string, options: NixOptions): Promise<FlakeMetadata> {
  const stdout = await nix(['flake', 'metadata'], [...KEEP_LOCK_FILE, '--json', '--', flake], options);
  const { url, resolvedUrl, revision } = metadataSchema.parse(JSON.parse(stdout));
  return { locked: url, resolved: resolvedUrl ?? url, revision: revision ?? null };
}

/**
 * Tries the places where a flake may hold the container. `attempt` builds one attribute path, `shown` is for errors.
 */
export async function firstThatExists<T>(
  request: { flake: string; shown: string; asked: AttributePath; system: string },
  options: NixOptions,
  attempt: (path: AttributePath) => Promise<T>,
): Promise<T> {
  for (const path of candidatePaths(request.asked, request.system)) {
    try {
      return await attempt(path);
    } catch (error) {
      if (!isAttributeMissing(error, path)) throw error;
    }
  }
  const names = await containerNames(request.flake, request.system, options);
  throw noFlakeContainer(request.shown, renderAttributePath(request.asked), request.system, names);
}

const namesSchema = z.array(z.string());

/** The names of a flake's containers for this system; empty if it has no such output. */
export async function containerNames(flake: string, system: string, options: NixOptions): Promise<string[]> {
  // nixosContainers holds both systems and containers. They are distinguished by name, because evaluating a container
  // to find out takes seconds.
  const names = `all: let isSystem = name: builtins.match "[a-z0-9_]+-(linux|darwin|freebsd|netbsd|openbsd)" name != null;
    in builtins.attrNames (all.${JSON.stringify(system)} or { })
      ++ builtins.filter (name: !isSystem name) (builtins.attrNames all)`;
  try {
    const stdout = await nix(
      ['eval'],
      [...KEEP_LOCK_FILE, '--json', '--apply', names, '--', `${flake}#${FLAKE_KEY}`],
      options,
    );
    return namesSchema.parse(JSON.parse(stdout));
  } catch (error) {
    if (isAttributeMissing(error, [FLAKE_KEY])) return [];
    throw error;
  }
}

/** Recognizes a missing attribute by Nix's message (src/libcmd/installables.cc); its exit code does not show it. */
function isAttributeMissing(error: unknown, path: AttributePath): boolean {
  if (!(error instanceof NspawnError) || typeof error.details.stderr !== 'string') return false;
  return (
    error.details.stderr.includes('does not provide attribute') &&
    error.details.stderr.includes(renderAttributePath(path))
  );
}
