import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { Profile } from '../../../src/container/profile.js';
import { settingsSchema } from '../../../src/container/settings.js';
import type { ContainerFacts, Facts, HostFacts } from '../../../src/doctor/facts.js';
import { findingView } from '../../../src/doctor/finding.js';
import { judge } from '../../../src/doctor/judge.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';

const GIB = 1024 ** 3;
const name = containerName('web');
const active = { load: 'loaded', active: 'active', invocation: '' };

const place = (path: string) => ({
  path,
  unwritable: null,
  isVolatile: false,
  freeBytes: 100 * GIB,
  freeFiles: 10_000_000,
});

/** A host on which nothing is wrong, but for what is said. */
const host = (different: Partial<HostFacts> = {}): HostFacts => ({
  isRoot: true,
  isNixOS: false,
  distribution: ['debian'],
  isBooted: true,
  systemdVersion: 257,
  cgroup: { unified: true, controllers: ['cpu', 'io', 'memory', 'pids'] },
  missingCommands: [],
  units: new Map([
    ['systemd-networkd.service', active],
    ['systemd-resolved.service', active],
    ['systemd-machined.service', active],
  ]),
  nssHosts: ['mymachines', 'files'],
  hasMyMachines: true,
  forwarding: {
    IPv4: { uplink: null, enabled: null, deniedBy: null },
    IPv6: { uplink: null, enabled: null, deniedBy: null },
  },
  firewall: {
    chains: [],
    manager: null,
    masqueraded: [],
    forwarded: [],
    systemdTable: { ip: 'whole', ip6: 'whole' },
  },
  links: [],
  nix: { missing: [], storeProblem: null, features: ['flakes', 'nix-command'] },
  places: [place('/var/lib/machines'), place('/nix/store')],
  now: new Date('2026-01-01T00:00:00Z'),
  users: { namespaces: 10_000, inContainerRange: [] },
  listening: [],
  limits: new Map(),
  ...different,
});

/** A container that is whole, with users of its own. */
const web = (different: Partial<ContainerFacts> = {}): ContainerFacts => ({
  found: {
    name,
    type: 'imperative',
    places: containerPlaces(hostLayout(), name),
    generation: 1,
    settings: settingsSchema.parse({ declarative: false, userNamespacing: true }),
    problem: null,
  },
  profile: new Profile([], 1),
  closure: '/nix/store/closure',
  fallback: null,
  recordProblem: null,
  displacedFiles: [],
  closureProblem: null,
  isUnfinished: false,
  unit: active,
  maskedAt: null,
  machine: null,
  running: null,
  isRunningGone: false,
  hasForeignOwners: false,
  missingBinds: [],
  imagesInTheWay: [],
  unreadableNetworks: [],
  unreadableCredentials: [],
  resolved: null,
  ...different,
});

const nothingLeft = { files: [], records: [], states: [], settings: [], remnants: [], copies: [] };
const look = (different: Partial<HostFacts> = {}, container: Partial<ContainerFacts> = {}): Facts => ({
  host: host(different),
  containers: [web(container)],
  orphans: nothingLeft,
});
const told = (facts: Facts) => judge(facts).map((finding) => findingView(finding, facts.host.isNixOS));

