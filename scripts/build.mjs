// Builds everything that is published: dist/ (bundled JavaScript with declarations, manual pages, completions) and
// oclif.manifest.json.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleModules, bundlePlugin } from './bundle/modules.mjs';
import { bundleProgram } from './bundle/program.mjs';
import { describeDeclarations } from './declarations.mjs';
import { manualPages } from './man-pages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

async function sources(directory) {
  const entries = await readdir(join(root, directory), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * The library is bundled separately from the plugin interface (the worker and the test kit for plugins). The latter
 * exports all of zod. If the two shared chunks, the library would load all of zod too.
 */
async function bundles() {
  await Promise.all([
    bundleProgram(root, [
      join(root, 'cli/boot/main.ts'),
      join(root, 'cli/views/help.ts'),
      ...(await sources('commands')),
      ...(await sources('hooks')),
    ]),
    bundleModules(root, 'library', [join(root, 'src/index.ts')]),
    bundleModules(root, 'plugins', [
      join(root, 'src/plugins/contract.ts'),
      join(root, 'src/plugins/testing.ts'),
      join(root, 'src/plugins/worker.ts'),
    ]),
  ]);
}

/**
 * Each bundled plugin is a separate package. It contains the modules that its package.json names, and the programs that
 * it runs as separate processes.
 */
async function plugins() {
  const directory = join(root, 'plugins');
  for (const plugin of await readdir(directory)) {
    const { oclif } = JSON.parse(await readFile(join(directory, plugin, 'package.json'), 'utf8'));
    const targets = Object.values(oclif.hooks).map((hook) => hook.target ?? hook);
    const modules = [...new Set(targets)].map((module) => `${basename(module, '.js')}.ts`);
    const source = join(directory, plugin, 'src');
    const programs = await readdir(join(source, 'programs')).catch(() => []);
    await rm(join(directory, plugin, 'dist'), { recursive: true, force: true });
    await bundlePlugin(source, join(directory, plugin, 'dist'), [
      ...modules,
      ...programs.map((program) => join('programs', program)),
    ]);
  }
}

async function declarations() {
  await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '--project',
    join(root, 'tsconfig.build.json'),
  ]);
  await describeDeclarations(root, ['index', 'plugins/contract', 'plugins/testing']);
}

async function manifest() {
  const { Plugin } = await import('@oclif/core');
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  await writeFile(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
  return plugin.manifest;
}

async function manuals(manifest) {
  const directory = join(root, 'dist/man/man1');
  await mkdir(directory, { recursive: true });
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const [name, text] of manualPages(manifest, version)) await writeFile(join(directory, name), text);
}

/** Each file has the name under which its shell looks for it. */
async function completions() {
  const directory = join(root, 'dist/completions');
  await mkdir(directory, { recursive: true });
  const files = { bash: 'nixos-nspawn', zsh: '_nixos-nspawn', fish: 'nixos-nspawn.fish' };
  for (const [shell, file] of Object.entries(files)) {
    const { stdout } = await run(process.execPath, [join(root, 'bin/run.cjs'), 'completions', shell]);
    await writeFile(join(directory, file), stdout);
  }
}

await rm(join(root, 'dist'), { recursive: true, force: true });
await Promise.all([bundles(), plugins(), declarations()]);
await Promise.all([manuals(await manifest()), completions()]);
