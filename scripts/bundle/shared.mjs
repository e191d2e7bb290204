import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @satisfies {import('esbuild').BuildOptions} */
export const SHARED = /** @type {const} */ ({
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});

/**
 * Writes a file, and creates its directory if needed.
 *
 * @param {string} path
 * @param {string} text
 */
export async function put(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
