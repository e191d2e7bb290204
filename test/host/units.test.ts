import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Host, REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';

/** The files that test/nix/fixtures/units.nix creates from a container's settings. */
interface UnitFiles {
  'box.nspawn': string;
  'box.nspawn.systemd-261': string;
  'service-overrides.conf': string;
  'prepare.sh': string;
  'data.json': {
    sharedNix: boolean;
    binds: { hostPath: string; containerPath: string; readOnly: boolean }[];
  };
}

/** The NixOS system of units.nix. Here it is a shell script with a static busybox, which reports what it finds. */
const toplevel = '/nix/store/00000000000000000000000000000000-nixos-system-box';
const busybox = `${toplevel}/busybox`;
const root = '/var/lib/machines/box';

/** Parts of paths that one of the involved parsers could misinterpret. */
const hostileParts = [
  "it's",
  'say "x"',
  `both ' and "`,
  '$' + '{x} $HOME $$',
  '100% %i %%',
  'a:b::c',
  'back\\slash \\n \\:',
  'trailing\\',
  'größe/日本',
  'two  spaces',
  'semi;#hash',
  ' leading',
  '-dash',
  '\\x2d \\040',
  'comma,idmap',
];

const hostile: Record<string, object> = {
  ...Object.fromEntries(
    hostileParts.map((part, index) => [
      `hostile-path-${index}`,
      {
        bindMounts: [
          { hostPath: `/srv/hostile/${part}`, containerPath: `/seen/${part}`, create: true },
          {
            hostPath: `/srv/hostile-too/${part}`,
            containerPath: `/read/${part}`,
            readOnly: true,
            create: true,
          },
        ],
      },
    ]),
  ),
  ...Object.fromEntries(
    hostileParts
      // The type of `credentials.*.path` refuses a path that ends in a backslash.
      .filter((part) => !part.endsWith('\\'))
      .map((part, index) => [
        `hostile-credential-${index}`,
        {
          credentials: [
            { id: 'plain', path: `/srv/credentials/${part}` },
            { id: 'sealed', path: `/srv/sealed/${part}`, encrypted: true },
          ],
        },
      ]),
  ),
  ...Object.fromEntries(
    hostileParts
      // systemd accepts none of these in the path of a program, and the option's type refuses them.
      .filter((part) => !/["'\\]/.test(part))
      .map((part, index) => [
        `hostile-script-${index}`,
        { activation: { reloadScript: `/srv/scripts/${part}` } },
      ]),
  ),
};

/** Messages that a link's name is truncated to 15 characters. The full name is an alternative name of the link. */
const aboutNames = /interface naming scheme|to fit length constraints/;

const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Creates the sources of the mounts of a case, each with its own marker. */
const setup = ({ 'data.json': { binds } }: UnitFiles) =>
  binds
    .map(({ hostPath }, index) => {
      if (hostPath === '' || hostPath === '/etc/resolv.conf') return '';
      const path = hostPath.startsWith('+') ? `${root}${hostPath.slice(1)}` : hostPath;
      return `mkdir -p -- ${shell(path)}\necho ${index} >${shell(`${path}/marker`)}\n`;
    })
    .join('');

/** Prints for each mount, inside of the container, its marker and whether it is writable. */
const look = ({ 'data.json': { binds } }: UnitFiles) =>
  binds
    .map(({ containerPath }) => {
      const path = shell(containerPath);
      return `echo "$($B cat ${shell(`${containerPath}/marker`)} 2>/dev/null) $($B touch -c ${path} 2>/dev/null && echo rw || echo ro)"\n`;
    })
    .join('');

/** Makes the devices, links and units of the host that cases name. */
const NEEDED = `
ip link add br0 type bridge
ip link add eth1 type veth peer name eth2
mkdir -p /dev/dri /dev/serial/by-path
[ -e /dev/kvm ] || mknod /dev/kvm c 10 232
mknod /dev/serial/by-path/pci-0000:00:14.0 c 4 64
printf '[Service]\\nExecStart=/bin/true\\n' >/run/systemd/system/postgresql.service
`;

const runAll = `#!/bin/sh
# Runs each case in /srv/cases/names with a real systemd-nspawn.
cp /bin/busybox ${busybox}
# As on a host with a Nix daemon.
mkdir -p /nix/var/nix/daemon-socket
while read -r name; do
  rm -rf ${root}
  sh /srv/cases/"$name".prepare
  sh /srv/cases/"$name".setup
  cp /srv/cases/"$name".look ${toplevel}/look
  systemd-nspawn --quiet --keep-unit --register=no --settings=override --link-journal=try-guest --network-veth --console=pipe \\
    --machine="$name" --directory=${root} \\
    >/srv/cases/"$name".stdout 2>/srv/cases/"$name".stderr </dev/null
  echo $? >/srv/cases/"$name".code
done </srv/cases/names
`;

const init = `#!${busybox} sh
B=${busybox}
. ${toplevel}/look
$B cat /proc/self/limits
`;

describeOnHost(
  'the units of containers in a real systemd',
  'units',
  (host) => {
    /** systemd keeps `$$` in memory as in the file, and replaces it by `$` when it starts the command. */
    const unescapeDollar = (word: string) => word.replaceAll('$$', '$');
    let units: Record<string, UnitFiles>;
    let loaded: Record<string, Properties>;
    const unit = (name: string) => {
      const found = loaded[name];
      if (!found) throw new Error(`systemd has no ${name}`);
      return found;
    };
    const names = () => Object.keys(units).filter((name) => !name.startsWith('wrong-'));
    const case_ = (name: string) => {
      const unit = units[name];
      if (!unit) throw new Error(`there is no case ${name}`);
      return unit;
    };
    const result = (name: string, what: 'stdout' | 'stderr' | 'code') =>
      readFile(join(place, `${name}.${what}`), 'utf8');

    before(async function () {
      this.timeout(300_000);
      units = { ...(await evaluate(host(), '')), ...(await evaluate(host(), JSON.stringify(hostile))) };
      const version = await host().systemd();
      const file = (name: string, text: string) => writeFile(join(place, name), text);
      await mkdir(join(place, 'system'));
      for (const name of names()) {
        const files = case_(name);
        const ownStore = files['data.json'].sharedNix
          ? ''
          : `\n[Files]\nBindReadOnly=${toplevel}:${toplevel}\n`;
        const nspawn = version < 261 ? files['box.nspawn'] : files['box.nspawn.systemd-261'];
        await file(`nspawn/${name}.nspawn`, `${nspawn}${ownStore}`);
        await file(`${name}.prepare`, files['prepare.sh']);
        await file(`${name}.setup`, setup(files));
        await file(`${name}.look`, look(files));
        const dropIn = `system/systemd-nspawn@${name}.service.d`;
        await mkdir(join(place, dropIn));
        await file(`${dropIn}/case.conf`, files['service-overrides.conf']);
      }
      await file('names', `${names().join('\n')}\n`);
      await file('run-all', runAll);
      await host().writeFile(`${toplevel}/init`, init, 0o755);
      await host().run(['bash', '-euc', NEEDED]);
      await host().run(['cp', '-r', '/srv/cases/system', '/run/systemd']);
      await host().run(['systemctl', 'daemon-reload']);
      loaded = await properties(host());
      await host().run(['sh', '/srv/cases/run-all'], { timeout: 170_000 });
    });

    after(() => rm(place, { recursive: true, force: true }));

    it('start in systemd-nspawn without warnings about their .nspawn files', async () => {
      for (const name of names()) {
        const said = (await result(name, 'stderr')).split('\n').filter((line) => !aboutNames.test(line));
        expect(said.join('\n'), name).to.equal('');
        expect(await result(name, 'code'), name).to.equal('0\n');
      }
    });

    it('mount each path of the host at its own path, whatever characters they contain', async () => {
      for (const name of names()) {
        const { binds } = case_(name)['data.json'];
        const seen = (await result(name, 'stdout')).split('\n').slice(0, binds.length);
        const expected = binds.map(({ hostPath, readOnly }, index) =>
          [hostPath === '' || hostPath === '/etc/resolv.conf' ? '' : `${index}`, readOnly ? 'ro' : 'rw'].join(
            ' ',
          ),
        );
        expect(seen, name).to.deep.equal(expected);
      }
    });

    it('apply `limits` to processes', async () => {
      const limits = await result('limits', 'stdout');
      expect(limits).to.match(/^Max open files +512 +1024 /m);
      expect(limits).to.match(/^Max core file size +0 +0 /m);
    });

    it('require exactly the mounts of their sources', () => {
      for (const name of names().filter((name) => /^(bind|hostile-path)-/.test(name))) {
        const wanted = case_(name)
          ['data.json'].binds.map(({ hostPath }) => hostPath)
          .filter((path) => path.startsWith('/'));
        // The template unit requires one more path.
        const required = unit(name).requiresMountsFor;
        expect(required, name).to.include.members(wanted);
        expect(required, name).to.have.length(wanted.length + 1);
      }
    });

    it('pass credentials with exactly the given path, and keep the rest of the command line', () => {
      for (const [name, settings] of Object.entries(hostile)) {
        if (!name.startsWith('hostile-credential-')) continue;
        const { credentials } = settings as { credentials: [{ path: string }, { path: string }] };
        const [plain, sealed] = credentials;
        const argv = unit(name).execStart[0]?.[1] ?? [];
        const template = unit('defaults').execStart[0]?.[1] ?? [];
        expect(argv.map(unescapeDollar), name).to.deep.equal([
          'systemd-nspawn',
          `--load-credential=plain:${plain.path}`,
          '--load-credential=sealed:sealed',
          ...template.slice(1, -1),
          `--machine=${name}`,
        ]);
        expect(unit(name).loadCredentialEncrypted, name).to.deep.equal([['sealed', sealed.path]]);
      }
    });

    it('run exactly the given reload script', () => {
      for (const [name, settings] of Object.entries(hostile)) {
        if (!name.startsWith('hostile-script-')) continue;
        const { activation } = settings as { activation: { reloadScript: string } };
        const program = unit(name).execReload[0]?.[0];
        expect(program, name).to.equal(activation.reloadScript);
      }
    });

    it('set resources to the right numbers', () => {
      const [memoryMax, cpuQuota, cpuWeight, ioWeight, tasksMax] = unit('resources').resources;
      expect(memoryMax).to.equal(1024 ** 3);
      expect(cpuQuota, 'microseconds in each second').to.equal(1_500_000);
      expect([cpuWeight, ioWeight, tasksMax]).to.deep.equal([50, 20, 4096]);
      expect(unit('resources-in-bytes').resources[0]).to.equal(1024 ** 3);
    });

    it('cause no message of systemd-analyze verify', async function () {
      this.timeout(300_000);
      const programs = names()
        .map((name) => hostile[name] as { activation?: { reloadScript: string } } | undefined)
        .flatMap((settings) => settings?.activation?.reloadScript ?? [])
        .concat('/srv/re load%$x');
      const make = 'for program; do mkdir -p -- "$(dirname -- "$program")" && cp /bin/true "$program"; done';
      await host().run(['sh', '-c', make, 'make', ...programs]);
      const { stderr, stdout } = await host().run([
        'systemd-analyze',
        'verify',
        '--man=no',
        ...names().map((name) => `systemd-nspawn@${name}.service`),
      ]);
      expect(stderr + stdout).to.equal('');
    });
  },
  async () => {
    place = await mkdtemp(join(tmpdir(), 'nixos-nspawn-units-'));
    await mkdir(join(place, 'nspawn'));
    return {
      binds: [
        { from: place, to: '/srv/cases' },
        { from: join(place, 'nspawn'), to: '/etc/systemd/nspawn', readOnly: true },
      ],
    };
  },
);

/** The directory of the cases on this machine, which is also mounted in the host. */
let place: string;

async function evaluate(host: Host, cases: string): Promise<Record<string, UnitFiles>> {
  const file = `${REPOSITORY}/test/nix/fixtures/units.nix`;
  const argv = ['nix-instantiate', '--eval', '--strict', '--json', file, '--argstr', 'cases', cases] as const;
  return JSON.parse(await host.ask(argv)) as Record<string, UnitFiles>;
}

/** Reads the properties of each container's service from systemd. One process in the host reads them all. */
const readProperties = `
systemd=org.freedesktop.systemd1
while read -r name; do
  path=$(busctl call $systemd /org/freedesktop/systemd1 $systemd.Manager LoadUnit s "systemd-nspawn@$name.service")
  path=\${path#o \\"} path=\${path%\\"}
  echo "$name"
  busctl --json=short get-property $systemd "$path" $systemd.Unit RequiresMountsFor
  busctl --json=short get-property $systemd "$path" $systemd.Service \\
    ExecStart ExecReload LoadCredentialEncrypted MemoryMax CPUQuotaPerSecUSec CPUWeight IOWeight TasksMax
done </srv/cases/names
`;

type Command = [program: string, argv: string[], ...rest: unknown[]];

interface Properties {
  requiresMountsFor: string[];
  execStart: Command[];
  execReload: Command[];
  loadCredentialEncrypted: [id: string, path: string][];
  resources: number[];
}

async function properties(host: Host): Promise<Record<string, Properties>> {
  const lines = (await host.ask(['sh', '-c', readProperties])).split('\n');
  const data = (line: string | undefined) => (JSON.parse(line ?? '') as { data: unknown }).data;
  const found: Record<string, Properties> = {};
  for (let at = 0; at < lines.length; at += 10) {
    const [requiresMountsFor, execStart, execReload, loadCredentialEncrypted, ...resources] = lines
      .slice(at + 1, at + 10)
      .map(data);
    found[lines[at] ?? ''] = {
      requiresMountsFor: requiresMountsFor as string[],
      execStart: execStart as Command[],
      execReload: execReload as Command[],
      loadCredentialEncrypted: loadCredentialEncrypted as [string, string][],
      resources: resources as number[],
    };
  }
  return found;
}
