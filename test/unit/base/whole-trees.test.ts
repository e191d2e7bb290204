import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyWholeTree, findDifference } from '../../../src/base/whole-trees.js';

const never = { signal: new AbortController().signal };

describe('a copy of a whole tree', () => {
  let place: string;
  let one: string;
  let other: string;

  beforeEach(async () => {
    place = mkdtempSync(join(tmpdir(), 'nspawn-trees-'));
    one = join(place, 'one');
    other = join(place, 'other');
    mkdirSync(join(one, 'deep/closed'), { recursive: true });
    writeFileSync(join(one, 'deep/file'), 'text');
    writeFileSync(Buffer.from(`${one}/not-utf8-\xff`, 'latin1'), '');
    linkSync(join(one, 'deep/file'), join(one, 'again'));
    writeFileSync(join(one, 'twin'), 'text');
    symlinkSync('deep/nowhere', join(one, 'link'));
    writeFileSync(join(one, 'holes'), '');
    truncateSync(join(one, 'holes'), 1 << 28);
    utimesSync(join(one, 'twin'), 1000, 2000);
    chmodSync(join(one, 'deep/closed'), 0o700);
    await copyWholeTree(one, other, never);
  });

  afterEach(() => rmSync(place, { recursive: true }));

  it('has no difference, and keeps holes, times and hard links', async () => {
    expect(await findDifference(one, other, never)).to.equal(null);
    expect(lstatSync(join(other, 'holes')).blocks).to.be.lessThan(100);
    expect(lstatSync(join(other, 'twin')).mtimeMs).to.equal(2_000_000);
    expect(lstatSync(join(other, 'again')).ino).to.equal(lstatSync(join(other, 'deep/file')).ino);
  });

  const changes: Readonly<Record<string, [string, string, () => void]>> = {
    'another content': ['again', 'content', () => rewritten('again', 'tset')],
    'another size': ['again', 'size', () => rewritten('again', 'longer')],
    'another mode': ['deep/closed', 'type or mode', () => chmodSync(join(other, 'deep/closed'), 0o701)],
    'another type': [
      'link',
      'type or mode',
      () => {
        unlinkSync(join(other, 'link'));
        writeFileSync(join(other, 'link'), '');
      },
    ],
    'another target': [
      'link',
      'target',
      () => {
        unlinkSync(join(other, 'link'));
        symlinkSync('elsewhere', join(other, 'link'));
      },
    ],
    'one more entry': ['deep', 'number of entries', () => writeFileSync(join(other, 'deep/new'), '')],
    'another time': ['twin', 'time', () => utimesSync(join(other, 'twin'), 1000, 3000)],
    'a hard link that is a copy': [
      'deep/file',
      'hard links',
      () => {
        const { mtime } = lstatSync(join(other, 'again'));
        unlinkSync(join(other, 'deep/file'));
        writeFileSync(join(other, 'deep/file'), 'text');
        utimesSync(join(other, 'deep/file'), mtime, mtime);
      },
    ],
  };

  /** Changes a file without another time. */
  function rewritten(file: string, text: string): void {
    const path = join(other, file);
    const { atime, mtime } = lstatSync(path);
    writeFileSync(path, text);
    utimesSync(path, atime, mtime);
  }

  for (const [title, [path, what, change]] of Object.entries(changes))
    it(`differs with ${title}`, async () => {
      change();
      expect(await findDifference(one, other, never)).to.deep.equal({ path: join(one, path), what });
    });

  it('ends when it is interrupted', async () => {
    const error = await findDifference(one, other, { signal: AbortSignal.abort('SIGINT') }).catch((e) => e);
    expect(error).to.include({ code: 'interrupted' });
  });
});
