import { type Argv, type RunOptions, run } from '../base/process.js';
import { commandFailed } from '../errors/commands.js';

export const STORE = '/nix/store';

/** The name of a path in the store. Locks and drafts have other names. */
export const STORE_NAME = /^[0-9a-z]{32}-[^/]*(?<!\.lock)$/;

/** The number of paths for one command, whose arguments may not exceed 2 MB (execve(2)). */
const BATCH = 5000;

/** A garbage collector root, which protects a store path. */
export interface Root {
  /** The link that holds it, or Nix's name for a running process (`/proc/1/maps`, `{temp:42}`). */
  holder: string;
  path: string;
}

/** Every root that a garbage collection would respect now, including those of running processes. */
export async function garbageRoots(options: Pick<RunOptions, 'signal'> = {}): Promise<Root[]> {
  const { stdout } = await run(['nix-store', '--gc', '--print-roots'], options);
  return stdout.split('\n').flatMap((line) => {
    const at = line.lastIndexOf(' -> ');
    return at === -1 ? [] : [{ holder: line.slice(0, at), path: line.slice(at + ' -> '.length) }];
  });
}

/** Every path that Nix believes to be complete. */
export async function validPaths(options: Pick<RunOptions, 'signal'> = {}): Promise<string[]> {
  const features = ['--extra-experimental-features', 'nix-command'] as const;
  return lines((await run(['nix', 'path-info', '--all', ...features], options)).stdout);
}

/** The paths among these whose content differs from what Nix has recorded. */
export async function modifiedPaths(
  paths: readonly string[],
  options: Pick<RunOptions, 'signal'> = {},
): Promise<string[]> {
  const modified: string[] = [];
  for (const batch of batches(paths)) {
    const argv: Argv = ['nix-store', '--verify-path', ...batch];
    const { exitCode, stderr } = await run(argv, { ...options, acceptCodes: [0, 1] });
    // opVerifyPath() in src/nix-store/nix-store.cc of Nix.
    const found = [...stderr.matchAll(/path '([^']+)' was modified!/g)].flatMap(([, path = '']) => path);
    if (exitCode !== 0 && found.length === 0) throw commandFailed({ argv, exitCode, signal: null, stderr });
    modified.push(...found);
  }
  return modified;
}

/** These paths, and all that need them. */
export async function referrersClosure(
  paths: readonly string[],
  options: Pick<RunOptions, 'signal'> = {},
): Promise<string[]> {
  const found = new Set<string>();
  for (const batch of batches(paths))
    for (const path of lines(
      (await run(['nix-store', '--query', '--referrers-closure', ...batch], options)).stdout,
    ))
      found.add(path);
  return [...found];
}

/**
 * Deletes these paths. By default, Nix keeps a derivation as long as what was built from it, even if nothing needs either
 * (`keep-derivations` in nix.conf(5)).
 *
 * @throws NspawnError `command-failed` if a garbage collector root leads to one of them
 */
export async function deletePaths(
  paths: readonly string[],
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  const alone = ['keep-derivations', 'keep-outputs'].flatMap((setting) => ['--option', setting, 'false']);
  for (const batch of batches(paths)) await run(['nix-store', '--delete', ...alone, ...batch], options);
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

const batches = (paths: readonly string[]) =>
  Array.from({ length: Math.ceil(paths.length / BATCH) }, (_, index) =>
    paths.slice(index * BATCH, (index + 1) * BATCH),
  );

/** A store path, and everything that it needs. Each path comes after those that it needs. */
export async function requisites(path: string, options: Pick<RunOptions, 'signal'> = {}): Promise<string[]> {
  return lines((await run(['nix-store', '--query', '--requisites', '--', path], options)).stdout);
}

/** The argv that writes these paths as a stream, which `nix-store --import` reads. */
export const exportArgv = (paths: readonly string[]): Argv => ['nix-store', '--export', '--', ...paths];
