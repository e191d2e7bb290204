import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packs examples/inventory as its author would, and gives the tarball. In the place of `npm install`, what it is built
 * with is linked from this repository, the tool itself included.
 */
export async function packExample(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'example-plugin-'));
  try {
    await cp(join(root, 'examples/inventory'), directory, {
      recursive: true,
      filter: (path) => !/\/(dist|node_modules)$/.test(path),
    });
    const modules = (...path: string[]) => join('node_modules', ...path);
    for (const [name, target] of [
      ['nixos-nspawn', ''],
      ['@oclif/core', modules('@oclif/core')],
      ['@types/node', modules('@types/node')],
      ['typescript', modules('typescript')],
      ['.bin', modules('.bin')],
    ] as const) {
      const link = join(directory, modules(name));
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(root, target), link);
    }
    await run([process.execPath, join(root, modules('npm/bin/npm-cli.js')), 'pack'], { cwd: directory });
    const [tarball = ''] = (await readdir(directory)).filter((file) => file.endsWith('.tgz'));
    return await readFile(join(directory, tarball));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
