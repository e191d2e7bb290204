import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { door } from '../built-program.js';

const package_ = fileURLToPath(new URL('../../..', import.meta.url));

/** The size of a screen in characters: a line of code, ten lines of stack, and the fields of the error. */
const SCREEN = 3000;

describe('an uncaught error', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nspawn-uncaught-'));
    await symlink(join(package_, 'node_modules'), join(directory, 'node_modules'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  /** Runs Node.js without flags on a script that a user might write. */
  async function script(text: string) {
    await writeFile(join(directory, 'script.mjs'), text);
    return spawnSync(process.execPath, ['script.mjs'], { cwd: directory, encoding: 'utf8' });
  }

  it('of the library shows the line that threw it, and the names of the functions', async () => {
    const { status, stderr } = await script(
      `import { createContainer } from ${JSON.stringify(join(package_, 'dist/src/index.js'))};
       await createContainer({ name: 'x y', source: { kind: 'profile', path: '/nowhere' } });`,
    );
    expect(status).to.equal(1);
    expect(stderr).to.match(/^ +return new NspawnError\(\{$/m);
    expect(stderr).to.match(/^NspawnError: 'x y' is not a valid container name/m);
    for (const name of ['invalidName', 'containerName', 'createContainer'])
      expect(stderr).to.match(new RegExp(`^    at (async )?${name} \\(`, 'm'));
    expect(stderr).to.include("code: 'invalid-name'").and.not.include('Symbol(');
    expect(stderr.length).to.be.below(SCREEN);
  });

  /** Runs `list` with a bug in the function that lists a directory; `how` throws the error. */
  async function listWithMistake(how: string, ...flags: string[]) {
    const preload = join(directory, 'preload.cjs');
    await writeFile(
      preload,
      `const fs = require('node:fs');
       fs.readdirSync = () => { const mistake = new Error('a mistake'); ${how} return ['web.nspawn']; };`,
    );
    await mkdir(join(directory, 'etc/systemd/nspawn'), { recursive: true });
    return spawnSync(process.execPath, ['--require', preload, door, 'list', ...flags], {
      encoding: 'utf8',
      env: { ...process.env, NIXOS_NSPAWN_ROOT: directory },
    });
  }

  const PLACE = /^ {4}at (async )?\w+ \(src\/\w+\/[\w-]+\.ts:\d+:\d+\)$/m;

  it('of the command line shows a stack with function names and lines of the sources', async () => {
    const { status, stdout, stderr } = await listWithMistake('process.nextTick(() => { throw mistake; });');
    expect(status).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr)
      .to.match(/^Error: a mistake/)
      .and.match(PLACE)
      .and.not.include('program.cjs');
    expect(stderr.length).to.be.below(SCREEN);
  });

  it('of the command line is one JSON document with --json', async () => {
    const { status, stdout } = await listWithMistake('process.nextTick(() => { throw mistake; });', '--json');
    expect(status).to.equal(1);
    expect(JSON.parse(stdout).error).to.include({ code: 'unexpected', message: 'a mistake' });
  });

  it('of the command line is not a JSON document if --json is an argument of the program that `run` starts', async () => {
    const preload = join(directory, 'preload.cjs');
    await writeFile(preload, "setImmediate(() => { throw new Error('a mistake'); });");
    const fail = (...argv: string[]) =>
      spawnSync(process.execPath, ['--require', preload, door, ...argv], { encoding: 'utf8' });
    const { status, stdout, stderr } = fail('run', 'web', '--', 'ls', '--json');
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
    expect(stderr).to.match(/^Error: a mistake/);
    expect(JSON.parse(fail('run', 'web', '--json', '--', 'ls').stdout).error.message).to.equal('a mistake');
  });

  it('has the same stack as an unexpected error with --verbose', async () => {
    const { status, stderr } = await listWithMistake('throw mistake;', '--verbose');
    expect(status).to.equal(1);
    expect(stderr).to.match(PLACE).and.not.include('program.cjs');
    expect((await listWithMistake('throw mistake;')).stderr).not.to.match(PLACE);
  });

  it('of any published module is readable, because the modules are not minified', async () => {
    const files = await readdir(join(package_, 'dist'), { recursive: true });
    const modules = files.filter((file) => file.endsWith('.js'));
    expect(modules).to.include('src/index.js').and.include('src/plugins/worker.js');
    for (const file of modules) {
      const lines = (await readFile(join(package_, 'dist', file), 'utf8')).split('\n');
      const long = lines.filter((line) => line.length > SCREEN);
      expect(
        long.map((line) => line.slice(0, 100)),
        file,
      ).to.deep.equal([]);
    }
  });
});
