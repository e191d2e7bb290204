import { type RunOptions, run } from './process.js';

/** Puts everything on the disk that was written to the file systems of these paths. */
export async function syncFileSystems(
  paths: readonly string[],
  options: Pick<RunOptions, 'signal'> = {},
): Promise<void> {
  await run(['sync', '--file-system', ...paths], options);
}
