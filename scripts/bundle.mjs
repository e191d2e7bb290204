// Bundles what is published, in the form that starts fastest: see "What was tried" in docs/performance.md.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const SHARED = {
  bundle: true,
  splitting: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: false,
  minify: true,
  keepNames: false,
  logLevel: 'warning',
};

/** Entry points of the package, with what they share in chunks below dist/chunks/NAME. */
export async function bundle(root, name, entryPoints) {
  await write({
    ...SHARED,
    absWorkingDir: root,
    entryPoints,
    outbase: root,
    outdir: join(root, 'dist'),
    chunkNames: `chunks/${name}/[name]-[hash]`,
    plugins: [loadedOnUse],
    // oclif looks for these two only in development.
    external: ['typescript', 'ts-node'],
    // Bundled CommonJS modules call require; an ES module has none of its own.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  });
}

/** Modules of one bundled plugin, named below its source. */
export async function bundlePlugin(source, outdir, modules) {
  await write({
    ...SHARED,
    absWorkingDir: source,
    entryPoints: modules.map((module) => join(source, module)),
    outbase: source,
    outdir,
  });
}

async function write(options) {
  const { outputFiles } = await build(options);
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, takeBuiltins(text));
  }
}

/**
 * Has oclif's modules load each other and their dependencies when these are first used: `--version` and most verbs need
 * neither its templates nor its matcher of file names. TypeScript's CommonJS always reads what it imports as a property, so
 * an object that loads the module at the first reading can take its place (as with Babel's option `lazy`).
 */
const loadedOnUse = {
  name: 'loaded-on-use',
  setup({ onLoad }) {
    onLoad({ filter: /\/@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        /^(?:const|var) (\w+_\d+) = ((?:__importDefault|__importStar)?\(?require\("[^"]+"\)\)?);$/gm,
        'const $1 = new Proxy({}, { get: (loaded, name) => (loaded.it ??= $2)[name] });',
      ),
      loader: 'js',
    }));
  },
};

/**
 * Takes Node.js's own modules by `process.getBuiltinModule` in place of `import`, which reads all that they export, and so
 * loads what is behind each lazy property: `node:util` alone brings worker threads and a parser of arguments. The names are
 * bound where the import stood: esbuild puts a module's imports before it, and the modules here import in no circle.
 */
function takeBuiltins(source) {
  return source.replaceAll(/\bimport([^"'();]*?)from"([^"]+)";/g, (statement, clause, module) => {
    if (!isBuiltin(module)) return statement;
    const [, whole, namespace, named] = /^\s*([\w$]+)?\s*,?\s*(?:\*\s*as\s+([\w$]+)|(\{.*\}))?\s*$/s.exec(
      clause,
    );
    return [whole, namespace, named?.replaceAll(' as ', ':')]
      .filter((names) => names !== undefined)
      .map((names) => `const ${names}=process.getBuiltinModule("${module}");`)
      .join('');
  });
}
