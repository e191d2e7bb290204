// Loads the program from V8's code cache: what a verb's first run has compiled is kept, and the next ones read it in
// place of compiling it. (Node.js's own compile cache is there from 22.8 on only, and keeps for a file what its first
// run used, which for a program in one file are the functions of one verb.)
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const PROGRAM = path.join(__dirname, '../dist/program.cjs');
/** The build begins the program with it: two programs of one length would else be taken for each other. */
const DIGEST = /^\/\*([0-9a-f]{64})\*\//;

/**
 * @typedef {{ [path: string]: () => unknown } & { 'cli/boot/main': () => typeof import('../cli/boot/main.js') }} Program
 * Its modules by their paths without extension, each run when it is first asked for.
 */

/** @returns {Program} */
exports.loadProgram = () => {
  const source = fs.readFileSync(PROGRAM, 'latin1');
  const digest = DIGEST.exec(source)?.[1];
  const cache = digest === undefined ? null : cacheFile(digest);
  const script = new vm.Script(Module.wrap(source), {
    filename: PROGRAM,
    cachedData: cache === null ? undefined : read(cache),
  });
  const program = new Module(PROGRAM, module);
  program.filename = PROGRAM;
  program.paths = module.paths;
  // What oclif loads of the package finds the program here.
  require.cache[PROGRAM] = program;
  const require_ = Module.createRequire(PROGRAM);
  script.runInThisContext()(program.exports, require_, program, PROGRAM, path.dirname(PROGRAM));
  program.loaded = true;
  if (cache !== null && script.cachedDataRejected !== false)
    process.once('exit', (code) => {
      // Neither a wrong verb nor half a run shall be what others start with.
      if (code === 0) write(cache, script.createCachedData());
    });
  return program.exports;
};

/**
 * By what the program is, by Node.js, and by verb; null where none is kept.
 *
 * @param {string} digest
 */
function cacheFile(digest) {
  const directory = cacheDirectory();
  if (directory === null || process.env.NODE_DISABLE_COMPILE_CACHE) return null;
  const [verb = ''] = process.argv.slice(2);
  const name = /^[a-z_-]{1,32}$/.test(verb) ? verb : 'other';
  return path.join(directory, digest, `${process.version}-${process.arch}-${name}`);
}

/**
 * Whoever can write there can give the user code to run, so it is below /var for root, whose HOME sudo may leave pointing
 * at another user's.
 */
function cacheDirectory() {
  const { NIXOS_NSPAWN_CACHE_DIR, XDG_CACHE_HOME, HOME } = process.env;
  if (NIXOS_NSPAWN_CACHE_DIR) return NIXOS_NSPAWN_CACHE_DIR;
  if (process.geteuid?.() === 0) return '/var/cache/nixos-nspawn';
  if (XDG_CACHE_HOME) return path.join(XDG_CACHE_HOME, 'nixos-nspawn');
  return HOME ? path.join(HOME, '.cache/nixos-nspawn') : null;
}

/**
 * Undefined where there is none, where it cannot be read, and where somebody else could have written it.
 *
 * @param {string} file
 */
function read(file) {
  let descriptor;
  try {
    // A FIFO would wait for a writer.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fs.fstatSync(descriptor);
    const isOwn = stats.isFile() && stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
    return isOwn ? fs.readFileSync(descriptor) : undefined;
  } catch {
    // A cache is never worth an error: the program is compiled again.
    return undefined;
  } finally {
    if (descriptor !== undefined) close(descriptor);
  }
}

/** @param {number} descriptor */
function close(descriptor) {
  try {
    fs.closeSync(descriptor);
  } catch {
    // Some file systems tell at the end that a read has failed.
  }
}

/**
 * Whole or not at all: V8 does not check what it reads. Where it cannot be kept, the next start compiles again.
 *
 * @param {string} file
 * @param {Buffer} data
 */
function write(file, data) {
  const directory = path.dirname(file);
  const draft = `${file}.${process.pid}`;
  try {
    makeDirectory(path.dirname(directory));
    if (makeDirectory(directory)) dropOthers(directory);
    fs.writeFileSync(draft, data, { flush: true, mode: 0o600 });
    fs.renameSync(draft, file);
  } catch {
    discard(draft);
  }
}

/** @param {string} draft */
function discard(draft) {
  try {
    fs.rmSync(draft, { force: true });
  } catch {
    // It takes space, and nothing reads it.
  }
}

/**
 * Whether it had to be made. (Node.js's own `recursive` does not end on a full disk.)
 *
 * @param {string} directory
 */
function makeDirectory(directory) {
  try {
    fs.mkdirSync(directory, 0o700);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return false;
  }
}

/**
 * Removes what other versions of the program have left.
 *
 * @param {string} directory
 */
function dropOthers(directory) {
  const above = path.dirname(directory);
  for (const name of fs.readdirSync(above))
    if (name !== path.basename(directory))
      fs.rmSync(path.join(above, name), { recursive: true, force: true });
}
