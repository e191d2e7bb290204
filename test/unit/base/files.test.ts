import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  makeDirectory,
  putText,
  readText,
  removeDrafts,
  removeEmptyDirectory,
  removeFile,
} from '../../../src/base/files.js';
import { uniqueSuffix } from '../../../src/base/writer.js';
import { removeNixDrafts } from '../../../src/host/build-root.js';
import { carryOut } from '../../../src/pipeline/undo.js';

const files = fileURLToPath(new URL('../../../src/base/files.ts', import.meta.url));

describe('making a directory', () => {
  let place: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'nspawn-files-'));
  });

  afterEach(async () => {
    await rm(place, { recursive: true });
  });

  it('creates its parents too, and does not change one that exists', async () => {
    await makeDirectory(join(place, 'a/b/c'), 0o700);
    await makeDirectory(join(place, 'a/b/c'), 0o755);
    expect((await lstat(join(place, 'a/b/c'))).mode & 0o777).to.equal(0o700);
  });

  it('follows a link to a directory, and fails if the path is not a directory', async () => {
    await mkdir(join(place, 'real'));
    await symlink('real', join(place, 'link'));
    await makeDirectory(join(place, 'link/below'));
    await makeDirectory(join(place, 'link'));
    expect((await lstat(join(place, 'real/below'))).isDirectory()).to.equal(true);
    await writeFile(join(place, 'file'), '');
    await symlink('nowhere', join(place, 'dangling'));
    expect(await failureOf(join(place, 'file'))).to.equal('EEXIST');
    expect(await failureOf(join(place, 'file/below'))).to.equal('ENOTDIR');
    expect(await failureOf(join(place, 'dangling/below'))).to.equal('EEXIST');
  });

  // With the option `recursive`, mkdir of Node.js never returns here.
  it('fails on a full disk', function () {
    if (process.geteuid?.() !== 0) this.skip();
    const program = `
      import { makeDirectory } from ${JSON.stringify(files)};
      await makeDirectory('${place}/one/two/three').catch((error) => console.log(error.code));`;
    const said = execFileSync(
      'unshare',
      [
        ...['--mount', 'sh', '-ec'],
        'mount -t tmpfs -o nr_inodes=2 tmpfs "$1" && exec "$2" --import tsx --input-type=module --eval "$3"',
        ...['sh', place, process.execPath, program],
      ],
      { encoding: 'utf8', timeout: 50_000, killSignal: 'SIGKILL' },
    );
    expect(said.trim()).to.equal('ENOSPC');
  });
});

describe('processes that share a directory', () => {
  it('can create files in it and remove it when it is empty without disturbing each other', async () => {
    const place = await mkdtemp(join(tmpdir(), 'nspawn-files-'));
    const shared = join(place, 'shared/directory');
    const run = async (name: string) => {
      for (let round = 0; round < 100; round++) {
        await putText(join(shared, name), `${round}`);
        expect(await readText(join(shared, name))).to.equal(`${round}`);
        await removeFile(join(shared, name));
        await removeEmptyDirectory(shared);
        await removeEmptyDirectory(join(place, 'shared'));
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(run));
    expect(await readdir(place)).to.deep.equal([]);
    await rm(place, { recursive: true });
  });
});

async function failureOf(path: string): Promise<string | undefined> {
  try {
    await makeDirectory(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

describe('the temporary file of a process that was killed while it wrote a file', () => {
  let place: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'nspawn-drafts-'));
  });

  afterEach(async () => {
    await rm(place, { recursive: true });
  });

  it('is deleted when that file is undone, unlike those of live processes and other files', async () => {
    const draft = (suffix: string) => `.web.nspawn.${suffix}`;
    // The start of a process follows the name of its program, as the 20th field (proc(5)).
    const started = (await readFile(`/proc/${process.ppid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ')[19];
    const [live, start] = [process.ppid, Number(started)].map((number) => number.toString(36));
    // After a restart of the host, another process may have the id of the writer.
    const earlier = draft(`${live}-1-1a2b`);
    const gone = [draft(uniqueSuffix()), draft('zzzzz-1-1a2b'), earlier];
    const kept = [draft(`${live}-${start}-1a2b`), '.web.nspawn.swp', '.db.nspawn.1-1-1', 'web.nspawn'];
    for (const name of [...gone, ...kept]) await writeFile(join(place, name), '');
    await removeDrafts(join(place, 'web.nspawn'));
    expect((await readdir(place)).sort()).to.deep.equal([...kept].sort());
    // This also happens if the undo does not need to change the file.
    await writeFile(join(place, earlier), '');
    await carryOut({
      do: 'put-file',
      path: join(place, 'web.nspawn'),
      state: { kind: 'file', content: '', mode: (await lstat(join(place, 'web.nspawn'))).mode & 0o7777 },
    });
    expect((await readdir(place)).sort()).to.deep.equal([...kept].sort());
  });

  it('is also deleted if it is a link that Nix left', async () => {
    await symlink('/nix/store/x', join(place, '.0_web'));
    await symlink('/nix/store/x', join(place, '.0_web-2'));
    await removeNixDrafts(join(place, 'web'));
    expect(await readdir(place)).to.deep.equal(['.0_web-2']);
    await symlink('/nix/store/x', join(place, '.0_web'));
    await carryOut({ do: 'release-build-root', path: join(place, 'web'), autoRootsDir: join(place, 'auto') });
    expect(await readdir(place)).to.deep.equal(['.0_web-2']);
  });
});
