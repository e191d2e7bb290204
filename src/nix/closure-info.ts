import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Paths in one argv: far below the kernel's limit of two megabytes, with store paths of 200 characters. */
const AT_ONCE = 4000;

/** Each path's closure size in bytes, counted by Nix as if nothing were shared between them. */
export async function closureSizes(
  paths: readonly string[],
  options: Options = {},
): Promise<Map<string, number>> {
  return pathInfo(['--closure-size'], paths, options);
}

/** Every path of the closures of `paths`, each once, with its own size in bytes. */
export async function closurePaths(
  paths: readonly string[],
  options: Options = {},
): Promise<Map<string, number>> {
  return pathInfo(['--recursive', '--size'], paths, options);
}

/**
 * `nix path-info` as plain lines, `PATH SIZE`: its JSON has changed its shape between versions of Nix,
 * its lines have not.
 */
async function pathInfo(
  flags: readonly string[],
  paths: readonly string[],
  options: Options,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const asked = [...new Set(paths)];
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    const some = asked.slice(at, at + AT_ONCE);
    const { stdout } = await run(
      ['nix', 'path-info', '--extra-experimental-features', 'nix-command', ...flags, '--', ...some],
      options,
    );
    for (const line of stdout.split('\n')) {
      const match = /^(\S+)\s+(\d+)$/.exec(line);
      if (match?.[1] !== undefined) sizes.set(match[1], Number(match[2]));
    }
  }
  return sizes;
}
