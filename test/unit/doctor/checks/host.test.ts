import { expect } from 'chai';
import { Profile } from '../../../../src/container/profile.js';
import { clock } from '../../../../src/doctor/checks/host/clock.js';
import { controlGroups } from '../../../../src/doctor/checks/host/control-groups.js';
import { firewallForward } from '../../../../src/doctor/checks/host/firewall-forward.js';
import { firewallInput } from '../../../../src/doctor/checks/host/firewall-input.js';
import { firewallPorts } from '../../../../src/doctor/checks/host/firewall-ports.js';
import { firewallUnseen } from '../../../../src/doctor/checks/host/firewall-unseen.js';
import { forwarding } from '../../../../src/doctor/checks/host/forwarding.js';
import { lowLimit } from '../../../../src/doctor/checks/host/low-limit.js';
import { machinedMasked } from '../../../../src/doctor/checks/host/machined-masked.js';
import { missingCommand } from '../../../../src/doctor/checks/host/missing-command.js';
import { natMissing } from '../../../../src/doctor/checks/host/nat-missing.js';
import { networkdInactive } from '../../../../src/doctor/checks/host/networkd-inactive.js';
import { nixFlakes } from '../../../../src/doctor/checks/host/nix-flakes.js';
import { nixMissing } from '../../../../src/doctor/checks/host/nix-missing.js';
import { nixStore } from '../../../../src/doctor/checks/host/nix-store.js';
import { noSystemd } from '../../../../src/doctor/checks/host/no-systemd.js';
import { notRoot } from '../../../../src/doctor/checks/host/not-root.js';
import { nssMyMachines } from '../../../../src/doctor/checks/host/nss-mymachines.js';
import { oldSystemd } from '../../../../src/doctor/checks/host/old-systemd.js';
import { places } from '../../../../src/doctor/checks/host/places.js';
import { resolvedInactive } from '../../../../src/doctor/checks/host/resolved-inactive.js';
import { uidOverlap } from '../../../../src/doctor/checks/host/uid-overlap.js';
import { userNamespacesOff } from '../../../../src/doctor/checks/host/user-namespaces-off.js';
import type { Examined } from '../../../../src/doctor/facts/containers.js';
import type { Place } from '../../../../src/doctor/facts/places.js';
import { findingView } from '../../../../src/doctor/finding.js';
import type { Chain, Firewall } from '../../../../src/doctor/firewall/model.js';
import type { ContainerLink } from '../../../../src/systemd/container-links.js';
import type { UnitState } from '../../../../src/systemd/unit-states.js';
import { active, openFirewall, runningAt, web, webWith } from './healthy.js';

const GIB = 1024 ** 3;

const place = (path: string, different: Partial<Place> = {}): Place => ({
  path,
  unwritable: null,
  isVolatile: false,
  freeBytes: 100 * GIB,
  freeFiles: 10_000_000,
  ...different,
});

const service = (name: string, load: string, state: string): [string, UnitState] => [
  `${name}.service`,
  { load, active: state, invocation: '' },
];

const units: [string, UnitState][] = [
  ['systemd-networkd.service', active],
  ['systemd-resolved.service', active],
  ['systemd-machined.service', active],
];

const link: ContainerLink = { name: 've-web', masquerades: true, address: '192.168.7.1' };

/** All facts that a check of the host can ask for, on a host with which nothing is wrong. */
const healthy = {
  isRoot: true,
  isNixOS: false,
  isBooted: true,
  distribution: ['debian'],
  answers: true,
  version: 257,
  groups: { unified: true, controllers: ['cpu', 'io', 'memory', 'pids'] },
  missingPrograms: [] as readonly string[],
  missing: [] as readonly string[],
  units: new Map(units),
  nssHosts: ['mymachines', 'files'] as readonly string[] | null,
  hasMyMachines: true as boolean | null,
  forwarding: {
    IPv4: {
      uplink: 'eth0' as string | null,
      enabled: true as boolean | null,
      deniedBy: null as string | null,
    },
    IPv6: { uplink: null as string | null, enabled: null as boolean | null, deniedBy: null as string | null },
  },
  firewall: openFirewall,
  links: [] as readonly ContainerLink[],
  storeProblem: null as string | null,
  features: ['flakes', 'nix-command'] as readonly string[] | null,
  places: [place('/var/lib/machines'), place('/nix/store')],
  now: new Date('2026-01-01T00:00:00Z'),
  containers: [web()] as readonly Examined[],
  allowed: 10_000,
  overlapping: [] as readonly { name: string; uid: number }[],
  limits: new Map<string, number>(),
};

