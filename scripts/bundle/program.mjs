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
 * How many imports of oclif's modules load on use, and in how many places they, or the reader of configuration that they use,
 * import what a plugin brings.
 */
const OCLIF = { onUse: 245, ofPlugins: 5 };
/**
 * How many places of the program require what only a run knows. One more could be an import() of an ES module, which esbuild
 * writes as such a call.
 */
const REQUIRES_AT_RUN = 6;
/** The module that takes the place of wsl-utils, and who asks it. */
const WSL = { module: 'cli/boot/wsl-utils.ts', importers: ['node_modules/@oclif/core/lib/util/os.js'] };

/**
 * The program: all of its modules in one file, dist/program.cjs, each run when it is first asked for. bin/load-program.cjs
 * reads it from a cache of compiled code, which Node.js offers for scripts, not for modules. Where oclif looks for a module of
 * the package, a file of one line returns it.
 *
 * It is minified, since each start reads it whole; classes and functions keep their names, which programs read. Its source
 * map is read only where an error's stack is shown (cli/outputs/stack.ts).
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
    plugins: [oclif.plugin],
    alias: { 'wsl-utils': `./${WSL.module}` },
    // oclif looks for these two only in development.
    external: ['typescript', 'ts-node'],
    // A script that is not loaded as a module may not import.
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
 * The source map of a text that has one line more at its head.
 *
 * @param {string} map
 */
const oneLineLower = (map) =>
  JSON.stringify({ ...JSON.parse(map), mappings: `;${JSON.parse(map).mappings}` });

/**
 * @param {import('esbuild').Metafile} metafile
 * @param {string} module
 */
const importersOf = ({ inputs }, module) =>
  Object.entries(inputs)
    .filter(([, { imports }]) => imports.some(({ path }) => path === module))
    .map(([importer]) => importer);

/**
 * `--version` and most verbs need neither oclif's templates nor its matcher of file names: loading them on use takes 15 % off
 * a `--version` with Node.js 20, and 20 % with Node.js 24.
 *
 * The other patch gains nothing by itself. Without it the program could be no script, and so have no cache of compiled code.
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
