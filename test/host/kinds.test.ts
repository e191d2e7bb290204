import { dirname } from 'node:path';
import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { answers } from './by-hand.js';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

const SERVICE = 'systemd-nspawn@web.service';
const STATE = '/var/lib/machines/web';
const PROFILE = '/nix/var/nix/profiles/per-nspawn/web';
const DECLARATION = '/etc/nixos-nspawn/declarative.d/web.json';

/** The files of a declared container, as the NixOS module creates them: links to the store, also for its data.json. */
const declaredFiles = (closure: string): [string, string][] => [
  ['/etc/systemd/nspawn/web.nspawn', `${closure}/nixos-nspawn/web.nspawn`],
  ['/etc/systemd/network/20-ve-web.network', `${closure}/nixos-nspawn/20-ve-web.network`],
  [`/etc/systemd/system/${SERVICE}.d/overrides.conf`, `${closure}/nixos-nspawn/service-overrides.conf`],
  [DECLARATION, `${closure}/nixos-nspawn/data.json`],
];

describeOnHost('a container that changes its kind', 'kinds', (host) => {
  const tool = () => new Tool(host());
  let machineId: string;

  const inside = (...argv: string[]) => host().ask(['nixos-nspawn', 'run', 'web', '--', ...argv]);

  /** As `nixos-rebuild switch` does for an added or removed declaration. */
  const reloadHost = async () => {
    await host().run(['systemctl', 'daemon-reload']);
    await host().run(['networkctl', 'reload']);
  };

  const isTheSame = async () => {
    expect(await inside('cat', '/var/kept')).to.equal('what it wrote');
    expect(await inside('cat', '/etc/machine-id')).to.equal(machineId);
    expect(await host().ask(['machinectl', 'show', 'web', '--property=RootDirectory', '--value'])).to.equal(
      STATE,
    );
  };

  /** Builds the closure of the declared container, and puts its files where the host's configuration puts them. */
  const declare = async (): Promise<string> => {
    const settings = { generation: 'declared', ula: 'fd12::/64', data: { declarative: true } };
    const closure = await builtProfile(host(), 'web', settings);
    for (const [path, target] of declaredFiles(closure)) {
      await host().run(['mkdir', '-p', dirname(path)]);
      await host().run(['ln', '-sfn', target, path]);
    }
    await reloadHost();
    await host().run(['systemctl', 'start', SERVICE]);
    return closure;
  };

  /** Removes the declaration. The container is still running. */
  const undeclare = async () => {
    await host().run(['rm', ...declaredFiles('').map(([path]) => path)]);
    await reloadHost();
  };

  before(async function () {
    this.timeout(300_000);
    await tool().create('web');
    await inside('bash', '-c', 'echo "what it wrote" >/var/kept');
    machineId = await inside('cat', '/etc/machine-id');
    expect(machineId).to.match(/^[0-9a-f]{32}$/);
  });

  /** Makes it imperative again, with the state that it has. */
  afterEach(async () => {
    if (await host().has(DECLARATION)) await undeclare();
    if (await host().has(PROFILE)) return;
    await host().run(['systemctl', 'stop', SERVICE]);
    await tool().create('web');
  });

  it('keeps its state when it is removed', async () => {
    const removed = await tool().get(['remove', 'web']);
    expect(removed).to.include({ removed: true, state_deleted: false });
    expect(await host().readFile(`${STATE}/var/kept`)).to.equal('what it wrote\n');
    expect(await host().has(PROFILE)).to.equal(false);
    expect(await tool().get(['list'])).to.deep.equal([]);
  });

  it('is the same machine after it is declared, and then only the host configuration can change it', async () => {
    await tool().get(['remove', 'web']);
    const closure = await declare();
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation declared');
    await isTheSame();
    const [listed] = await tool().get<Document[]>(['list']);
    expect(listed).to.include({ name: 'web', type: 'declarative', is_imperative: false, state: 'running' });

    const before = await host().snapshot();
    for (const args of [
      ['create', 'web', '--profile', closure],
      ['update', 'web', '--profile', closure],
      ['rollback', 'web'],
      ['remove', 'web'],
    ])
      expect(await tool().fail(5, args), args.join(' ')).to.have.property('code', 'declarative');
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('cannot be created again while the declared one is still running', async () => {
    await tool().get(['remove', 'web']);
    await declare();
    await undeclare();
    const refused = await tool().fail(4, [
      'create',
      'web',
      '--flake',
      `path:${REPOSITORY}/test/fixtures/flake#web`,
    ]);
    expect(refused).to.have.property('code', 'exists');
    expect(String(refused.next_steps)).to.include('machinectl poweroff web');
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation declared');
  });

  it('is the same machine when it is imperative again', async () => {
    await tool().get(['remove', 'web']);
    await declare();
    await undeclare();
    await host().run(['systemctl', 'stop', SERVICE]);
    await tool().create('web');
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
    await isTheSame();
    expect((await tool().get<Document[]>(['list']))[0]).to.include({ is_imperative: true, generation: 1 });
  });
});
