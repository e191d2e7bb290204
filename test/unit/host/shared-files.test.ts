import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileState } from '../../../src/base/files.js';
import { restoreSharedFile } from '../../../src/host/shared-files.js';

describe('a file on the host that several containers share', () => {
  let root: string;
  let records: string;
  let path: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nspawn-shared-'));
    [records, path] = [join(root, 'containers'), join(root, '20-br0.network')];
    await mkdir(records);
    await writeFile(path, '[Match]\n');
  });

  afterEach(() => rm(root, { recursive: true }));

  const usedBy = (name: string) =>
    writeFile(
      join(records, `${name}.json`),
      JSON.stringify({
        version: 1,
        source: { kind: 'profile', path: '/srv/x' },
        system: 'x86_64-linux',
        hostFiles: [path],
        lastOperation: { operation: 'create', at: '2026-01-01T00:00:00Z' },
      }),
    );
  const undone = async () => {
    await restoreSharedFile(path, { kind: 'absent' }, 'web', records);
    return (await fileState(path)).kind;
  };

  it('is deleted by the undo of the change that created it', async () => {
    await usedBy('web');
    expect(await undone()).to.equal('absent');
  });

  it('is kept by that undo if another container uses it since', async () => {
    await usedBy('db');
    expect(await undone()).to.equal('file');
  });
});
