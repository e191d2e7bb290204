// Bundles ES modules for those who import them, with what they share in chunks. They are not minified: Node.js shows their
// lines in errors.
import { join } from 'node:path';
import { build } from 'esbuild';
import { put, SHARED } from './shared.mjs';

const MODULES = { ...SHARED, splitting: true, format: /** @type {const} */ ('esm') };

/**
 * Modules of the package for others, with what they share in chunks below dist/chunks/NAME.
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
    // Bundled CommonJS modules call require; an ES module has none of its own.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  });
}

/**
 * Modules of one bundled plugin, named below its source.
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
