import { expect } from 'chai';
import { type Document, errorOf, nextStepsOf, warningOf } from '../host/tool.js';
import { BUILDING } from './containers.js';
import { describeNixos } from './suite.js';

const FILE = '/etc/nixos-nspawn/defaults.nix';

/** /etc/nixos-nspawn/defaults.nix: what containers of NixOS get from it, and what is said if they cannot. */
describeNixos('the defaults of a host', 'defaults', (containers, host) => {
  const shell = (script: string) => host().run(['bash', '-euc', script]);
  const defaults = (text: string) => host().writeFile(FILE, text);
  const property = (name: string) =>
    host().ask(['systemctl', 'show', `--property=${name}`, '--value', 'systemd-nspawn@web']);
  const uidMap = async () =>
    (await host().ask(['cat', `/proc/${await containers().leader('web')}/uid_map`])).trim().split(/\s+/);
  /** The bridge of the host at which the container's link ends; null if there is none. */
  const bridge = async () => {
    const { code, stdout } = await host().run(
      ['bash', '-c', 'basename "$(readlink /sys/class/net/v?-web/master)"'],
      { check: false },
    );
    return code === 0 ? stdout.trim() : null;
  };
  const texts = (document: Document) =>
    (document.difference as { host_side: { text: string }[] }).host_side.map(({ text }) => text);

  before(async () => {
    await defaults(
      '{ resources = { memoryMax = "768M"; tasksMax = 700; }; userNamespacing = true; zone = "lab"; }',
    );
    await containers().create('web');
  });

  it('apply to a new container', async () => {
    expect(await property('MemoryMax')).to.equal(String(768 * 1024 * 1024));
    expect(await property('TasksMax')).to.equal('700');
    expect((await uidMap())[1]).to.not.equal('0');
    expect(await bridge()).to.equal('vz-lab');
    expect(await containers().failedUnits('web')).to.deep.equal([]);
    expect(await containers().page('web')).to.equal('hello from web, page 1');
  });

  it('are weaker than the definitions of the container', async () => {
    const settings =
      'nixosContainer = { resources.memoryMax = "512M"; zone = null; userNamespacing = false; };';
    const { code, document } = await containers().update('web', { settings });
    expect(code).to.equal(0);
    expect(document).to.include({ activation: 'restart' });
    expect(await property('MemoryMax')).to.equal(String(512 * 1024 * 1024));
    expect(await property('TasksMax')).to.equal('700');
    expect((await uidMap())[1]).to.equal('0');
    expect(await bridge()).to.equal('');
    await containers().write('web');
    const back = await containers().tool.get(['update', 'web'], BUILDING);
    expect(back).to.include({ activation: 'restart' });
  });

  it('change with the next update, which dry runs and diff show', async () => {
    await defaults(
      '{ resources = { memoryMax = "640M"; cpuWeight = 50; }; userNamespacing = true; zone = "lab"; }',
    );
    const { generation } = await containers().tool.get(['status', 'web']);
    const planned = await containers().tool.get(['update', 'web', '--dry-run'], BUILDING);
    expect(planned).to.include({ activation: 'restart' });
    const changes = [
      'Default of the host for resources.memoryMax changed from 768M to 640M.',
      'Default of the host for resources.cpuWeight set to 50.',
      'Default of the host for resources.tasksMax no longer set (was 700).',
    ];
    expect(texts(planned)).to.include.members(changes);
    expect(await property('MemoryMax')).to.equal(String(768 * 1024 * 1024));

    const updated = await containers().tool.get(['update', 'web'], BUILDING);
    expect(updated).to.include({ activation: 'restart' });
    expect(await property('MemoryMax')).to.equal(String(640 * 1024 * 1024));
    expect(await property('CPUWeight')).to.equal('50');
    const compared = await containers().tool.get(['diff', 'web', String(generation)]);
    expect(texts({ difference: compared })).to.include.members(changes);
    const all = await containers().tool.get<Document[]>(['list-generations', 'web']);
    expect(all[0]).to.include({ host_defaults_changed: true });

    const again = await containers().tool.get(['update', 'web'], BUILDING);
    expect(again).to.include({ activation: 'none' });
  });

  it('do not restart a container of which they change nothing', async () => {
    const settings = 'nixosContainer.resources.ioWeight = 70;';
    await containers().update('web', { settings });
    await defaults(
      '{ resources = { memoryMax = "640M"; cpuWeight = 50; ioWeight = 20; }; userNamespacing = true; zone = "lab"; }',
    );
    const before = await containers().mainPid('web');
    const updated = await containers().tool.get(['update', 'web'], BUILDING);
    expect(updated).to.include({ activation: 'reload' });
    expect(await containers().mainPid('web')).to.equal(before);
    expect(await property('IOWeight')).to.equal('70');
  });

  const broken: Record<string, [text: string, told: string]> = {
    'a syntax error': ['{ resources.memoryMax = "1G" }', 'syntax error'],
    'an unknown variable': ['{ resources.memoryMax = lib.x; }', "undefined variable 'lib'"],
    'an unknown option': ['{ resources.memory = "1G"; }', 'nixosContainer.resources.memory'],
    'a value of another type': ['{ resources.memoryMax = "much"; }', 'nixosContainer.resources.memoryMax'],
    'something else': ['[ ]', 'is not an attribute set of options'],
  };
  for (const [what, [text, told]] of Object.entries(broken))
    it(`are named if they have ${what}`, async () => {
      const good = await host().ask(['cat', FILE]);
      const before = await host().snapshot();
      await defaults(text);
      const answer = await containers().tool.ask(['update', 'web'], BUILDING);
      expect(answer.code).to.equal(11);
      const error = errorOf(answer);
      expect(error.message).to.include(told);
      expect(nextStepsOf(error)).to.include(FILE);
      await defaults(`${good}\n`);
      const changes = await host().changesSince(before);
      expect(changes.filter((line) => !line.includes(FILE))).to.deep.equal([]);
    });

  it('are named if they are not a file', async () => {
    await shell(`mv ${FILE} /srv/defaults.nix; mkdir ${FILE}`);
    const error = await containers().tool.fail(10, ['update', 'web']);
    expect(error).to.include({ code: 'no-such-file' });
    expect(error.message).to.include(`${FILE}, cannot be read: it is a directory`);
    await shell(`rmdir ${FILE}; ln -s /srv/nothing ${FILE}`);
    expect((await containers().tool.fail(10, ['update', 'web'])).message).to.include('does not exist');
    await shell(`rm ${FILE}; mv /srv/defaults.nix ${FILE}`);
    expect(await containers().tool.get(['update', 'web'], BUILDING)).to.include({ activation: 'none' });
  });

  it('do not apply to a closure that is already built, which is said', async () => {
    await host().run(['mv', FILE, '/srv/defaults.nix']);
    const { code } = await containers().update('web', { page: 5 });
    expect(code).to.equal(0);
    expect(await property('MemoryMax')).to.equal('infinity');
    const closure = await host().ask(['readlink', '-f', '/nix/var/nix/profiles/per-nspawn/web/system']);
    await host().run(['mv', '/srv/defaults.nix', FILE]);
    const same = await containers().tool.get(['update', 'web', '--profile', closure]);
    expect(JSON.stringify(same.warnings)).to.not.include('defaults-not-applied');
    await containers().tool.get(['rollback', 'web']);
    const updated = await containers().tool.get(['update', 'web', '--profile', closure]);
    expect(warningOf(updated, 'defaults-not-applied')).to.include(FILE);
    expect(await property('MemoryMax')).to.equal('infinity');
  });
});
