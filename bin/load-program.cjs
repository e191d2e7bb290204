// Loads the program from V8's code cache. The first run of a command saves its compiled code, and later runs load that
// instead of compiling. (Node.js has its own compile cache only from 22.8 on. It stores only the functions that the
// first run of a file used. For a program in one file, these are the functions of a single command.)
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const PROGRAM = path.join(__dirname, '../dist/program.cjs');
/** The build writes this digest at the start of the program. Without it, V8 would confuse programs of equal length. */
const DIGEST = /^\/\*([0-9a-f]{64})\*\//;

/**
 * @typedef {{ [path: string]: () => unknown } & { 'cli/boot/main': () => typeof import('../cli/boot/main.js') }} Program
 * Maps the path of each module, without extension, to a function that returns the module. Its code runs on the first
 * call.
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
  // When oclif loads a file of the package, it gets this program.
  require.cache[PROGRAM] = program;
  const require_ = Module.createRequire(PROGRAM);
  script.runInThisContext()(program.exports, require_, program, PROGRAM, path.dirname(PROGRAM));
  program.loaded = true;
  if (cache !== null && script.cachedDataRejected !== false)
    process.once('exit', (code) => {
      // Cache only after a successful run.
      if (code === 0) write(cache, script.createCachedData());
    });
  return program.exports;
};

/**
 * The cache file, by program, Node.js and command; null if caching is disabled.
 *
 * @param {string} digest
 */
function cacheFile(digest) {
  const directory = cacheDirectory();
  if (directory === null || process.env.NODE_DISABLE_COMPILE_CACHE) return null;
  // A caller on another host puts two words before the verb (cli/boot/agent.ts).
  const words = process.argv.slice(2);
  const verb = words[words[0] === '__agent' ? 2 : 0] ?? '';
  const name = /^[a-z_-]{1,32}$/.test(verb) ? verb : 'other';
  return path.join(directory, digest, `${process.version}-${process.arch}-${name}`);
}

/**
 * Anyone who can write here can make the user run code. Root therefore uses a directory below /var, because with sudo
 * HOME may belong to another user.
 */
function cacheDirectory() {
  const { NIXOS_NSPAWN_CACHE_DIR, XDG_CACHE_HOME, HOME } = process.env;
  if (NIXOS_NSPAWN_CACHE_DIR) return NIXOS_NSPAWN_CACHE_DIR;
  if (process.geteuid?.() === 0) return '/var/cache/nixos-nspawn';
  if (XDG_CACHE_HOME) return path.join(XDG_CACHE_HOME, 'nixos-nspawn');
  return HOME ? path.join(HOME, '.cache/nixos-nspawn') : null;
}

/**
 * Undefined if there is no cache, if it cannot be read, or if another user could have written it.
 *
 * @param {string} file
 */
function read(file) {
  let descriptor;
  try {
    // O_NONBLOCK, because opening a FIFO would wait for a writer.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fs.fstatSync(descriptor);
    const isOwn = stats.isFile() && stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
    return isOwn ? fs.readFileSync(descriptor) : undefined;
  } catch {
    // A missing cache is not an error: the program is compiled again.
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
    // Some file systems report a failed read only on close.
  }
}

/**
 * Writes the cache atomically, because V8 does not verify what it reads. If that fails, the next start compiles again.
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
    // A leftover draft only takes up space. Nothing reads it.
  }
}

/**
 * Returns whether the directory had to be created. (Node.js's `recursive` option never returns on a full disk.)
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
 * Removes the caches of other versions of the program.
 *
 * @param {string} directory
 */
function dropOthers(directory) {
  const above = path.dirname(directory);
  for (const name of fs.readdirSync(above))
    if (name !== path.basename(directory))
      fs.rmSync(path.join(above, name), { recursive: true, force: true });
}
