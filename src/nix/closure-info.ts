import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/**
 * How many paths one command gets. Even with store paths of 200 characters, that is far below the kernel's limit of two
 * megabytes.
 */
const AT_ONCE = 4000;

/** Each path's closure size in bytes. Paths that several closures share count for each of them. */
export async function closureSizes(
  paths: readonly string[],
  options: Options = {},
): Promise<Map<string, number>> {
  return pathInfo(['--closure-size'], paths, options);
}

/** Every path in the closures of `paths`, each once, with its own size in bytes. */
export async function closurePaths(
  paths: readonly string[],
  options: Options = {},
): Promise<Map<string, number>> {
  return pathInfo(['--recursive', '--size'], paths, options);
}

/**
 * Runs `nix path-info` with plain output, `PATH SIZE`. Its JSON format has changed between versions of Nix, its plain
 * lines have not.
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
