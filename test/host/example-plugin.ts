import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { run } from '../../src/base/process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = (...path: string[]) => join('node_modules', ...path);
const npm = [process.execPath, join(root, modules('npm/bin/npm-cli.js'))] as const;

const EXAMPLE = 'examples/inventory/';

/** The files of the example in the package of the tool. */
export async function publishedExample(): Promise<string[]> {
  const { stdout } = await run(
    [...npm, 'pack', '--dry-run', '--json', '--ignore-scripts', '--workspaces=false'],
    { cwd: root },
  );
  const [{ files }] = z
    .tuple([z.object({ files: z.array(z.object({ path: z.string() })) })])
    .parse(JSON.parse(stdout));
  return files.flatMap(({ path }) => (path.startsWith(EXAMPLE) ? [path.slice(EXAMPLE.length)] : []));
}

/**
 * Packs a copy of the example as its author would, and returns the tarball. Instead of `npm install`, links its build
 * dependencies, including the tool, from this repository.
 */
export async function packExample(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'example-plugin-'));
  try {
    for (const file of await publishedExample())
      await cp(join(root, EXAMPLE, file), join(directory, file), { recursive: true });
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
    await run([...npm, 'pack'], { cwd: directory });
    const [tarball = ''] = (await readdir(directory)).filter((file) => file.endsWith('.tgz'));
    return await readFile(join(directory, tarball));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
