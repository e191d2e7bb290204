import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';
import { outsideOf } from '../../../src/pipeline/boundaries.js';
import { keepRunningUndo, type Undo } from '../../../src/pipeline/undo.js';

const layout = hostLayout();
const places = containerPlaces(layout, containerName('web'));
const absent = { kind: 'absent' } as const;
const shared = { container: 'web', recordsDir: '/var/lib/nixos-nspawn/containers' };

describe('a record in the undo journal of a container', () => {
  const own: Undo[] = [
    { do: 'put-file', path: '/etc/systemd/nspawn/web.nspawn', state: absent },
    {
      do: 'put-file',
      path: '/etc/systemd/network/20-ve-web.network',
      state: { kind: 'link', target: `${places.hostFiles}/20-ve-web.network` },
    },
    {
      do: 'put-file',
      path: '/var/log/journal/05e7cc23af564f5a9bfb37c3b7d2f0e0',
      state: { kind: 'link', target: '/srv/machines/web/var/log/journal/05e7cc23af564f5a9bfb37c3b7d2f0e0' },
    },
    {
      do: 'put-file',
      path: '/etc/systemd/system/machines.target.wants/systemd-nspawn@web.service',
      state: { kind: 'link', target: '/usr/lib/systemd/system/systemd-nspawn@.service' },
    },
    {
      do: 'put-file',
      path: `/var/log/journal/${'a'.repeat(32)}`,
      state: { kind: 'link', target: `/tmp/nspawn-root-QITJ2Y/var/log/journal/${'a'.repeat(32)}` },
    },
    { do: 'put-file', path: places.record, state: { kind: 'file', content: '{}', mode: 0o600 } },
    { do: 'restore-shared-file', path: '/etc/systemd/network/20-br0.netdev', state: absent, ...shared },
    { do: 'remove-directory', path: '/etc/systemd/nspawn' },
    { do: 'remove-directory', path: `${places.stateDir}/usr` },
    { do: 'remove-directory', path: `${places.stateDir}/nix` },
    { do: 'remove-directory', path: `${places.stateDir}/nix/var/nix` },
    { do: 'remove-tree', path: places.stateDir },
    { do: 'remove-tree', path: '/var/lib/machines/.web.removed-a1-b2' },
    { do: 'move', from: '/var/lib/machines/.web.removed-a1-b2', to: places.stateDir },
    {
      do: 'forget-journal-links',
      name: 'web',
      journalsDir: layout.journalsDir,
      machinesDir: layout.machinesDir,
    },
    { do: 'forget-roots', within: places.profileDir, autoRootsDir: layout.autoRootsDir },
    { do: 'start-machine', name: 'web', service: 'systemd-nspawn@web.service' },
    keepRunningUndo(places, { invocation: '0'.repeat(32), booted: null, current: null }),
    { do: 'start-dependent', name: 'app', service: 'systemd-nspawn@app.service' },
    { do: 'reload-units' },
    { do: 'start-machine', name: 'web', service: 'container@web.service' },
    { do: 'return-owners', name: 'web' },
    {
      do: 'put-file',
      path: '/etc/systemd/system.control/container@web.service',
      state: { kind: 'link', target: '/dev/null' },
    },
    { do: 'put-file', path: '/etc/nixos-containers/web.conf', state: absent },
    {
      do: 'put-file',
      path: '/etc/systemd/system/machines.target.wants/container@web.service',
      state: absent,
    },
    { do: 'move', from: places.stateDir, to: '/var/lib/nixos-containers/web' },
    { do: 'move', from: '/var/lib/containers/web', to: places.stateDir },
    { do: 'move', from: '/var/lib/containers/.web.removed-a1-b2', to: '/var/lib/containers/web' },
    { do: 'remove-tree', path: '/nix/var/nix/profiles/per-container/web' },
    { do: 'remove-tree', path: '/etc/nixos-nspawn/containers/web' },
    { do: 'remove-directory', path: '/etc/nixos-nspawn' },
  ];
  for (const undo of own)
    it(`is accepted: ${JSON.stringify(undo)}`, async () => {
      expect(await outsideOf(undo, layout, places)).to.equal(null);
    });

  const foreign: [Undo, string][] = [
    [
      {
        do: 'put-file',
        path: `/var/log/journal/${'a'.repeat(32)}`,
        state: { kind: 'link', target: `/tmp/nspawn-root-QITJ2Y/var/log/journal/${'b'.repeat(32)}` },
      },
      `/tmp/nspawn-root-QITJ2Y/var/log/journal/${'b'.repeat(32)}`,
    ],
    [{ do: 'start-dependent', name: 'app', service: 'sshd.service' }, 'sshd.service'],
    [
      { do: 'start-dependent', name: '../app', service: 'systemd-nspawn@../app.service' },
      'systemd-nspawn@../app.service',
    ],
    [{ do: 'put-file', path: '/etc/passwd', state: absent }, '/etc/passwd'],
    [
      { do: 'put-file', path: '/etc/nixos-containers/db.conf', state: absent },
      '/etc/nixos-containers/db.conf',
    ],
    [{ do: 'start-machine', name: 'web', service: 'container@db.service' }, 'container@db.service'],
    [{ do: 'return-owners', name: 'db' }, 'db'],
    [
      { do: 'move', from: '/var/lib/nixos-containers/db', to: places.stateDir },
      '/var/lib/nixos-containers/db',
    ],
    [{ do: 'remove-tree', path: '/var/lib/nixos-containers/db' }, '/var/lib/nixos-containers/db'],
    [
      { do: 'put-file', path: '/etc/systemd/nspawn/db.nspawn', state: absent },
      '/etc/systemd/nspawn/db.nspawn',
    ],
    [
      { do: 'put-file', path: places.unitFile, state: { kind: 'link', target: '/home/eve/web.nspawn' } },
      '/home/eve/web.nspawn',
    ],
    [
      { do: 'put-file', path: '/etc/systemd/network/10-eth0.network', state: absent },
      '/etc/systemd/network/10-eth0.network',
    ],
    [
      { do: 'put-file', path: '/var/log/journal/../../../etc/shadow', state: absent },
      '/var/log/journal/../../../etc/shadow',
    ],
    [{ do: 'restore-shared-file', path: '/root/x.network', state: absent, ...shared }, '/root/x.network'],
    [
      {
        do: 'restore-shared-file',
        path: '/etc/systemd/network/a.netdev',
        state: absent,
        ...shared,
        recordsDir: '/tmp',
      },
      '/tmp',
    ],
    [
      { do: 'delete-link', name: 'br0', path: '/etc/systemd/network/a.netdev', ...shared, container: 'db' },
      'db',
    ],
    [{ do: 'remove-directory', path: '/srv/media' }, '/srv/media'],
    [{ do: 'remove-directory', path: '/srv/media', closure: '/home/eve/closure' }, '/srv/media'],
    [{ do: 'remove-tree', path: '/root/precious' }, '/root/precious'],
    [{ do: 'remove-tree', path: '/var/lib/machines' }, '/var/lib/machines'],
    [{ do: 'remove-tree', path: '/var/lib/machines/web/../db' }, '/var/lib/machines/web/../db'],
    [
      { do: 'remove-tree', path: '/var/lib/machines/.db.removed-a1-b2' },
      '/var/lib/machines/.db.removed-a1-b2',
    ],
    [{ do: 'move', from: '/root/precious', to: places.stateDir }, '/root/precious'],
    [{ do: 'move', from: '/var/lib/machines/.web.removed-a1-b2', to: '/etc' }, '/etc'],
    [
      { do: 'restore-profile', profile: '/nix/var/nix/profiles/system', current: null, recorded: [] },
      '/nix/var/nix/profiles/system',
    ],
    [
      { do: 'forget-roots', within: '/nix/var/nix/profiles', autoRootsDir: layout.autoRootsDir },
      '/nix/var/nix/profiles',
    ],
    [{ do: 'release-build-root', path: '/etc/passwd', autoRootsDir: layout.autoRootsDir }, '/etc/passwd'],
    [{ do: 'stop-machine', name: 'web', service: 'sshd.service' }, 'sshd.service'],
    [{ do: 'start-machine', name: 'db', service: 'systemd-nspawn@db.service' }, 'db'],
  ];
  for (const [undo, told] of foreign)
    it(`is refused because of ${told}: ${undo.do}`, async () => {
      expect(await outsideOf(undo, layout, places)).to.equal(told);
    });
});
