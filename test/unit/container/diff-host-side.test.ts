import { expect } from 'chai';
import { type HostSide, hostSideChanges } from '../../../src/container/diff-host-side.js';
import { settingsSchema } from '../../../src/container/settings.js';
import { parseUnitFile } from '../../../src/container/unit-file.js';

interface Texts {
  settings?: object;
  unit?: string;
  dropIn?: string;
  networks?: Record<string, string>;
}

const side = ({ settings = {}, unit = '', dropIn = '', networks = {} }: Texts): HostSide => ({
  settings: settingsSchema.parse(settings),
  unit: parseUnitFile(unit),
  dropIn: parseUnitFile(dropIn),
  networks: new Map(Object.entries(networks).map(([name, text]) => [name, parseUnitFile(text)])),
});

const texts = (before: Texts, after: Texts) =>
  hostSideChanges(side(before), side(after)).map(({ text }) => text);

describe('what changes on the host between two generations', () => {
  const CASES: { title: string; before?: Texts; after?: Texts; says: string[] }[] = [
    { title: 'is nothing if they are equal', says: [] },
    {
      title: 'includes each mount separately',
      before: { unit: '[Files]\nBind=/srv/a\nBind=/srv/b' },
      after: { unit: '[Files]\nBind=/srv/b\nBind=/srv/c' },
      says: ['/srv/a removed.', '/srv/c added.'],
    },
    {
      title: 'excludes store paths of commands',
      before: { dropIn: `[Service]\nExecStop=/nix/store/${'0'.repeat(32)}-systemd/bin/machinectl stop` },
      after: { dropIn: `[Service]\nExecStop=/nix/store/${'1'.repeat(32)}-systemd/bin/machinectl stop` },
      says: [],
    },
    {
      title: 'includes limits that were set, changed and removed',
      before: { dropIn: '[Service]\nMemoryMax=1G\nTasksMax=100' },
      after: { dropIn: '[Service]\nMemoryMax=2G\nCPUQuota=50%' },
      says: ['changed from 1G to 2G.', 'no longer set (was 100).', 'set to 50%.'],
    },
    {
      title: 'includes the defaults of the host, option by option',
      before: {
        settings: { hostDefaults: { resources: { memoryMax: '1G', tasksMax: 5 }, bindMounts: ['/a'] } },
      },
      after: {
        settings: { hostDefaults: { resources: { memoryMax: '2G' }, zone: 'dmz', bindMounts: ['/b'] } },
      },
      says: [
        'Default of the host for bindMounts changed from ["/a"] to ["/b"].',
        'Default of the host for resources.memoryMax changed from 1G to 2G.',
        'Default of the host for resources.tasksMax no longer set (was 5).',
        'Default of the host for zone set to dmz.',
      ],
    },
    {
      title: 'includes the reaction to changed credentials',
      before: { settings: {} },
      after: { settings: { activation: { onCredentialChange: 'restart' } } },
      says: ['Reaction to changed credentials changed from none to restart.'],
    },
    {
      title: 'includes devices, and those that are optional with their settings',
      before: {
        unit: '[Files]\nBind=/dev/kvm',
        dropIn: '[Service]\nDeviceAllow=/dev/kvm rw\nDeviceAllow=char-drm rw',
        settings: { devices: [{ path: '/dev/kvm' }, { path: '/dev/dri/*', class: 'char-drm' }] },
      },
      after: {
        dropIn:
          '[Service]\nDeviceAllow=/dev/kvm rw\nExecStart=\nEnvironmentFile=-/run/nixos-nspawn-%i/devices\nRuntimeDirectory=nixos-nspawn-%i',
        settings: { devices: [{ path: '/dev/kvm', optional: true }] },
      },
      says: [
        'Device /dev/dri/* no longer set (was required).',
        'Device /dev/kvm set to optional.',
        'Bind mount /dev/kvm removed.',
        'Permission for devices char-drm rw removed.',
      ],
    },
    {
      title: 'includes the order in words, and each unit once',
      before: {
        dropIn: '[Unit]\nAfter=systemd-nspawn@db.service a.mount\nRequires=systemd-nspawn@db.service',
      },
      after: {
        dropIn:
          '[Unit]\nAfter=systemd-nspawn@db.service\nAfter=b.service\nAfter=b.service\nRequires=b.service\nWants=systemd-nspawn@db.service',
      },
      says: [
        'No longer starts after the unit a.mount.',
        'Now requires the unit b.service.',
        'No longer requires the container db.',
        'Now wants the container db.',
      ],
    },
    {
      title: 'excludes another form of the same order',
      before: { dropIn: '[Unit]\nAfter=a.service b.service' },
      after: { dropIn: '[Unit]\nAfter=b.service\nAfter=a.service' },
      says: [],
    },
    {
      title: 'includes network units',
      before: { networks: { '20-ve-web.network': '[Network]\nDHCP=yes' } },
      after: { networks: { '20-ve-web.network': '[Network]\nDHCP=no', '20-vz-dmz.network': '[Network]' } },
      says: [
        'Network unit 20-ve-web.network: DHCP= of [Network] changed from yes to no.',
        'Network unit 20-vz-dmz.network added.',
      ],
    },
    {
      title: 'includes settings that systemd does not read',
      before: { settings: { activation: { autoStart: true, strategy: 'dynamic' } } },
      after: {
        settings: {
          activation: { autoStart: false, strategy: 'restart' },
          credentials: [{ id: 'token', path: '/etc/token' }],
          plugins: { health: { port: 80 } },
        },
      },
      says: [
        'No longer starts when the host boots.',
        'Activation strategy changed from dynamic to restart.',
        'Credential token set to /etc/token.',
        'Settings of the plugin health set to {"port":80}.',
      ],
    },
  ];

  for (const { title, before = {}, after = {}, says } of CASES)
    it(title, () => {
      const said = texts(before, after);
      expect(said).to.have.lengthOf(says.length);
      for (const text of says)
        expect(
          said.filter((line) => line.endsWith(text)),
          text,
        ).to.have.lengthOf(1);
    });

  it('includes the setting with its values for programs', () => {
    const [change] = hostSideChanges(
      side({ dropIn: '[Service]\nMemoryMax=1G' }),
      side({ dropIn: '[Service]\nMemoryMax=2G' }),
    );
    expect(change).to.deep.include({ setting: 'Service.MemoryMax', before: ['1G'], after: ['2G'] });
  });
});
