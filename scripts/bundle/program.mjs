// Bundles the command line in the form that starts fastest: see "What was tried" in docs/performance.md.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { expectFound } from './expected.mjs';
import { importByCall } from './import-by-call.mjs';
import { loadOnUse } from './load-on-use.mjs';
import { put, SHARED } from './shared.mjs';

/**
 * How many imports in oclif's modules load on use, and how many places in these modules, or in the configuration reader
 * that they use, import a plugin's files.
 */
const OCLIF = { onUse: 245, ofPlugins: 5 };
/**
 * How many places in the program require a path known only at run time. One more could be an import() of an ES module,
 * which esbuild turns into such a call.
 */
const REQUIRES_AT_RUN = 6;
/** The module that replaces wsl-utils, and the modules that may import it. */
const WSL = { module: 'cli/boot/wsl-utils.ts', importers: ['node_modules/@oclif/core/lib/util/os.js'] };

/**
 * Bundles the program: all of its modules in one file, dist/program.cjs, each run when it is first requested.
 * bin/load-program.cjs reads it from a cache of compiled code, which Node.js supports for scripts but not for modules.
 * At each path where oclif looks for a module of the package, a one-line file returns that module from the program.
 *
 * The program is minified, because each start reads all of it. Classes and functions keep their names, because code
 * depends on them. The source map is read only to show an error's stack (cli/outputs/stack.ts).
 *
 * @param {string} root
 * @param {readonly string[]} modules
 */
export async function bundleProgram(root, modules) {
  const program = join(root, 'dist/program.cjs');
  /** @param {string} module */
  const nameOf = (module) => relative(root, module).replace(/\.ts$/, '');
  const entries = modules.map(
    (module) => `${JSON.stringify(nameOf(module))}: () => require(${JSON.stringify(module)}),`,
  );
  const oclif = patchesOfOclif();
  const { outputFiles, metafile } = await build({
    ...SHARED,
    minify: true,
    keepNames: true,
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    absWorkingDir: root,
    stdin: { contents: `module.exports = {\n${entries.join('\n')}\n};`, resolveDir: root },
    outfile: program,
    format: 'cjs',
    charset: 'ascii',
    plugins: [oclif.plugin, zodWithoutCompiling(root)],
    alias: { 'wsl-utils': `./${WSL.module}` },
    // oclif uses these two only in development.
    external: ['typescript', 'ts-node'],
    // A script that is not loaded as a module cannot use import().
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: {
      js: "const importMetaUrl=require('node:url').pathToFileURL(__filename).href,importModule=(specifier)=>require('./import-module.cjs')(specifier);",
    },
  });
  expectFound('imports of oclif', oclif.found(), OCLIF);
  expectFound(`importers of ${WSL.module}`, importersOf(metafile, WSL.module), WSL.importers);
  const [map = '', text = ''] = [/\.map$/, /\.cjs$/].map(
    (end) => outputFiles.find(({ path }) => end.test(path))?.text,
  );
  expectFound('requires at run', text.match(/\brequire\((?!["'`])/g)?.length, REQUIRES_AT_RUN);
  await put(join(root, 'dist/import-module.cjs'), 'module.exports=(specifier)=>import(specifier);\n');
  const digest = createHash('sha256').update(text).digest('hex');
  await put(program, `/*${digest}*/\n${text}`);
  await put(`${program}.map`, oneLineLower(map));
  for (const name of modules.map(nameOf)) {
    const file = join(root, 'dist', `${name}.cjs`);
    await put(file, `module.exports=require('${relative(dirname(file), program)}')['${name}']();\n`);
  }
}

/**
 * Adapts the source map to a text with one more line at its start.
 *
 * @param {string} map
 */
const oneLineLower = (map) =>
  JSON.stringify({ ...JSON.parse(map), mappings: `;${JSON.parse(map).mappings}` });

/**
 * The modules that import a module. Those of packages begin with `node_modules/`, wherever that directory is.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {string} module
 */
const importersOf = ({ inputs }, module) =>
  Object.entries(inputs)
    .filter(([, { imports }]) => imports.some(({ path }) => path === module))
    .map(([importer]) => importer.replace(/^.*(?=node_modules\/)/, ''));

/**
 * Replaces zod by the module that configures it. This makes `list` 5 % faster with Node.js 24.
 *
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
const zodWithoutCompiling = (root) => ({
  name: 'zod without compiling',
  setup({ onResolve }) {
    onResolve({ filter: /^zod$/ }, () => ({ path: join(root, 'cli/boot/zod.ts') }));
  },
});

/**
 * Patches oclif. `--version` and most commands need neither oclif's templates nor its file name matcher. Loading these
 * on use makes `--version` 15 % faster with Node.js 20, and 20 % faster with Node.js 24.
 *
 * The other patch does not save time by itself. Without it, the program could not be a script, and could therefore have
 * no cache of compiled code.
 *
 * @returns {{ plugin: import('esbuild').Plugin, found: () => typeof OCLIF }}
 */
function patchesOfOclif() {
  const found = { onUse: 0, ofPlugins: 0 };
  return {
    found: () => found,
    plugin: {
      name: 'patches of oclif',
      setup({ onLoad }) {
        onLoad({ filter: /\/(@oclif\/core\/lib|lilconfig\/src)\/.*\.js$/ }, async ({ path }) => {
          const onUse = loadOnUse(await readFile(path, 'utf8'));
          const { text, count } = importByCall(onUse.text, 'importModule');
          found.onUse += onUse.count;
          found.ofPlugins += count;
          return { contents: text, loader: 'js' };
        });
      },
    },
  };
}
