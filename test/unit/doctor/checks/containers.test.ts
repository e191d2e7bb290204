import { expect } from 'chai';
import { Profile } from '../../../../src/container/profile.js';
import { bindSourceMissing } from '../../../../src/doctor/checks/containers/bind-source-missing.js';
import { credentialChanged } from '../../../../src/doctor/checks/containers/credential-changed.js';
import { credentialUnreadable } from '../../../../src/doctor/checks/containers/credential-unreadable.js';
import { devices } from '../../../../src/doctor/checks/containers/devices.js';
import { ephemeralCopy } from '../../../../src/doctor/checks/containers/ephemeral-copy.js';
import { hostPorts } from '../../../../src/doctor/checks/containers/host-ports.js';
import { imageInTheWay } from '../../../../src/doctor/checks/containers/image-in-the-way.js';
import { nameNotResolved } from '../../../../src/doctor/checks/containers/name-not-resolved.js';
import { networkUnreadable } from '../../../../src/doctor/checks/containers/network-unreadable.js';
import { order } from '../../../../src/doctor/checks/containers/order.js';
import { orphanedFile } from '../../../../src/doctor/checks/containers/orphaned-file.js';
import { orphanedRecord } from '../../../../src/doctor/checks/containers/orphaned-record.js';
import { orphanedSettings } from '../../../../src/doctor/checks/containers/orphaned-settings.js';
import { orphanedState } from '../../../../src/doctor/checks/containers/orphaned-state.js';
import { portDead } from '../../../../src/doctor/checks/containers/port-dead.js';
import { recordUnreadable } from '../../../../src/doctor/checks/containers/record-unreadable.js';
import { type Running, running } from '../../../../src/doctor/checks/containers/running.js';
import { state } from '../../../../src/doctor/checks/containers/state.js';
import { undeletedTree } from '../../../../src/doctor/checks/containers/undeleted-tree.js';
import { unitMasked } from '../../../../src/doctor/checks/containers/unit-masked.js';
import type { Examined } from '../../../../src/doctor/facts/containers.js';
import { type Finding, findingView } from '../../../../src/doctor/finding.js';
import type { Firewall } from '../../../../src/doctor/firewall/model.js';
import { Container } from '../../../../src/host/container.js';
import { active, openFirewall, runningAt, web, webWith } from './healthy.js';

const nobody: ReadonlySet<string> = new Set();
const failed = { ...active, active: 'failed' };

const incomplete = (code: 'no-profile' | 'no-unit-file', different: Partial<Examined> = {}): Examined => {
  const { container, ...rest } = web({ closure: null, ...different });
  const missing = { type: 'incomplete', generation: null, settings: null, problem: { code } } as const;
  return { ...rest, container: new Container({ ...container, ...missing }) };
};

const generation = (number: number) => ({ number, path: `/nix/store/${number}`, created: new Date(0) });

const whatRuns = (different: Partial<Running> = {}, container: Partial<Examined> = {}) => ({
  containers: [
    { ...web(container), seen: { part: null, isGone: false, hasForeignOwners: false, ...different } },
  ],
});

const part = {
  system: '/nix/store/system',
  closure: '/nix/store/closure',
  generation: 1,
  isSpecialised: false,
};

const port = { hostPort: 8080, containerPort: 80 };
const reachable = webWith({ forwardPorts: [port] }, 'web', { machine: runningAt('10.0.0.2', 'fe80::1') });
const mapping = {
  family: 'ip',
  protocol: 'tcp',
  port: 8080,
  address: '10.0.0.2',
  containerPort: 80,
  tool: 'nft',
} as const;
const forwarding = (...forwarded: Firewall['forwarded'] & object): Firewall => ({
  ...openFirewall,
  forwarded,
});

const names = { nssHosts: ['mymachines', 'files'], hasMyMachines: true };