type Facts = typeof healthy;

const checks = [
  notRoot,
  noSystemd,
  oldSystemd,
  machinedMasked,
  controlGroups,
  missingCommand,
  networkdInactive,
  resolvedInactive,
  nssMyMachines,
  forwarding,
  natMissing,
  firewallUnseen,
  firewallInput,
  firewallForward,
  firewallPorts,
  nixMissing,
  nixStore,
  nixFlakes,
  places,
  clock,
  userNamespacesOff,
  uidOverlap,
  lowLimit,
] as const;

/** The findings of all checks of the host, as they are shown. */
const found = (different: Partial<Facts>) => {
  const facts = { ...healthy, ...different };
  return checks.flatMap((check) => check.judge(facts)).map((finding) => findingView(finding, facts.isNixOS));
};

/** A chain that drops everything. */
const dropping = (hook: Chain['hook'] & string): Chain => ({
  family: 'inet',
  table: 'guard',
  name: hook,
  tool: 'nft',
  hook,
  policy: 'drop',
  rules: [],
});

const guardedBy = (chain: Chain, manager: Firewall['manager'] = null): Firewall => ({
  ...openFirewall,
  chains: [chain],
  manager,
});

describe('the checks of a host', () => {
  it('find nothing on a host with which nothing is wrong', () => {
    expect(found({})).to.deep.equal([]);
  });

  const cases: readonly { id: string; when: string; facts: Partial<Facts>; what: string; mend: string }[] = [
    {
      id: 'not-root',
      when: 'another user asks',
      facts: { isRoot: false },
      what: 'Some checks were skipped, because they need root.',
      mend: "Run 'sudo nixos-nspawn doctor'.",
    },
    {
      id: 'no-systemd',
      when: 'PID 1 is something else',
      facts: { isBooted: false, answers: false, version: 0, units: new Map() },
      what: 'PID 1 of this host is not systemd.',
      mend: 'Boot a distribution that runs systemd',
    },
    {
      id: 'old-systemd',
      when: 'systemd is too old',
      facts: { version: 255 },
      what: 'The version of systemd is 255, but version 256 or later is required. It lacks IP forwarding for each link in networkd.',
      mend: 'Debian 13',
    },
    {
      id: 'old-systemd',
      when: 'systemd does not say its version',
      facts: { version: 0 },
      what: 'The version of systemd is unknown, but version 256 or later is required.',
      mend: 'Debian 13',
    },
    {
      id: 'machined-masked',
      when: 'machined is masked',
      facts: { units: new Map([...units, service('systemd-machined', 'masked', 'inactive')]) },
      what: 'systemd-machined is masked, so it cannot be started.',
      mend: 'systemctl unmask systemd-machined.service',
    },
    {
      id: 'no-cgroup2',
      when: 'the control groups have version 1',
      facts: { groups: { unified: false, controllers: [] } },
      what: '/sys/fs/cgroup is not the unified hierarchy (cgroup2).',
      mend: 'systemd.unified_cgroup_hierarchy=1',
    },
    {
      id: 'missing-controllers',
      when: 'the unified hierarchy lacks controllers',
      facts: { groups: { unified: true, controllers: ['cpu', 'pids'] } },
      what: 'Control groups have no controller for io, memory.',
      mend: 'cgroup_disable=',
    },
    {
      id: 'missing-command',
      when: 'a program is not in PATH',
      facts: { missingPrograms: ['machinectl'] },
      what: 'The command machinectl cannot be found in PATH.',
      mend: 'apt-get install --yes systemd-container',
    },
    {
      id: 'networkd-inactive',
      when: 'networkd is not installed',
      facts: {
        distribution: ['fedora'],
        units: new Map([...units, service('systemd-networkd', 'not-found', 'inactive')]),
      },
      what: 'systemd-networkd is not running: it is not installed.',
      mend: 'dnf install --assumeyes systemd-networkd\nsystemctl enable --now systemd-networkd.service',
    },
    {
      id: 'resolved-inactive',
      when: 'resolved is masked',
      facts: { units: new Map([...units, service('systemd-resolved', 'masked', 'inactive')]) },
      what: 'systemd-resolved is not running: it is masked.',
      mend: 'systemctl unmask systemd-resolved.service\nsystemctl enable --now systemd-resolved.service',
    },
    {
      id: 'nss-mymachines',
      when: 'the module is not installed',
      facts: { hasMyMachines: false },
      what: 'The module nss-mymachines is not installed.',
      mend: 'apt-get install --yes libnss-mymachines',
    },
    {
      id: 'nss-mymachines',
      when: 'nsswitch.conf does not list it',
      facts: { nssHosts: ['files'] },
      what: "The line 'hosts:' of /etc/nsswitch.conf does not contain mymachines.",
      mend: 'sed -i ',
    },
    {
      id: 'forwarding-off',
      when: 'there are links and the kernel does not forward',
      facts: {
        links: [{ ...link, masquerades: false }],
        forwarding: { ...healthy.forwarding, IPv4: { uplink: 'eth0', enabled: false, deniedBy: null } },
      },
      what: 'IPv4 packets that arrive at eth0 are not forwarded.',
      mend: 'sysctl -w net.ipv4.conf.all.forwarding=1',
    },
    {
      id: 'forwarding-denied',
      when: 'a drop-in of networkd.conf denies it',
      facts: {
        forwarding: {
          ...healthy.forwarding,
          IPv6: { uplink: null, enabled: null, deniedBy: '/etc/systemd/networkd.conf.d/no.conf' },
        },
      },
      what: '/etc/systemd/networkd.conf.d/no.conf tells networkd not to enable IPv6 forwarding.',
      mend: 'systemctl restart systemd-networkd.service',
    },
    {
      id: 'nat-missing',
      when: 'a link that networkd masquerades is in no set',
      facts: { links: [link] },
      what: 'The nftables table io.systemd.nat lacks the masquerading that networkd configured for ve-web.',
      mend: 'systemctl restart systemd-networkd.service',
    },
    {
      id: 'nat-missing',
      when: 'a table that should forward ports has lost its rules',
      facts: {
        firewall: { ...openFirewall, systemdTable: { ip: 'emptied', ip6: 'whole' } },
        containers: [
          webWith({ forwardPorts: [{ hostPort: 80 }] }, 'web', { machine: runningAt('10.0.0.2') }),
        ],
        forwarding: { ...healthy.forwarding, IPv4: { uplink: null, enabled: null, deniedBy: null } },
      },
      what: 'The nftables table io.systemd.nat forwards no port.',
      mend: "nft 'delete table ip io.systemd.nat'\nsystemctl restart systemd-networkd.service",
    },
    {
      id: 'firewall-unseen',
      when: 'root has no nft',
      facts: { firewall: { ...openFirewall, chains: null, masqueraded: null, forwarded: null } },
      what: 'The packet filter cannot be read, because nft is missing.',
      mend: 'Install nftables.',
    },
    {
      id: 'firewall-input',
      when: 'a chain drops what containers send to the host',
      facts: { firewall: guardedBy(dropping('input')) },
      what: 'The firewall drops packets from containers for DHCP, DNS, LLMNR (chain input of table inet guard).',
      mend: `nft 'insert rule inet guard input iifname "ve-*" udp dport { 67, 53, 5355 } accept'`,
    },
    {
      id: 'firewall-input',
      when: 'ufw manages the firewall, by its own commands',
      facts: { firewall: guardedBy(dropping('input'), 'ufw') },
      what: 'DHCP',
      mend: 'ufw allow in on ve-+ to any port 67 proto udp',
    },
    {
      id: 'firewall-forward',
      when: 'a chain drops what containers send to other hosts',
      facts: { firewall: guardedBy(dropping('forward')) },
      what: 'The firewall drops packets that containers send through eth0 (chain forward of table inet guard).',
      mend: `nft 'insert rule inet guard forward iifname "ve-*" accept'`,
    },
    {
      id: 'firewall-forward',
      when: 'a chain drops the replies only',
      facts: {
        firewall: guardedBy({
          ...dropping('forward'),
          rules: [{ tests: [{ on: 'in', interfaces: ['ve-*'], not: false }], verdict: { do: 'accept' } }],
        }),
      },
      what: 'The firewall drops replies to containers that arrive at eth0',
      mend: "nft 'insert rule inet guard forward ct state established,related accept'",
    },
    {
      id: 'firewall-ports',
      when: 'a chain drops a forwarded port as it arrives',
      facts: {
        firewall: guardedBy(dropping('prerouting')),
        containers: [webWith({ forwardPorts: [{ hostPort: 8080, containerPort: 80 }] })],
      },
      what: 'The firewall drops connections to forwarded ports: tcp 8080 of web (chain prerouting of table inet guard).',
      mend: "nft 'insert rule inet guard prerouting tcp dport { 8080 } accept'",
    },
    {
      id: 'nix-missing',
      when: 'some commands of Nix are missing',
      facts: { missing: ['nix-env', 'nix-store'], features: null },
      what: 'The commands nix-env and nix-store cannot be found in PATH.',
      mend: 'apt-get install --yes nix-bin',
    },
    {
      id: 'nix-store',
      when: 'the daemon does not answer',
      facts: { storeProblem: 'cannot connect to socket', features: null },
      what: 'Nix cannot open its store: cannot connect to socket.',
      mend: 'systemctl enable --now nix-daemon.socket',
    },
    {
      id: 'nix-flakes',
      when: 'flakes are not enabled',
      facts: { features: ['nix-command'] },
      what: "The features 'nix-command' and 'flakes' are not enabled.",
      mend: 'extra-experimental-features = nix-command flakes',
    },
    {
      id: 'not-writable',
      when: 'a directory is closed even to root',
      facts: { places: [place('/var/lib/machines', { unwritable: { code: 'EACCES', isInStore: false } })] },
      what: '/var/lib/machines is not writable (EACCES).',
      mend: 'chmod u+w /var/lib/machines',
    },
    {
      id: 'not-writable',
      when: 'a directory is a link into the Nix store, as on a NixOS without the module',
      facts: {
        isNixOS: true,
        places: [place('/etc/systemd/nspawn', { unwritable: { code: 'EROFS', isInStore: true } })],
      },
      what: '/etc/systemd/nspawn is not writable (EROFS).',
      mend: 'Import the NixOS module of nixos-nspawn',
    },
    {
      id: 'not-writable',
      when: 'all of /etc is read-only on NixOS',
      facts: {
        isNixOS: true,
        places: [place('/etc/systemd/nspawn', { unwritable: { code: 'EROFS', isInStore: false } })],
      },
      what: '/etc/systemd/nspawn is not writable (EROFS).',
      mend: 'system.etc.overlay.mutable = true;',
    },
    {
      id: 'not-persistent',
      when: 'a directory is on a tmpfs',
      facts: { places: [place('/var/lib/machines', { isVolatile: true })] },
      what: '/var/lib/machines is on a file system in memory.',
      mend: 'Put /var/lib/machines on a disk.',
    },
    {
      id: 'low-space',
      when: 'few bytes are left',
      facts: { places: [place('/nix/store', { freeBytes: 100 * 1024 * 1024 })] },
      what: '/nix/store has space for only 100 MiB.',
      mend: 'nix-collect-garbage',
    },
    {
      id: 'low-space',
      when: 'few inodes are left',
      facts: { places: [place('/var/lib/machines', { freeFiles: 17 })] },
      what: '/var/lib/machines has space for only 17 files.',
      mend: 'Free some space there',
    },
    {
      id: 'clock',
      when: 'it is behind the installed software',
      facts: { now: new Date('1970-01-01T00:00:00Z') },
      what: 'The clock shows 1970-01-01T00:00:00.000Z, which is before the installed software was released.',
      mend: 'timedatectl set-ntp true',
    },
    {
      id: 'clock',
      when: 'it is behind a generation',
      facts: {
        containers: [
          web({
            profile: new Profile(
              [{ number: 1, path: '/nix/store/closure', created: new Date('2026-01-01T00:11:00Z') }],
              1,
            ),
          }),
        ],
      },
      what: 'which is before generation 1 of web was created.',
      mend: 'timedatectl set-ntp true',
    },
    {
      id: 'user-namespaces-off',
      when: 'the kernel allows none',
      facts: { allowed: 0 },
      what: 'The kernel allows no user namespaces.',
      mend: 'sysctl -w user.max_user_namespaces=15000',
    },
    {
      id: 'uid-overlap',
      when: 'a user of the host has an id from the range',
      facts: { overlapping: [{ name: 'ldap', uid: 600_000 }] },
      what: 'Users of the host have ids that containers may get: ldap (600000).',
      mend: 'Give these users ids below 524288 or above 1879048191.',
    },
    {
      id: 'shared-user-ids',
      when: 'two containers have the same fixed ids',
      facts: {
        containers: [
          webWith({ privateUsers: 1_048_576 }, 'db'),
          webWith({ privateUsers: 2_097_152 }, 'mail'),
          webWith({ privateUsers: 1_048_576 }, 'web'),
        ],
      },
      what: 'The containers db, web have the same user ids, from 1048576.',
      mend: 'Set privateUsers to another multiple of 65536 in all but one of them.',
    },
    {
      id: 'low-limit',
      when: 'the kernel allows fewer inotify instances than the containers need',
      facts: { limits: new Map([['fs.inotify.max_user_instances', 45]]) },
      what: 'fs.inotify.max_user_instances is 45, but 1 container needs about 46.',
      mend: 'sysctl -w fs.inotify.max_user_instances=128',
    },
    {
      id: 'low-limit',
      when: 'a container with a user namespace has too few keys',
      facts: { limits: new Map([['kernel.keys.maxkeys', 20]]) },
      what: 'kernel.keys.maxkeys is 20, but 1 container needs about 100.',
      mend: 'sysctl -w kernel.keys.maxkeys=256',
    },
  ];

  for (const { id, when, facts, what, mend } of cases) {
    it(`find ${id} and nothing else if ${when}`, () => {
      const [finding, ...others] = found(facts);
      expect(others).to.deep.equal([]);
      expect(finding?.id).to.equal(id);
      expect(finding?.what).to.include(what);
      expect(finding?.mend.lines.join('\n')).to.include(mend);
    });
  }

  it('do not require user namespaces if no container uses one', () => {
    const facts = { allowed: 0, overlapping: [{ name: 'ldap', uid: 600_000 }], containers: [] };
    expect(found(facts)).to.deep.equal([]);
  });

  it('report only not-root for what only root can see or do', () => {
    const facts = {
      isRoot: false,
      firewall: { ...openFirewall, chains: null, masqueraded: null, forwarded: null },
      storeProblem: 'permission denied',
      places: [place('/var/lib/machines', { unwritable: { code: 'EACCES', isInStore: false } })],
    };
    expect(found(facts).map(({ id }) => id)).to.deep.equal(['not-root']);
  });

  it('suggest options instead of commands on NixOS, and do not fix what its configuration sets', () => {
    const [finding] = found({ isNixOS: true, allowed: 0 });
    expect(finding?.mend).to.deep.equal({
      kind: 'options',
      lines: ['boot.kernel.sysctl."user.max_user_namespaces" = 15000;'],
    });
    expect(finding?.fix).to.equal('none');
  });
});
