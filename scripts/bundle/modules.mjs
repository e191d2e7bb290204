// Bundles ES modules that others import, with shared code in chunks. They are not minified, because Node.js shows their
// lines in errors.
import { join } from 'node:path';
import { build } from 'esbuild';
import { put, SHARED } from './shared.mjs';

const MODULES = { ...SHARED, splitting: true, format: /** @type {const} */ ('esm') };

/**
 * Bundles modules of the package for importers, with shared code in chunks below dist/chunks/NAME.
 *
 * @param {string} root
 * @param {string} name
 * @param {string[]} entryPoints
 */
export async function bundleModules(root, name, entryPoints) {
  await write({
    ...MODULES,
    absWorkingDir: root,
    entryPoints,
    outbase: root,
    outdir: join(root, 'dist'),
    chunkNames: `chunks/${name}/[name]-[hash]`,
    // Bundled CommonJS modules call `require`, which ES modules do not have.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  });
}

/**
 * Bundles the modules of one bundled plugin. `modules` are relative to its source directory.
 *
 * @param {string} source
 * @param {string} outdir
 * @param {string[]} modules
 */
export async function bundlePlugin(source, outdir, modules) {
  await write({
    ...MODULES,
    absWorkingDir: source,
    entryPoints: modules.map((module) => join(source, module)),
    outbase: source,
    outdir,
  });
}

/** @param {import('esbuild').BuildOptions & { write: false }} options */
async function write(options) {
  const { outputFiles } = await build(options);
  for (const { path, text } of outputFiles) await put(path, text);
}