describe('the checks of containers', () => {
  const cases: readonly {
    id: string;
    when: string;
    found: Finding[];
    what: string;
    mend: string;
    fix?: 'safe' | 'asks' | 'none';
  }[] = [
    {
      id: 'unfinished-operation',
      when: 'an operation was interrupted, whatever else is wrong',
      found: state.judge({ containers: [web({ isUnfinished: true, closureProblem: 'no', closure: null })] }),
      what: 'An operation on web was interrupted.',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'safe',
    },
    {
      id: 'generation-missing',
      when: "the current generation's link is missing, and an older generation can be used",
      found: state.judge({ containers: [web({ closure: null, fallback: 3 })] }),
      what: 'web has no current generation: the link /nix/var/nix/profiles/per-nspawn/web/system-1-link is missing.',
      mend: 'nix-env --profile /nix/var/nix/profiles/per-nspawn/web/system --switch-generation 3',
      fix: 'asks',
    },
    {
      id: 'generation-missing',
      when: 'no generation can be used, and an update can build one',
      found: state.judge({ containers: [web({ closure: null })] }),
      what: 'system-1-link is missing.',
      mend: 'nixos-nspawn update web',
    },
    {
      id: 'generation-missing',
      when: "the profile's own link is missing, and no generation can be used",
      found: state.judge({
        containers: [incomplete('no-profile', { profile: new Profile([generation(1)], null) })],
      }),
      what: 'the link /nix/var/nix/profiles/per-nspawn/web/system is missing.',
      mend: 'None of its other generations can be used.',
      fix: 'none',
    },
    {
      id: 'orphaned-profile',
      when: 'a profile has neither a current generation nor a unit file',
      found: state.judge({ containers: [incomplete('no-unit-file')] }),
      what: '/nix/var/nix/profiles/per-nspawn/web has no current generation.',
      mend: 'nixos-nspawn remove web',
      fix: 'asks',
    },
    {
      id: 'settings-unreadable',
      when: 'the current generation cannot be used',
      found: state.judge({ containers: [web({ closureProblem: 'It is for twin.' })] }),
      what: 'The settings of web cannot be read. It is for twin.',
      mend: "Build it again: 'nixos-nspawn update web'.",
    },
    {
      id: 'files-missing',
      when: 'a link is missing',
      found: state.judge({
        containers: [web({ displacedFiles: [{ path: '/etc/a', isAbsent: true, isForOtherSystemd: false }] })],
      }),
      what: 'Files of web are missing or differ from its generation: /etc/a.',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'safe',
    },
    {
      id: 'files-missing',
      when: 'a file was changed, and a fix would discard the change',
      found: state.judge({
        containers: [
          web({ displacedFiles: [{ path: '/etc/a', isAbsent: false, isForOtherSystemd: false }] }),
        ],
      }),
      what: '/etc/a',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'asks',
    },
    {
      id: 'files-missing',
      when: 'a link is missing, and another is for another version of systemd',
      found: state.judge({
        containers: [
          web({
            displacedFiles: [
              { path: '/etc/a', isAbsent: false, isForOtherSystemd: true },
              { path: '/etc/b', isAbsent: true, isForOtherSystemd: false },
            ],
          }),
        ],
      }),
      what: 'Files of web are missing or differ from its generation: /etc/a, /etc/b.',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'asks',
    },
    {
      id: 'other-systemd',
      when: 'the host was upgraded since the link was made',
      found: state.judge({
        containers: [web({ displacedFiles: [{ path: '/etc/a', isAbsent: false, isForOtherSystemd: true }] })],
      }),
      what: 'The settings of web are those for another version of systemd: /etc/a.',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'safe',
    },
    {
      id: 'record-unreadable',
      when: 'the record is damaged',
      found: recordUnreadable.judge({ containers: [{ ...web(), seen: 'It is no JSON.' }] }),
      what: 'It is no JSON.',
      mend: 'Restore /var/lib/nixos-nspawn/containers/web.json from a backup.',
    },
    {
      id: 'orphaned-file',
      when: 'links of a container that does not exist are left, with its record',
      found: orphanedFile.judge({
        files: [
          { name: 'ghost', path: '/etc/systemd/nspawn/ghost.nspawn' },
          { name: 'ghost', path: '/etc/systemd/network/20-ve-ghost.network' },
        ],
        records: [{ name: 'ghost', path: '/var/lib/nixos-nspawn/containers/ghost.json' }],
        reported: nobody,
      }),
      what: '/etc/systemd/nspawn/ghost.nspawn, /etc/systemd/network/20-ve-ghost.network belong to ghost, which does not exist.',
      mend: 'rm -- /etc/systemd/nspawn/ghost.nspawn /etc/systemd/network/20-ve-ghost.network /var/lib/nixos-nspawn/containers/ghost.json\nnetworkctl reload',
      fix: 'asks',
    },
    {
      id: 'orphaned-record',
      when: 'only a record is left',
      found: orphanedRecord.judge({
        files: [],
        records: [{ name: 'ghost', path: '/var/lib/nixos-nspawn/containers/ghost.json' }],
        reported: nobody,
      }),
      what: '/var/lib/nixos-nspawn/containers/ghost.json is the record of ghost, which does not exist.',
      mend: 'rm -- /var/lib/nixos-nspawn/containers/ghost.json',
      fix: 'asks',
    },
    {
      id: 'orphaned-settings',
      when: 'settings that were made by hand are left',
      found: orphanedSettings.judge({
        settings: [
          { name: 'ghost', path: '/etc/systemd/system/systemd-nspawn@ghost.service.d/override.conf' },
        ],
        reported: nobody,
      }),
      what: 'override.conf is for ghost, which does not exist.',
      mend: 'If nobody needs it, delete it',
      fix: 'none',
    },
    {
      id: 'undeleted-tree',
      when: 'a removal could not delete everything',
      found: undeletedTree.judge({
        remnants: [{ name: 'ghost', path: '/var/lib/machines/.ghost.removed-a-b' }],
      }),
      what: '/var/lib/machines/.ghost.removed-a-b should have been deleted with ghost, but still exists.',
      mend: 'nixos-nspawn doctor --fix',
      fix: 'safe',
    },
    {
      id: 'orphaned-state',
      when: 'a removal kept the state',
      found: orphanedState.judge({
        states: [{ name: 'ghost', path: '/var/lib/machines/ghost' }],
        reported: nobody,
      }),
      what: '/var/lib/machines/ghost is the state of a container that does not exist.',
      mend: "'machinectl remove ghost'",
    },
    {
      id: 'ephemeral-copy',
      when: 'systemd-nspawn left a copy',
      found: ephemeralCopy.judge({ copies: [{ name: 'ghost', path: '/var/lib/machines/.#copy' }] }),
      what: '/var/lib/machines/.#copy is a copy of ghost that systemd-nspawn could not delete.',
      mend: 'chattr -i',
      fix: 'safe',
    },
    {
      id: 'unit-masked',
      when: 'the service is masked until the next boot',
      found: unitMasked.judge({
        containers: [{ ...web(), seen: '/run/systemd/system/systemd-nspawn@web.service' }],
      }),
      what: 'The service of web is masked (/run/systemd/system/systemd-nspawn@web.service).',
      mend: 'systemctl unmask --runtime systemd-nspawn@web.service',
      fix: 'asks',
    },
    {
      id: 'stale-machine',
      when: 'machined still lists a container whose service failed',
      found: running.judge(whatRuns({}, { unit: failed, machine: runningAt() })),
      what: 'machined lists web, but systemd-nspawn@web.service is not running.',
      mend: 'machinectl terminate web',
    },
    {
      id: 'not-registered',
      when: 'machined does not know a container whose service is active',
      found: running.judge(whatRuns({}, { unit: active, machine: { ...runningAt(), isRegistered: false } })),
      what: 'web is running, but machined does not know it.',
      mend: 'nixos-nspawn restart web',
    },
    {
      id: 'container-failed',
      when: 'the service failed',
      found: running.judge(whatRuns({}, { unit: failed })),
      what: 'systemd-nspawn@web.service has failed.',
      mend: 'systemctl reset-failed systemd-nspawn@web.service\nsystemctl start systemd-nspawn@web.service',
    },
    {
      id: 'foreign-owners',
      when: 'the container was started by hand without its user namespace',
      found: running.judge(whatRuns({ hasForeignOwners: true }, { machine: runningAt() })),
      what: 'The files of web in /var/lib/machines/web belong to a user namespace that it no longer has.',
      mend: 'nixos-nspawn restart web',
    },
    {
      id: 'running-closure-gone',
      when: 'garbage collection deleted the running closure',
      found: running.judge(whatRuns({ part, isGone: true }, { machine: runningAt() })),
      what: '/nix/store/system, which web runs, is no longer in the Nix store.',
      mend: 'systemctl restart systemd-nspawn@web.service',
    },
    {
      id: 'stale-generation',
      when: 'an older closure runs',
      found: running.judge(whatRuns({ part: { ...part, closure: '/nix/store/old' } })),
      what: 'web is not running its current generation, 1.',
      mend: 'systemctl restart systemd-nspawn@web.service',
    },
    {
      id: 'stale-generation',
      when: 'a specialisation of the current closure runs',
      found: running.judge(whatRuns({ part: { ...part, isSpecialised: true } })),
      what: 'web is not running its current generation, 1.',
      mend: 'systemctl restart systemd-nspawn@web.service',
    },
    {
      id: 'generation-kept-back',
      when: 'its strategy is none',
      found: running.judge(
        whatRuns({ part: { ...part, closure: null } }, webWith({ activation: { strategy: 'none' } })),
      ),
      what: 'web is not running its current generation, 1.',
      mend: 'systemctl restart systemd-nspawn@web.service',
    },
    {
      id: 'port-twice',
      when: 'two containers forward the same port',
      found: hostPorts.judge({
        containers: [webWith({ forwardPorts: [port] }), webWith({ forwardPorts: [port] }, 'twin')],
        listening: [],
      }),
      what: 'TCP port 8080 is forwarded to web and to twin.',
      mend: 'Set another hostPort in forwardPorts of one of them',
    },
    {
      id: 'port-taken',
      when: 'a program of the host listens on a forwarded port',
      found: hostPorts.judge({
        containers: [webWith({ forwardPorts: [port] })],
        listening: [
          { protocol: 'udp', port: 8080 },
          { protocol: 'tcp', port: 8080 },
        ],
      }),
      what: 'TCP port 8080 is forwarded to web, and a program on the host also listens on it.',
      mend: "'ss --listening --numeric --processes' shows the program.",
    },
    {
      id: 'port-dead',
      when: 'the packet filter forwards a port to an old address',
      found: portDead.judge({
        containers: [reachable],
        firewall: forwarding({ ...mapping, address: '10.0.0.9' }),
      }),
      what: 'The packet filter does not forward TCP port 8080 (IPv4) to web.',
      mend: "nft 'delete element ip io.systemd.nat map_port_ipport { tcp . 8080 : 10.0.0.9 . 80 }'\nnft 'add element ip io.systemd.nat map_port_ipport { tcp . 8080 : 10.0.0.2 . 80 }'",
      fix: 'safe',
    },
    {
      id: 'image-in-the-way',
      when: 'another tree has its name',
      found: imageInTheWay.judge({ containers: [{ ...web(), seen: ['/run/machines/web'] }] }),
      what: 'systemd-nspawn uses /run/machines/web for web instead of /var/lib/machines/web.',
      mend: 'Move /run/machines/web away',
    },
    {
      id: 'network-unreadable',
      when: 'a umask closed the directory of its .network file',
      found: networkUnreadable.judge({
        containers: [{ ...web(), seen: ['/nix/var/nix/profiles/per-nspawn'] }],
      }),
      what: 'networkd cannot read /nix/var/nix/profiles/per-nspawn, which it needs for web.',
      mend: 'chmod a+rX /nix/var/nix/profiles/per-nspawn\nnetworkctl reload',
      fix: 'safe',
    },
    {
      id: 'bind-source-missing',
      when: 'the source of a mount does not exist',
      found: bindSourceMissing.judge({
        containers: [
          { ...web(), seen: [{ path: '/srv/media', place: '/srv/media', why: 'does not exist' }] },
        ],
      }),
      what: 'web mounts /srv/media, which does not exist.',
      mend: 'mkdir --parents -- /srv/media',
      fix: 'asks',
    },
    {
      id: 'device-missing',
      when: 'the host has no device at its path',
      found: devices.judge({
        containers: [
          {
            ...web(),
            seen: { missing: [{ path: '/dev/kvm', why: 'does not exist on the host' }], unpermitted: [] },
          },
        ],
      }),
      what: 'web requires the device /dev/kvm, which does not exist on the host.',
      mend: 'optional = true in its entry of the option devices of web',
    },
    {
      id: 'device-not-allowed',
      when: 'a mounted device is not permitted',
      found: devices.judge({
        containers: [
          { ...web(), seen: { missing: [], unpermitted: [{ path: '/dev/kvm', entry: '"/dev/kvm"' }] } },
        ],
      }),
      what: 'web mounts the device /dev/kvm, but has no permission to use it.',
      mend: 'devices = [ "/dev/kvm" ];',
    },
    {
      id: 'credential-changed',
      when: 'the content of its file has changed since the start',
      found: credentialChanged.judge({
        containers: [{ ...web(), seen: [{ id: 'key', path: '/etc/key', encrypted: false, changed: true }] }],
      }),
      what: 'The content of /etc/key, the credential key of web, has changed since web was started.',
      mend: 'nixos-nspawn restart web',
      fix: 'asks',
    },
    {
      id: 'credential-unreadable',
      when: 'its file does not exist',
      found: credentialUnreadable.judge({
        containers: [{ ...web(), seen: [{ id: 'key', path: '/etc/key', obstacle: 'absent' }] }],
      }),
      what: '/etc/key, the credential key of web, does not exist.',
      mend: 'Put a file there that root can read',
    },
    {
      id: 'credential-unreadable',
      when: 'its path is a directory',
      found: credentialUnreadable.judge({
        containers: [{ ...web(), seen: [{ id: 'key', path: '/etc/key', obstacle: 'directory' }] }],
      }),
      what: '/etc/key, the credential key of web, is a directory.',
      mend: 'Put a file there that root can read',
    },
    {
      id: 'credential-unreadable',
      when: 'the kernel refuses to read it',
      found: credentialUnreadable.judge({
        containers: [{ ...web(), seen: [{ id: 'key', path: '/etc/key', obstacle: { errno: 'EIO' } }] }],
      }),
      what: '/etc/key, the credential key of web, cannot be read (EIO).',
      mend: 'Put a file there that root can read',
    },
    {
      id: 'requirement-missing',
      when: 'it requires a container that does not exist',
      found: order.judge({
        hostUnits: [],
        inventory: [],
        containers: [webWith({ requires: [{ container: 'db', unit: 'systemd-nspawn@db.service' }] })],
      }),
      what: 'web requires the container db, which does not exist.',
      mend: "Create db, or remove it from 'requires': change its configuration",
    },
    {
      id: 'requirement-missing',
      when: 'it requires a unit that the host does not have',
      found: order.judge({
        hostUnits: [
          { asked: 'db.service', id: 'db.service', load: 'not-found' },
          { asked: 'dbus.service', id: 'dbus-broker.service', load: 'loaded' },
        ],
        inventory: [],
        containers: [
          webWith({
            requires: ['db.service', 'dbus.service'].map((unit) => ({ container: null, unit })),
          }),
        ],
      }),
      what: 'web requires the unit db.service, which this host does not have.',
      mend: "Provide db.service, or remove it from 'requires': change its configuration",
    },
    {
      id: 'requirement-missing',
      when: 'it requires a unit that is masked',
      found: order.judge({
        hostUnits: [{ asked: 'db.service', id: 'db.service', load: 'masked' }],
        inventory: [],
        containers: [webWith({ requires: [{ container: null, unit: 'db.service' }] })],
      }),
      what: 'web requires the unit db.service, which is masked.',
      mend: "Provide db.service, or remove it from 'requires': change its configuration",
    },
    {
      id: 'wanted-missing',
      when: 'it wants a container that does not exist',
      found: order.judge({
        hostUnits: [],
        inventory: [],
        containers: [
          webWith({
            wants: [{ container: 'db', unit: 'systemd-nspawn@db.service' }],
            after: [{ container: 'mail', unit: 'systemd-nspawn@mail.service' }],
          }),
        ],
      }),
      what: 'web wants the container db, which does not exist.',
      mend: "Create db, or remove it from 'wants': change its configuration",
    },
    {
      id: 'order-cycle',
      when: 'it starts after a container that starts after it',
      found: order.judge({
        hostUnits: [],
        inventory: [
          webWith({ after: [{ container: 'web', unit: 'systemd-nspawn@web.service' }] }, 'db').container,
        ],
        containers: [webWith({ requires: [{ container: 'db', unit: 'systemd-nspawn@db.service' }] })],
      }),
      what: 'web starts after itself: web after db after web.',
      mend: "Remove one of these from 'after', 'wants' or 'requires'",
    },
    {
      id: 'name-not-resolved',
      when: '/etc/hosts has another address for it',
      found: nameNotResolved.judge({ ...names, containers: [{ ...reachable, seen: ['127.0.0.9'] }] }),
      what: 'The host resolves the name web to 127.0.0.9, but the container has 10.0.0.2, fe80::1.',
      mend: 'Remove web from /etc/hosts',
    },
    {
      id: 'name-not-resolved',
      when: 'no service knows it',
      found: nameNotResolved.judge({ ...names, containers: [{ ...reachable, seen: [] }] }),
      what: 'The host finds no address for the name web, but the container has 10.0.0.2, fe80::1.',
      mend: 'getent --service=SERVICE ahosts web',
    },
  ];

  for (const { id, when, found, what, mend, fix } of cases) {
    it(`find ${id} if ${when}`, () => {
      const [finding, ...others] = found;
      if (finding === undefined) throw new Error('nothing was found');
      expect(others).to.deep.equal([]);
      const view = findingView(finding, false);
      expect(view.id).to.equal(id);
      expect(view.what).to.include(what);
      expect(view.mend.lines.join('\n')).to.include(mend);
      if (fix !== undefined) expect(view.fix).to.equal(fix);
    });
  }

  const quiet: readonly { when: string; found: Finding[] }[] = [
    { when: 'nothing is wrong with a container', found: state.judge({ containers: [web()] }) },
    {
      when: 'a profile is missing, and the other files with its name are reported as orphans',
      found: state.judge({ containers: [incomplete('no-profile')] }),
    },
    { when: 'the current closure runs', found: running.judge(whatRuns({ part })) },
    { when: 'a container does not run', found: running.judge(whatRuns()) },
    {
      when: 'the files of a stopped container belong to a user namespace, because its next start returns them',
      found: running.judge(whatRuns({ hasForeignOwners: true })),
    },
    {
      when: 'the current generation cannot be used, which another check reports',
      found: running.judge(whatRuns({ part: { ...part, closure: null } }, { closureProblem: 'no' })),
    },
    {
      when: 'a record belongs to a name whose files are reported with it',
      found: orphanedRecord.judge({
        files: [{ name: 'ghost', path: '/etc/systemd/nspawn/ghost.nspawn' }],
        records: [{ name: 'ghost', path: '/var/lib/nixos-nspawn/containers/ghost.json' }],
        reported: nobody,
      }),
    },
    {
      when: 'an orphan has a name that another check reports',
      found: orphanedState.judge({
        states: [{ name: 'web', path: '/var/lib/machines/web' }],
        reported: new Set(['web']),
      }),
    },
    {
      when: 'a port is forwarded to the container',
      found: portDead.judge({ containers: [reachable], firewall: forwarding(mapping) }),
    },
    {
      when: 'another container that wants the same port has it',
      found: portDead.judge({
        containers: [
          reachable,
          webWith({ forwardPorts: [port] }, 'twin', { machine: runningAt('10.0.0.9') }),
        ],
        firewall: forwarding({ ...mapping, address: '10.0.0.9' }),
      }),
    },
    {
      when: 'the whole table is missing, which a check of the host reports',
      found: portDead.judge({
        containers: [reachable],
        firewall: { ...openFirewall, systemdTable: { ip: 'absent', ip6: 'absent' } },
      }),
    },
    {
      when: 'the host resolves the name to one of the addresses',
      found: nameNotResolved.judge({ ...names, containers: [{ ...reachable, seen: ['fe80::1%ve-web'] }] }),
    },
    {
      when: 'the host cannot resolve names of containers at all, which a check of the host reports',
      found: nameNotResolved.judge({
        nssHosts: ['files'],
        hasMyMachines: true,
        containers: [{ ...reachable, seen: [] }],
      }),
    },
  ];

  for (const { when, found } of quiet)
    it(`find nothing if ${when}`, () => {
      expect(found).to.deep.equal([]);
    });
});
