import { expect } from 'chai';
import { answers } from './by-hand.js';
import { type Argv, fixture, type Host, REPOSITORY, waitFor } from './host.js';
import { describeOnHost } from './suite.js';

interface Finding {
  id: string;
  severity: string;
  container: string | null;
  what: string;
  why: string;
  mend: { kind: 'options' | 'commands' | 'advice'; lines: string[] };
  fix: 'safe' | 'asks' | 'none';
}

interface Report {
  healthy: boolean;
  findings: Finding[];
  mended: { id: string; container: string | null; error: unknown }[];
}

interface Problem {
  id: string;
  container?: string;
  /** What else is found because of it. */
  also?: readonly string[];
  /** What doctor can see only after the fix, and fixes in the same run. */
  reveals?: readonly string[];
  /** A shell script that causes the problem. */
  breaks: string;
  /** How it is fixed: by the line that the finding shows, by --fix (with --yes if it asks), or by hand as the advice says. */
  mend: 'its line' | '--fix' | '--fix --yes' | { byHand: string };
  /** A shell script that removes what caused the problem, after the fix. */
  after?: string;
  /** Whether create finds it too, and refuses before it changes anything. */
  hindersCreate?: boolean;
}

const shell = (script: string): Argv => ['bash', '-euc', script];

describeOnHost('doctor', 'doctor', (host) => {
  const examine = async (args: readonly string[] = [], env: Record<string, string> = {}) => {
    const { stdout, code } = await host().run(['nixos-nspawn', 'doctor', '--json', ...args], {
      check: false,
      env,
    });
    const report = JSON.parse(stdout) as Report;
    expect(code, stdout).to.equal(report.healthy ? 0 : 7);
    return report;
  };
  /** What is found, without the note that doctor always has on a machine with hybrid hierarchies. */
  const found = async (env: Record<string, string> = {}) =>
    (await examine([], env)).findings.filter(({ id }) => id !== 'missing-controllers');
  const names = (findings: readonly Pick<Finding, 'id' | 'container'>[]) =>
    findings.map(({ id, container }) => (container === null ? id : `${id} ${container}`));
  const isWell = () =>
    waitFor('doctor to find nothing', async () => names(await found()).length === 0, {
      timeout: 120_000,
    });
  const builtProfile = (name: string, settings: object, generation = '1') =>
    host().ask([
      'nix-build',
      '--no-out-link',
      `${REPOSITORY}/test/fixtures/profile.nix`,
      ...['--argstr', 'name', name, '--argstr', 'generation', generation],
      ...['--argstr', 'settings', JSON.stringify(settings)],
    ]);

  const twin = (port: string) => ({
    port,
    files: ['Bind=/srv/twin:/srv'],
    data: {
      bindMounts: ['/srv/twin:/srv'],
      credentials: [{ id: 'key', path: '/etc/twin.key' }],
      // Only doctor sees this. The container itself runs without user namespaces, which is faster.
      userNamespacing: true,
    },
  });

  before(async function () {
    this.timeout(300_000);
    await host().uplink();
    await host().writeFile('/etc/twin.key', 'secret');
    await host().run(['mkdir', '/srv/twin']);
    for (const [name, settings] of [
      ['web', { port: '8181:80' }],
      ['plain', {}],
      ['twin', twin('8282:80')],
    ] as const)
      await host().run(['nixos-nspawn', 'create', name, '--profile', await builtProfile(name, settings)]);
    await answers(host(), 'http://web');
  });

  /** Checks that create refuses because of this finding, before it runs Nix or changes anything. */
  const createRefuses = async (finding: string, env: Record<string, string> = {}) => {
    const create = ['nixos-nspawn', 'create', 'late', '--flake', fixture('eval-fails'), '--json'] as const;
    const { stdout, code } = await host().run(create, { check: false, env });
    expect(code, stdout).to.equal(7);
    expect(JSON.parse(stdout).error).to.include({ code: 'host-lacks', finding });
  };

  it('finds nothing wrong with a host whose containers run', async () => {
    expect(names(await found())).to.deep.equal([]);
    const { stdout } = await host().run(['nixos-nspawn', 'doctor']);
    expect(stdout).to.match(/No problems found/);
  });

  const drops = (chain: string) =>
    `nft 'add table inet guard; add chain inet guard ${chain} { type filter hook ${chain} priority 0; policy drop; }; add rule inet guard ${chain} ct state established,related accept; add rule inet guard ${chain} iifname "lo" accept; add rule inet guard ${chain} tcp dport 22 accept'`;
  const guardAway = 'nft delete table inet guard';
  const profiles = '/nix/var/nix/profiles/per-nspawn';

  // While systemd's table is missing, doctor cannot see which ports it lacks.
  const deadPorts = ['port-dead web', 'port-dead twin'];

  const problems: Problem[] = [
    {
      id: 'networkd-inactive',
      breaks: 'systemctl mask --now systemd-networkd.socket systemd-networkd.service',
      mend: '--fix --yes',
      after: 'systemctl unmask systemd-networkd.socket',
    },
    { id: 'resolved-inactive', breaks: 'systemctl disable --now systemd-resolved', mend: 'its line' },
    { id: 'nss-mymachines', breaks: "sed -i 's/mymachines//' /etc/nsswitch.conf", mend: 'its line' },
    {
      id: 'machined-masked',
      breaks: 'systemctl mask systemd-machined',
      mend: '--fix --yes',
      hindersCreate: true,
    },
    { id: 'forwarding-off', breaks: 'sysctl -qw net.ipv4.conf.all.forwarding=0', mend: 'its line' },
    { id: 'forwarding-off', breaks: 'sysctl -qw net.ipv6.conf.all.forwarding=0', mend: 'its line' },
    {
      id: 'forwarding-denied',
      breaks:
        'mkdir -p /etc/systemd/networkd.conf.d && printf "[Network]\\nIPv4Forwarding=no\\n" >/etc/systemd/networkd.conf.d/no.conf',
      mend: '--fix --yes',
    },
    {
      id: 'nat-missing',
      breaks: 'nft delete table ip io.systemd.nat',
      reveals: deadPorts,
      mend: '--fix --yes',
    },
    { id: 'nat-missing', breaks: 'nft flush ruleset', reveals: deadPorts, mend: '--fix --yes' },
    {
      id: 'nat-missing',
      breaks: 'nft flush table ip io.systemd.nat',
      reveals: deadPorts,
      mend: '--fix --yes',
    },
    {
      id: 'port-dead',
      container: 'web',
      breaks: 'nft flush map ip io.systemd.nat map_port_ipport',
      also: ['port-dead twin'],
      mend: '--fix',
    },
    {
      id: 'firewall-ports',
      breaks:
        "nft 'add table inet guard; add chain inet guard early { type filter hook prerouting priority -300; }; add rule inet guard early tcp dport 8181 drop'",
      mend: '--fix --yes',
      after: guardAway,
    },
    { id: 'firewall-input', breaks: drops('input'), mend: 'its line', after: guardAway },
    {
      id: 'firewall-forward',
      breaks: drops('forward'),
      also: ['firewall-ports'],
      mend: '--fix --yes',
      after: guardAway,
    },
    {
      id: 'nix-flakes',
      breaks: "sed -i 's/ flakes//' /etc/nix/nix.conf",
      mend: { byHand: "echo 'extra-experimental-features = nix-command flakes' >>/etc/nix/nix.conf" },
    },
    {
      id: 'not-writable',
      breaks:
        'mount --bind /var/lib/nixos-nspawn /var/lib/nixos-nspawn && mount -o remount,bind,ro /var/lib/nixos-nspawn',
      mend: { byHand: 'umount /var/lib/nixos-nspawn' },
      hindersCreate: true,
    },
    {
      id: 'not-persistent',
      breaks: 'mount -t tmpfs tmpfs /var/lib/nixos-nspawn',
      mend: { byHand: 'umount /var/lib/nixos-nspawn' },
    },
    {
      id: 'clock',
      breaks: `touch -h -d 'tomorrow' ${profiles}/plain/system-1-link`,
      mend: { byHand: `touch -h ${profiles}/plain/system-1-link` },
    },
    {
      id: 'uid-overlap',
      breaks: "echo 'ldap:x:600000:600000::/:/bin/false' >>/etc/passwd",
      mend: { byHand: "sed -i '/^ldap:/d' /etc/passwd" },
    },
    {
      id: 'files-missing',
      container: 'plain',
      breaks: 'rm /etc/systemd/nspawn/plain.nspawn',
      mend: '--fix',
    },
    {
      id: 'files-missing',
      container: 'web',
      breaks: 'echo "# by hand" >>/etc/systemd/system/systemd-nspawn@web.service.d/50-nixos-nspawn.conf',
      mend: '--fix --yes',
    },
    {
      id: 'orphaned-profile',
      container: 'ghost',
      breaks: `mkdir ${profiles}/ghost && ln -s "$(readlink ${profiles}/plain/system-1-link)" ${profiles}/ghost/system-1-link`,
      mend: 'its line',
    },
    {
      id: 'orphaned-file',
      container: 'ghost',
      breaks: `for f in nspawn/ghost.nspawn network/20-ve-ghost.network; do ln -s ${profiles}/ghost/system/nixos-nspawn/x /etc/systemd/$f; done`,
      mend: '--fix --yes',
    },
    {
      id: 'orphaned-record',
      container: 'ghost',
      breaks: 'cp /var/lib/nixos-nspawn/containers/{web,ghost}.json',
      mend: 'its line',
    },
    {
      id: 'record-unreadable',
      container: 'plain',
      breaks:
        'mv /var/lib/nixos-nspawn/containers/plain.json /srv/; mkdir /var/lib/nixos-nspawn/containers/plain.json',
      mend: {
        byHand:
          'rmdir /var/lib/nixos-nspawn/containers/plain.json; mv /srv/plain.json /var/lib/nixos-nspawn/containers/',
      },
    },
    {
      id: 'orphaned-state',
      container: 'ghost',
      breaks: 'mkdir -p /var/lib/machines/ghost/etc && touch /var/lib/machines/ghost/etc/os-release',
      mend: { byHand: 'rm -r /var/lib/machines/ghost' },
    },
    {
      id: 'ephemeral-copy',
      container: 'ghost',
      breaks: `mkdir -p '/var/lib/machines/.#machine.ghost0123456789abcdef/var/empty'
        chattr +i '/var/lib/machines/.#machine.ghost0123456789abcdef/var/empty'`,
      mend: '--fix',
    },
    {
      id: 'settings-unreadable',
      container: 'plain',
      breaks: `nix-env --profile ${profiles}/plain/system --set "$(readlink ${profiles}/twin/system-1-link)"`,
      mend: { byHand: `nix-env --profile ${profiles}/plain/system --switch-generation 1` },
    },
    {
      id: 'generation-missing',
      container: 'plain',
      breaks: `cp --no-dereference ${profiles}/plain/system-1-link /srv/kept; rm ${profiles}/plain/system-1-link`,
      mend: { byHand: `mv /srv/kept ${profiles}/plain/system-1-link` },
    },
    {
      id: 'generation-missing',
      container: 'plain',
      // An earlier case left a second generation, which belongs to another container, so the newest one is not usable.
      breaks: `rm ${profiles}/plain/system`,
      mend: 'its line',
    },
    {
      id: 'unit-masked',
      container: 'plain',
      breaks: 'systemctl mask systemd-nspawn@plain.service',
      mend: '--fix --yes',
    },
    {
      id: 'unit-masked',
      container: 'plain',
      breaks: 'systemctl mask --runtime systemd-nspawn@plain.service',
      mend: 'its line',
    },
    {
      id: 'container-failed',
      container: 'plain',
      breaks: `systemctl stop systemd-nspawn@plain
        mkdir -p /run/systemd/system/systemd-nspawn@plain.service.d
        printf '[Service]\\nExecStartPre=false\\n' >/run/systemd/system/systemd-nspawn@plain.service.d/fail.conf
        systemctl daemon-reload
        ! systemctl start systemd-nspawn@plain
        rm -r /run/systemd/system/systemd-nspawn@plain.service.d
        systemctl daemon-reload`,
      mend: 'its line',
    },
    {
      id: 'stale-machine',
      container: 'plain',
      breaks: `systemctl stop systemd-nspawn@plain
        while machinectl show plain; do :; done >/dev/null 2>&1
        systemd-run --quiet --unit=impostor sleep 600
        until [ "$(systemctl show impostor --property=MainPID --value)" != 0 ]; do :; done
        busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager \
          RegisterMachine sayssus plain 0 nspawn container "$(systemctl show impostor --property=MainPID --value)" /`,
      mend: '--fix --yes',
      after: 'systemctl start systemd-nspawn@plain',
    },
    {
      id: 'not-registered',
      container: 'plain',
      breaks:
        'busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s plain',
      mend: '--fix --yes',
    },
    {
      id: 'port-taken',
      container: 'web',
      breaks:
        'systemd-run --quiet --unit=squatter --service-type=exec busybox httpd -f -p 8181; until ss -Hltn | grep -q :8181; do :; done',
      mend: { byHand: 'systemctl stop squatter' },
    },
    {
      id: 'bind-source-missing',
      container: 'twin',
      breaks: 'rmdir /srv/twin',
      mend: '--fix --yes',
    },
    {
      id: 'credential-unreadable',
      container: 'twin',
      breaks: 'mv /etc/twin.key /etc/elsewhere',
      mend: { byHand: 'mv /etc/elsewhere /etc/twin.key' },
    },
    {
      id: 'name-not-resolved',
      container: 'web',
      // Some distributions use /etc/hosts before mymachines, others after it (nss-mymachines(8)).
      breaks:
        "sed -i 's/^hosts:.*/hosts: files mymachines/' /etc/nsswitch.conf; echo '127.0.0.9 web' >>/etc/hosts",
      mend: { byHand: "sed -i '/ web$/d' /etc/hosts" },
    },
  ];

  for (const { id, container, also = [], reveals = [], breaks, mend, after, hindersCreate } of problems) {
    const expected = container === undefined ? id : `${id} ${container}`;
    const how = typeof mend === 'string' ? mend : mend.byHand;
    it(`finds ${expected} and nothing else, and ${how} fixes it`, async () => {
      await host().run(shell(breaks));
      const findings = await found();
      expect(names(findings)).to.have.members([expected, ...also]);
      const [finding] = findings;
      if (hindersCreate) await createRefuses(id);
      if (mend === '--fix') {
        expect(finding?.fix).to.equal('safe');
        expectFixed((await examine(['--fix'])).mended, findings, reveals);
      } else if (mend === '--fix --yes') {
        expect(finding?.fix).to.equal('asks');
        expectFixed((await examine(['--fix', '--yes'])).mended, findings, reveals);
      } else {
        expect(finding?.mend.kind).to.equal(mend === 'its line' ? 'commands' : finding?.mend.kind);
        await host().run(shell(mend === 'its line' ? (finding?.mend.lines.join('\n') ?? '') : mend.byHand));
      }
      if (after !== undefined) await host().run(shell(after));
      await isWell();
    });
  }

  /** Fails unless exactly the given findings, and those that a fix reveals, were fixed, each once. */
  function expectFixed(
    mended: Report['mended'],
    findings: readonly Finding[],
    reveals: readonly string[],
  ): void {
    expect(mended.filter(({ error }) => error !== null)).to.deep.equal([]);
    expect(names(mended)).to.have.members([...names(findings), ...reveals]);
  }

  /** A PATH with every program except one. */
  const pathWithout = async (program: string) => {
    const path = `/tmp/without-${program}`;
    const all = `mkdir ${path}; ln -sf /usr/bin/* /usr/sbin/* /usr/local/bin/* ${path}/; rm ${path}/${program}`;
    await host().run(shell(all));
    return { PATH: path };
  };

  it('finds missing-command if PATH lacks a program, and names its package', async () => {
    const env = await pathWithout('networkctl');
    const findings = await found(env);
    await createRefuses('missing-command', env);
    expect(names(findings)).to.deep.equal(['missing-command']);
    expect(findings[0]?.what).to.include('networkctl');
    expect(findings[0]?.mend.lines).to.deep.equal(['apt-get install --yes systemd']);
  });

  it('finds nix-missing if PATH lacks nix, and firewall-unseen if PATH lacks nft', async () => {
    const env = await pathWithout('nix');
    const findings = await found(env);
    expect(names(findings)).to.deep.equal(['nix-missing']);
    expect(findings[0]?.what).to.equal('The command nix cannot be found in PATH.');
    await createRefuses('nix-missing', env);
    expect(findings[0]?.mend.lines).to.deep.equal(['apt-get install --yes nix-bin']);
    expect(names(await found(await pathWithout('nft')))).to.deep.equal(['firewall-unseen']);
  });

  it('makes create warn, but not refuse, if a container can be created nevertheless', async () => {
    await host().run(
      shell(`systemctl stop systemd-networkd.socket systemd-networkd.service
        mount -t tmpfs -o size=1m tmpfs /var/lib/nixos-nspawn`),
    );
    const profile = await builtProfile('late', {});
    const create = [
      'nixos-nspawn',
      'create',
      'late',
      '--profile',
      profile,
      '--wait-online',
      '1',
      '--json',
    ] as const;
    const created = await host().ask(create);
    const { state, warnings } = JSON.parse(created) as { state: string; warnings: { code: string }[] };
    expect(state).to.equal('running');
    expect(warnings.map(({ code }) => code)).to.deep.equal([
      'not-persistent',
      'low-space',
      'networkd-inactive',
      'no-address',
    ]);
    await host().run(
      shell(`nixos-nspawn remove late --delete-state
        umount /var/lib/nixos-nspawn
        systemctl start systemd-networkd.service`),
    );
    await isWell();
  });

  it('finds only not-root for other users, and exits with 0', async () => {
    const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] as const;
    const { stdout, code } = await host().run([...asNobody, 'nixos-nspawn', 'doctor', '--json'], {
      check: false,
      cwd: '/',
    });
    const { findings } = JSON.parse(stdout) as Report;
    expect(names(findings.filter(({ id }) => id !== 'missing-controllers'))).to.deep.equal(['not-root']);
    expect(code).to.equal(0);
    expect(findings.find(({ id }) => id === 'not-root')?.mend.lines).to.deep.equal([
      "Run 'sudo nixos-nspawn doctor'.",
    ]);
  });

  it('finds generation-kept-back if the strategy makes an update wait for a restart, and its line fixes it', async () => {
    const patient = await builtProfile('plain', { strategy: 'none' }, '4');
    await host().run(['nixos-nspawn', 'update', 'plain', '--profile', patient]);
    const findings = await found();
    expect(names(findings)).to.deep.equal(['generation-kept-back plain']);
    expect(findings[0]?.severity).to.equal('note');
    await host().run(shell(findings[0]?.mend.lines.join('\n') ?? ''));
    await isWell();
  });

  it('finds nix-store if Nix is configured for a daemon that does not run', async () => {
    const findings = await found({ NIX_REMOTE: 'daemon' });
    expect(names(findings)).to.deep.equal(['nix-store']);
    expect(findings[0]?.what).to.include('cannot connect');
  });

  it('finds stale-generation after an update that was not activated, and its line fixes it', async () => {
    const later = await builtProfile('plain', {}, '2');
    await host().run(['nixos-nspawn', 'update', 'plain', '--profile', later, '--strategy', 'none']);
    const findings = await found();
    expect(names(findings)).to.deep.equal(['stale-generation plain']);
    await host().run(shell(findings[0]?.mend.lines.join('\n') ?? ''));
    await isWell();
  });

  it('finds port-twice while two containers forward one port', async () => {
    const greedy = await builtProfile('twin', twin('8181:80'), '2');
    const updated = await host().run(['nixos-nspawn', 'update', 'twin', '--profile', greedy, '--json']);
    expect(JSON.parse(updated.stdout).warnings).to.deep.equal([
      {
        code: 'port-twice',
        message: "TCP port 8181 of the host is also forwarded to 'web', which is running.",
      },
    ]);
    expect(names(await found())).to.deep.equal(['port-twice web']);
    await host().run(['nixos-nspawn', 'stop', 'twin']);
    expect(names(await found())).to.have.members(['port-twice web', 'port-dead web']);
    const status = async () => JSON.parse(await host().ask(['nixos-nspawn', 'status', 'web', '--json']));
    expect((await status()).ports[0].forwarded, 'after the other one stopped').to.equal(false);
    expect((await examine(['--fix'])).mended).to.deep.include({
      ...{ id: 'port-dead', container: 'web', error: null },
      what: 'The packet filter does not forward TCP port 8181 (IPv4) to web.',
    });
    expect((await status()).ports[0].forwarded, 'after the fix').to.equal(true);
    await host().run(['nixos-nspawn', 'start', 'twin']);
    const modest = await builtProfile('twin', twin('8282:80'), '3');
    await host().run(['nixos-nspawn', 'update', 'twin', '--profile', modest]);
    // systemd-nspawn deleted the mapping again when twin gave up the port.
    expect(names(await found())).to.deep.equal(['port-dead web']);
    await examine(['--fix']);
    await isWell();
  });

  it('finds unfinished-operation after a create that was killed, and --fix undoes it', async () => {
    const flake = `path:${REPOSITORY}/test/fixtures/flake#slow-build`;
    const create = host().spawn(['nixos-nspawn', 'create', 'slow-build', '--flake', flake]);
    const journal = '/var/lib/nixos-nspawn/journal/slow-build.jsonl';
    await waitFor('the journal', () => host().has(journal));
    expect(names(await found()), 'while create runs').to.deep.equal([]);
    await create.kill('SIGKILL');
    await create.outcome;
    await waitFor('its children to end', async () => names(await found()).length > 0);
    expect(names(await found())).to.deep.equal(['unfinished-operation slow-build']);
    const { mended } = await examine(['--fix']);
    expect(mended.map(({ id }) => id)).to.deep.equal(['unfinished-operation']);
    await isWell();
    expect(await host().has('/nix/var/nix/profiles/per-nspawn/slow-build')).to.equal(false);
    expect(await host().has(journal)).to.equal(false);
  });

  it('does not apply a fix that needs confirmation without --yes', async () => {
    await host().run(['systemctl', 'mask', 'systemd-machined']);
    const { mended, findings } = await examine(['--fix']);
    await host().run(['systemctl', 'unmask', 'systemd-machined']);
    expect(mended).to.deep.equal([]);
    expect(names(findings)).to.include('machined-masked');
  });

  it('prints the same as text', async () => {
    const failing: Host = host();
    await failing.run(['systemctl', 'mask', 'systemd-machined']);
    const { stdout, code } = await failing.run(['nixos-nspawn', 'doctor'], { check: false });
    await failing.run(['systemctl', 'unmask', 'systemd-machined']);
    expect(code).to.equal(7);
    expect(stdout).to.include('error: systemd-machined is masked');
    expect(stdout).to.include('systemctl unmask systemd-machined.service');
    expect(stdout.trimEnd()).to.match(/1 problem found\.$/);
  });
});