describe('what doctor makes of a host that a test cannot make so', () => {
  it('is nothing where nothing is wrong', () => {
    expect(told(look())).to.deep.equal([]);
  });

  const cases: readonly {
    id: string;
    when: string;
    facts: Facts;
    what: string;
    mend: string;
  }[] = [
    {
      id: 'no-systemd',
      when: 'PID 1 is something else',
      facts: look({ isBooted: false, units: new Map() }),
      what: 'PID 1 of this host is not systemd.',
      mend: 'Boot a distribution that runs systemd',
    },
    {
      id: 'old-systemd',
      when: 'systemd is too old, with what it lacks',
      facts: look({ systemdVersion: 255 }),
      what: 'systemd is 255, and 256 is the oldest that will do. It lacks forwarding that networkd turns on',
      mend: 'Debian 13',
    },
    {
      id: 'no-cgroup2',
      when: 'the control groups are of version 1',
      facts: look({ cgroup: { unified: false, controllers: [] } }),
      what: '/sys/fs/cgroup is not the unified hierarchy (cgroup2).',
      mend: 'systemd.unified_cgroup_hierarchy=1',
    },
    {
      id: 'missing-controllers',
      when: 'a controller is taken',
      facts: look({ cgroup: { unified: true, controllers: ['cpu', 'pids'] } }),
      what: 'Control groups have no controller for io, memory.',
      mend: 'cgroup_disable=',
    },
    {
      id: 'nss-mymachines',
      when: 'the module is not installed',
      facts: look({ hasMyMachines: false }),
      what: 'The module nss-mymachines is not installed.',
      mend: 'apt-get install --yes libnss-mymachines',
    },
    {
      id: 'networkd-inactive',
      when: 'networkd is not installed',
      facts: look({
        distribution: ['fedora'],
        units: new Map([
          ...host().units,
          ['systemd-networkd.service', { load: 'not-found', active: 'inactive', invocation: '' }],
        ]),
      }),
      what: 'systemd-networkd does not run: it is not installed.',
      mend: 'dnf install --assumeyes systemd-networkd\nsystemctl enable --now systemd-networkd.service',
    },
    {
      id: 'nix-missing',
      when: 'some of its commands are missing, and tells which',
      facts: look({
        nix: { missing: ['nix-env', 'nix-store'], storeProblem: null, features: null },
      }),
      what: 'The commands nix-env and nix-store cannot be found in PATH.',
      mend: 'apt-get install --yes nix-bin',
    },
    {
      id: 'not-writable',
      when: 'a place is a link into the Nix store, as a NixOS without the module makes it',
      facts: look({
        isNixOS: true,
        places: [{ ...place('/etc/systemd/nspawn'), unwritable: { code: 'EROFS', isInStore: true } }],
      }),
      what: '/etc/systemd/nspawn cannot be written (EROFS).',
      mend: 'Import the NixOS module of nixos-nspawn',
    },
    {
      id: 'not-writable',
      when: 'all of /etc is read-only on NixOS',
      facts: look({
        isNixOS: true,
        places: [{ ...place('/etc/systemd/nspawn'), unwritable: { code: 'EROFS', isInStore: false } }],
      }),
      what: '/etc/systemd/nspawn cannot be written (EROFS).',
      mend: 'system.etc.overlay.mutable = true;',
    },
    {
      id: 'low-space',
      when: 'few bytes are left',
      facts: look({ places: [{ ...place('/nix/store'), freeBytes: 100 * 1024 * 1024 }] }),
      what: '/nix/store has room for 100 MiB only.',
      mend: 'nix-collect-garbage',
    },
    {
      id: 'low-space',
      when: 'few inodes are left',
      facts: look({ places: [{ ...place('/var/lib/machines'), freeFiles: 17 }] }),
      what: '/var/lib/machines has room for 17 files only.',
      mend: 'Make room there',
    },
    {
      id: 'user-namespaces-off',
      when: 'the kernel allows none',
      facts: look({ users: { namespaces: 0, inContainerRange: [] } }),
      what: 'The kernel allows no user namespaces.',
      mend: 'sysctl -w user.max_user_namespaces=15000',
    },
    {
      id: 'low-limit',
      when: 'the kernel allows fewer inotify instances than the containers need',
      facts: look({ limits: new Map([['fs.inotify.max_user_instances', 45]]) }),
      what: 'fs.inotify.max_user_instances is 45, and 1 container needs about 46.',
      mend: 'sysctl -w fs.inotify.max_user_instances=128',
    },
    {
      id: 'low-limit',
      when: 'a container with a user namespace has too few keys',
      facts: look({ limits: new Map([['kernel.keys.maxkeys', 20]]) }),
      what: 'kernel.keys.maxkeys is 20, and 1 container needs about 100.',
      mend: 'sysctl -w kernel.keys.maxkeys=256',
    },
    {
      id: 'credential-unreadable',
      when: 'its place is a directory',
      facts: look({}, { unreadableCredentials: [{ id: 'key', path: '/etc/key', why: 'is a directory' }] }),
      what: '/etc/key, the credential key of web, is a directory.',
      mend: 'Put a file there that root can read',
    },
    {
      id: 'image-in-the-way',
      when: 'another tree has its name',
      facts: look({}, { imagesInTheWay: ['/run/machines/web'] }),
      what: 'systemd-nspawn takes /run/machines/web for web, in place of /var/lib/machines/web.',
      mend: 'Move /run/machines/web away',
    },
    {
      id: 'foreign-owners',
      when: 'a container was started without its user namespace by hand',
      facts: look(
        {},
        { hasForeignOwners: true, machine: { name, leader: 1, service: 'systemd-nspawn', addresses: [] } },
      ),
      what: 'The files of web in /var/lib/machines/web belong to a user namespace that it no longer has.',
      mend: 'nixos-nspawn restart web',
    },
    {
      id: 'running-closure-gone',
      when: 'a garbage collection took it',
      facts: look(
        {},
        {
          running: { system: '/nix/store/gone', closure: null, generation: null, isSpecialised: false },
          isRunningGone: true,
        },
      ),
      what: '/nix/store/gone, which web runs, is no longer in the Nix store.',
      mend: 'systemctl restart systemd-nspawn@web.service',
    },
    {
      id: 'network-unreadable',
      when: 'a umask closed its directory',
      facts: look({}, { unreadableNetworks: ['/nix/var/nix/profiles/per-nspawn'] }),
      what: 'networkd cannot read /nix/var/nix/profiles/per-nspawn',
      mend: 'chmod a+rX /nix/var/nix/profiles/per-nspawn',
    },
    {
      id: 'orphaned-settings',
      when: 'a container went and its settings stayed',
      facts: {
        ...look(),
        orphans: {
          ...nothingLeft,
          settings: [
            { name: 'gone', path: '/etc/systemd/system/systemd-nspawn@gone.service.d/override.conf' },
          ],
        },
      },
      what: 'override.conf is for gone, which is not there.',
      mend: 'Delete it if nobody needs it',
    },
    {
      id: 'undeleted-tree',
      when: 'a removal could not delete all',
      facts: {
        ...look(),
        orphans: {
          ...nothingLeft,
          remnants: [{ name: 'gone', path: '/var/lib/machines/.gone.removed-a-b' }],
        },
      },
      what: '/var/lib/machines/.gone.removed-a-b was to be deleted with gone, and is there still.',
      mend: 'nixos-nspawn doctor --fix',
    },
  ];

  for (const { id, when, facts, what, mend } of cases) {
    it(`is ${id} alone where ${when}`, () => {
      const [finding, ...others] = told(facts);
      expect(others).to.deep.equal([]);
      expect(finding?.id).to.equal(id);
      expect(finding?.what).to.include(what);
      expect(finding?.mend.lines.join('\n')).to.include(mend);
    });
  }

  it('asks nobody for user namespaces where no container has users of its own', () => {
    const facts = look({ users: { namespaces: 0, inContainerRange: [{ name: 'ldap', uid: 600_000 }] } });
    expect(told({ ...facts, containers: [] })).to.deep.equal([]);
  });

  it('tells options instead of commands on NixOS, and mends nothing there behind its configuration', () => {
    const [finding] = told(look({ isNixOS: true, users: { namespaces: 0, inContainerRange: [] } }));
    expect(finding?.mend).to.deep.equal({
      kind: 'options',
      lines: ['boot.kernel.sysctl."user.max_user_namespaces" = 15000;'],
    });
    expect(finding?.fix).to.equal('none');
  });
});
