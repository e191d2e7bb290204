import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { planHostFiles } from '../../../src/host/host-file-changes.js';
import { containerPlaces, hostLayout, type Layout } from '../../../src/host/layout.js';
import { whyUnwritable } from '../../../src/host/writable.js';

/** A host whose /etc/systemd/system is a link into the store, as on NixOS. In this test, root could write there. */
async function nixosRoot(): Promise<Layout> {
  const root = await mkdtemp(join(tmpdir(), 'root-'));
  const units = join(root, 'nix/store/units');
  await mkdir(units, { recursive: true });
  await mkdir(join(root, 'etc/systemd'), { recursive: true });
  await symlink(units, join(root, 'etc/systemd/system'));
  return hostLayout({ root });
}

describe('a directory of /etc that is a link into the Nix store', () => {
  it('counts as not writable', async () => {
    const layout = await nixosRoot();
    expect(await whyUnwritable(layout, layout.serviceDir)).to.deep.equal({ code: 'EROFS', isInStore: true });
    expect(await whyUnwritable(layout, layout.root)).to.equal(null);
    expect(await whyUnwritable(layout, layout.unitDir)).to.deep.equal({ code: 'ENOENT', isInStore: false });
  });

  it('contains no drop-in of a container, which is in /run instead', async () => {
    const layout = await nixosRoot();
    const places = containerPlaces(layout, containerName('web'));
    const changes = await planHostFiles(layout, places, {
      unit: 'web.nspawn',
      networks: [],
      dropIn: '[Service]\n',
    });
    const written = changes.filter(({ after }) => after.kind === 'file').map(({ path }) => path);
    expect(written).to.deep.equal([places.runtimeDropIn]);
  });
});
