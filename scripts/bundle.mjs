// Bundles what is published, in the form that starts fastest: see "What was tried" in docs/performance.md.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const SHARED = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};

/** For those who import them, with what they share in chunks; as readable as their sources, since Node.js shows them in errors. */
const MODULES = { ...SHARED, splitting: true, format: 'esm' };

/**
 * The program: all of its modules in one file, dist/program.cjs, each run when it is first asked for. bin/load-program.cjs
 * reads it from a cache of compiled code, which Node.js offers for scripts, not for modules. Where oclif looks for a module of
 * the package, a file of one line hands it out.
 *
 * It is minified, since each start reads it whole. Its source map is read only where an error's stack is shown
 * (cli/stack.ts). So what is replaced in the text below must keep its length.
 */
export async function bundleProgram(root, modules) {
  const program = join(root, 'dist/program.cjs');
  const nameOf = (module) => relative(root, module).replace(/\.ts$/, '');
  const entries = modules.map(
    (module) => `${JSON.stringify(nameOf(module))}: () => require(${JSON.stringify(module)}),`,
  );
  const { outputFiles } = await build({
    ...SHARED,
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    absWorkingDir: root,
    stdin: { contents: `module.exports = {\n${entries.join('\n')}\n};`, resolveDir: root },
    outfile: program,
    format: 'cjs',
    charset: 'ascii',
    plugins: [sparing],
    // oclif looks for these two only in development.
    external: ['typescript', 'ts-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: {
      js: "const importMetaUrl=require('node:url').pathToFileURL(__filename).href,builtin=(name)=>new Proxy({},{get:(loaded,key)=>(loaded.it??=process.getBuiltinModule(name))[key]}),obtain=(specifier)=>require('./import-module.cjs')(specifier);",
    },
  });
  const [map, bundle] = [/\.map$/, /\.cjs$/].map(
    (end) => outputFiles.find(({ path }) => end.test(path)).text,
  );
  const text = builtinsOnUse(bundle)
    // A script that is not loaded as a module may not import; what is imported here is only known when it runs.
    .replaceAll(/\bawait import\(/g, 'await obtain(');
  if (text.length !== bundle.length) throw new Error('The source map no longer fits the program.');
  await put(join(root, 'dist/import-module.cjs'), 'module.exports=(specifier)=>import(specifier);\n');
  const digest = createHash('sha256').update(text).digest('hex');
  await put(program, `/*${digest}*/\n${text}`);
  await put(`${program}.map`, oneLineLower(map));
  for (const name of modules.map(nameOf)) {
    const file = join(root, 'dist', `${name}.cjs`);
    await put(file, `module.exports=require('${relative(dirname(file), program)}')['${name}']();\n`);
  }
}

/** The source map of a text that has one line more at its head. */
const oneLineLower = (map) =>
  JSON.stringify({ ...JSON.parse(map), mappings: `;${JSON.parse(map).mappings}` });

/** Modules of the package for others, with what they share in chunks below dist/chunks/NAME. */
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

/** Modules of one bundled plugin, named below its source. */
export async function bundlePlugin(source, outdir, modules) {
  await write({
    ...MODULES,
    absWorkingDir: source,
    entryPoints: modules.map((module) => join(source, module)),
    outbase: source,
    outdir,
  });
}

async function write(options) {
  const { outputFiles } = await build(options);
  for (const { path, text } of outputFiles) await put(path, takeBuiltins(text));
}

async function put(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** What libraries do at each start and this tool has no use for, and what takes its place. */
const SPARED = [
  {
    file: '@oclif/core/lib/config/plugin.js',
    // The first comparison by language loads ICU's tables, seven milliseconds; ids are ASCII.
    from: 'a.id.localeCompare(b.id)',
    to: '(a.id < b.id ? -1 : 1)',
  },
  {
    file: '@oclif/core/lib/util/os.js',
    // A module that starts processes, and looks at files, to tell what the kernel's name tells.
    from: "(await import('wsl-utils')).isWsl ?",
    to: "(0, node_os_1.release)().toLowerCase().includes('microsoft') && (await import('wsl-utils')).isWsl ?",
  },
  {
    file: '@oclif/core/lib/logger.js',
    // The terminal's colours, and the streams behind them, for what is only printed where it is asked for.
    from: 'require("debug")',
    to: 'process.env.DEBUG ? require("debug") : () => () => undefined',
  },
  {
    file: 'yoctocolors/base.js',
    // Loads terminals and sockets for the colours of execa's own log, which is never on.
    from: 'tty?.WriteStream?.prototype?.hasColors?.() ?? false',
    to: 'false',
  },
];

/**
 * Leaves that out, and has oclif's modules load each other and their dependencies when these are first used: `--version`
 * and most verbs need neither its templates nor its matcher of file names. TypeScript's CommonJS always reads what it
 * imports as a property, so an object that loads the module at the first reading can take its place (as with Babel's
 * option `lazy`).
 */
const sparing = {
  name: 'sparing',
  setup({ onLoad }) {
    onLoad({ filter: /\/(@oclif\/core\/lib\/.*|yoctocolors\/base)\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const spared = SPARED.filter(({ file }) => path.endsWith(`/node_modules/${file}`)).reduce(
        leaveOut,
        source,
      );
      return { contents: path.includes('/@oclif/core/') ? loadedOnUse(spared) : spared, loader: 'js' };
    });
  },
};

function leaveOut(source, { file, from, to }) {
  if (!source.includes(from)) throw new Error(`${file} has no ${from} any more.`);
  return source.replace(from, to);
}

const loadedOnUse = (source) =>
  source.replaceAll(
    /^(?:const|var) (\w+_\d+) = ((?:__importDefault|__importStar)?\(?require\("[^"]+"\)\)?);$/gm,
    'const $1 = new Proxy({}, { get: (loaded, name) => (loaded.it ??= $2)[name] });',
  );

/** Those that are functions, and so no object can stand for. */
const CALLED = new Set(['assert', 'events', 'module', 'stream']);

/**
 * Has Node.js's own modules loaded when something of theirs is first used: a worker thread's or a socket's bring dozens of
 * others, which some builds of Node.js compile anew at each start.
 */
const builtinsOnUse = (source) =>
  source.replaceAll(/\b([\w$]+)=require\("([^"]+)"\)/g, (statement, variable, module) =>
    isBuiltin(module) && !CALLED.has(module.replace('node:', ''))
      ? `${variable}=builtin("${module}")`
      : statement,
  );

/**
 * Takes Node.js's own modules by `process.getBuiltinModule` in place of `import`, which reads all that they export, and so
 * loads what is behind each lazy property: `node:util` alone brings worker threads and a parser of arguments. The names are
 * bound where the import stood: esbuild puts a module's imports before it, and the modules here import in no circle.
 */
function takeBuiltins(source) {
  return source.replaceAll(/^import([^"'();]*?) from "([^"]+)";/gm, (statement, clause, module) => {
    if (!isBuiltin(module)) return statement;
    const [, whole, namespace, named] = /^\s*([\w$]+)?\s*,?\s*(?:\*\s*as\s+([\w$]+)|(\{.*\}))?\s*$/s.exec(
      clause,
    );
    return [whole, namespace, named?.replaceAll(' as ', ':')]
      .filter((names) => names !== undefined)
      .map((names) => `const ${names} = process.getBuiltinModule("${module}");`)
      .join('\n');
  });
}
