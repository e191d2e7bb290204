import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { door } from '../built-program.js';

const package_ = fileURLToPath(new URL('../../..', import.meta.url));

describe('the cache of compiled code', () => {
  let caches: string;

  beforeEach(async () => {
    caches = join(await mkdtemp(join(tmpdir(), 'nspawn-code-')), 'cache');
  });

  afterEach(async () => {
    await rm(join(caches, '..'), { recursive: true });
  });

  function nspawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, NIXOS_NSPAWN_CACHE_DIR: caches, ...env },
    });
    return { status, stdout, stderr };
  }

  /** The paths of all files in the cache. */
  const kept = async () =>
    (await readdir(caches, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));

  async function keptOfVersion(): Promise<string> {
    const version = nspawn(['--version']);
    expect(version).to.include({ status: 0, stderr: '' });
    const [file = '', ...others] = await kept();
    expect(others).to.deep.equal([]);
    return file;
  }

  it('stores what a command compiled, readable only by the user, and uses it the next time', async () => {
    const file = await keptOfVersion();
    const { mode, mtimeMs, size } = await stat(file);
    expect(mode & 0o777).to.equal(0o600);
    expect(size).to.be.greaterThan(100_000);
    expect(nspawn(['--version']).stdout).to.match(/^nixos-nspawn\//);
    // If the file were rejected, it would be written again.
    expect((await stat(file)).mtimeMs).to.equal(mtimeMs);
  });

  it('has one file for each command, and none for a command line that fails', async () => {
    expect(nspawn(['craete']).status).to.equal(64);
    expect(nspawn(['list', '--bad-flag']).status).to.equal(64);
    expect(nspawn(['--version']).status).to.equal(0);
    expect(nspawn(['completions', 'bash']).status).to.equal(0);
    const names = (await kept()).map((file) => file.replace(/^.*-/, '')).sort();
    expect(names).to.deep.equal(['completions', 'version']);
  });

  it('belongs to one version of the program, whose digest is the name of its directory', async () => {
    const [, digest = '', rest = ''] =
      /^\/\*([0-9a-f]{64})\*\/\n(.*)$/s.exec(await readFile(join(package_, 'dist/program.cjs'), 'latin1')) ??
      [];
    expect(createHash('sha256').update(rest, 'latin1').digest('hex')).to.equal(digest);
    expect(await keptOfVersion()).to.include(join(caches, digest));
  });

  it('deletes the files of other versions of the program', async () => {
    const old = join(caches, '0'.repeat(64));
    await mkdir(old, { recursive: true });
    await writeFile(join(old, 'v20.0.0-x64-list'), 'old');
    await keptOfVersion();
    expect(await readdir(caches))
      .to.have.length(1)
      .and.not.to.include('0'.repeat(64));
  });

  it('replaces a file that other users can write to, without reading it', async () => {
    const file = await keptOfVersion();
    await chmod(file, 0o622);
    expect(nspawn(['--version'])).to.include({ status: 0, stderr: '' });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it('replaces a damaged file', async () => {
    const file = await keptOfVersion();
    const whole = await readFile(file);
    for (const content of [Buffer.alloc(0), Buffer.from('nonsense'), whole.subarray(0, 5000)]) {
      await writeFile(file, content);
      expect(nspawn(['--version'])).to.include({ status: 0, stderr: '' });
      expect((await stat(file)).size).to.be.greaterThan(100_000);
    }
  });

  it('is not used if something other than a file has the path of an entry', async () => {
    const file = await keptOfVersion();
    for (const make of [() => mkdir(file), async () => spawnSync('mkfifo', [file])]) {
      await rm(file, { recursive: true });
      await make();
      expect(nspawn(['--version'])).to.include({ status: 0, stderr: '' });
    }
  });

  it('is not used if it cannot be written or is disabled', async () => {
    await writeFile(caches, 'a file where the directory would be');
    expect(nspawn(['--version'])).to.include({ status: 0, stderr: '' });
    await rm(caches);
    expect(nspawn(['--version'], { NODE_DISABLE_COMPILE_CACHE: '1' })).to.include({ status: 0, stderr: '' });
    expect(await readdir(join(caches, '..'))).to.deep.equal([]);
  });
});
