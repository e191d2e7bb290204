import { expect } from 'chai';
import { answers } from './by-hand.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf, Tool, warningOf } from './tool.js';

const MACHINES = '/var/lib/machines';
const PROFILES = '/nix/var/nix/profiles/per-nspawn';

describeOnHost('rename', 'rename', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().ask(['bash', '-euc', script]);
  const idOf = (name: string) => shell(`cat ${MACHINES}/${name}/etc/machine-id`);
  const numbers = async (name: string) =>
    (await tool().get<Document[]>(['list-generations', name])).map(({ generation }) => generation);
  const profile = (name: string) => `--profile=${name}`;

  before(async () => {
    await tool().create('web');
    await tool().update('web', 'web-2');
    await shell(`mkdir -p ${MACHINES}/web/srv; echo precious >${MACHINES}/web/srv/data`);
  });

  it('refuses a running container without --restart, a name that is in use, and one that is invalid', async () => {
    const before = await host().snapshot();
    expect(await tool().fail(10, ['rename', 'web', 'shop'])).to.include({ code: 'running' });
    expect(await tool().fail(4, ['rename', 'web', 'web'])).to.include({ code: 'exists' });
    expect(await tool().fail(64, ['rename', 'web', 'a_b'])).to.include({ code: 'invalid-name' });
    expect(await tool().fail(2, ['rename', 'nobody', 'shop'])).to.include({ code: 'no-such-container' });
    await shell(`mkdir ${MACHINES}/shop`);
    const error = await tool().fail(5, ['rename', 'web', 'shop', '--restart']);
    expect(error).to.include({ code: 'path-in-the-way', path: `${MACHINES}/shop` });
    await shell(`rmdir ${MACHINES}/shop`);
    await host().writeFile('/etc/systemd/nspawn/foreign.nspawn', '[Exec]\n');
    await tool().fail(5, ['rename', 'web', 'foreign', '--restart']);
    await tool().fail(5, ['rename', 'foreign', 'shop']);
    await shell('rm /etc/systemd/nspawn/foreign.nspawn');
    const changes = await host().changesSince(before);
    expect(changes.filter((change) => !change.includes('io.systemd.nat'))).to.deep.equal([]);
  });

  it('--dry-run shows what would move, and changes nothing', async () => {
    const before = await host().snapshot();
    const plan = await tool().get(['rename', 'web', 'shop', '--restart', '--dry-run']);
    expect(plan).to.deep.include({ name: 'web', to: 'shop', would_restart: true });
    expect(plan.would_move).to.deep.include({ from: `${MACHINES}/web`, to: `${MACHINES}/shop` });
    const changes = await host().changesSince(before);
    expect(changes.filter((change) => !change.includes('io.systemd.nat'))).to.deep.equal([]);
  });

  it('moves a running container with its state, machine ID and generations, and starts it again', async () => {
    await shell('systemctl enable systemd-nspawn@web.service 2>/dev/null');
    const id = await idOf('web');
    const result = await tool().get(['rename', 'web', 'shop', '--restart']);
    expect(result).to.deep.include({
      name: 'shop',
      old_name: 'web',
      state: 'running',
      generation: 2,
      restarted: true,
      problem: null,
    });
    expect(warningOf(result, 'source-has-old-name')).to.include('web');
    expect(await answers(host(), 'http://shop/')).to.equal('hello from web generation 2');
    expect(await idOf('shop')).to.equal(id);
    expect(await shell(`cat ${MACHINES}/shop/srv/data`)).to.equal('precious');
    expect(await numbers('shop')).to.deep.equal([2, 1]);
    const wanted = await shell('find /etc/systemd/system -name "systemd-nspawn@*.service" -path "*.wants*"');
    expect(wanted).to.include('systemd-nspawn@shop.service').and.not.include('@web');
  });

  it('leaves nothing of the former name', async () => {
    await tool().fail(2, ['status', 'web']);
    const left = await shell(
      `find /etc/systemd /run/systemd/system /var/lib/nixos-nspawn ${PROFILES} ${MACHINES} /var/log/journal /nix/var/nix/gcroots /run/nixos-nspawn -maxdepth 3 \\( -name '*web*' -o -lname '*/web/*' \\)`,
    );
    expect(left).to.equal('');
    await shell('systemctl disable systemd-nspawn@shop.service 2>/dev/null');
  });

  it('gives the closures to Nix with what they refer to, so that a garbage collection keeps them', async () => {
    await tool().get(['stop', 'shop']);
    await shell('nix-collect-garbage 2>/dev/null');
    await shell(`nix-store --verify-path $(readlink -f ${PROFILES}/shop/system)`);
    await tool().get(['start', 'shop']);
    expect(await answers(host(), 'http://shop/')).to.equal('hello from web generation 2');
  });

  it('can return to an earlier generation under the new name', async () => {
    const back = await tool().get(['rollback', 'shop']);
    expect(back).to.deep.include({ generation: 1, old_generation: 2 });
    expect(await answers(host(), 'http://shop/')).to.equal('hello from web generation 1');
    await tool().get(['rollback', 'shop', '--to', '2']);
  });

  it('keeps the record, so that prune and update work, and update names the wrong source', async () => {
    const status = await tool().get(['status', 'shop']);
    expect(JSON.stringify(status.source)).to.include('web');
    const error = await tool().fail(10, ['update', 'shop']);
    expect(JSON.stringify(error)).to.include('it was built for web.nspawn');
    const settings = JSON.stringify({ port: '8181:80' });
    const closure = await host().ask([
      'nix',
      'build',
      '--no-link',
      '--print-out-paths',
      '--file',
      '/opt/nixos-nspawn/test/fixtures/profile.nix',
      '--argstr',
      'name',
      'shop',
      '--argstr',
      'generation',
      '3',
      '--argstr',
      'settings',
      settings,
    ]);
    const updated = await tool().get(['update', 'shop', profile(closure)]);
    expect(updated).to.deep.include({ generation: 3, old_generation: 2 });
    expect(await answers(host(), 'http://shop/')).to.equal('hello from shop generation 3');
  });

  it('renames a stopped container, which stays stopped, and back again', async () => {
    await tool().get(['stop', 'shop']);
    const id = await idOf('shop');
    expect(await tool().get(['rename', 'shop', 'store'])).to.deep.include({
      state: 'stopped',
      restarted: false,
    });
    expect(await tool().get(['rename', 'store', 'shop'])).to.deep.include({ name: 'shop', generation: 3 });
    expect(await idOf('shop')).to.equal(id);
    await tool().get(['start', 'shop']);
    expect(await answers(host(), 'http://shop/')).to.equal('hello from shop generation 3');
  });

  it('keeps the former name if the container does not start under the new one', async () => {
    await host().writeFile(
      '/etc/systemd/system/systemd-nspawn@other.service.d/90-broken.conf',
      '[Service]\nExecStartPre=/usr/bin/false\n',
    );
    await shell('systemctl daemon-reload');
    const { code } = await tool().ask(['rename', 'shop', 'other', '--restart']);
    expect(code).to.equal(11);
    expect(await answers(host(), 'http://shop/')).to.equal('hello from shop generation 3');
    await tool().fail(2, ['status', 'other']);
    await shell('rm -r /etc/systemd/system/systemd-nspawn@other.service.d; systemctl daemon-reload');
  });

  it('warns of settings that somebody made for the former name', async () => {
    const settings = '/etc/systemd/system/systemd-nspawn@shop.service.d/90-mine.conf';
    await host().writeFile(settings, '[Service]\nNice=5\n');
    const result = await tool().get(['rename', 'shop', 'store', '--restart']);
    expect(warningOf(result, 'settings-kept')).to.include(settings);
    await shell('rm -r /etc/systemd/system/systemd-nspawn@shop.service.d');
  });

  it('is found by a command on the new name if it was killed', async () => {
    await tool().get(['stop', 'store']);
    for (const step of ['set-profile', 'write-units', 'move-state', 'remember-source', 'remove-profile']) {
      const fault = JSON.stringify({
        at: { step, type: 'step-done' },
        happened: '/run/happened',
        signal: 'SIGKILL',
      });
      const { code } = await host().run(['nixos-nspawn', 'rename', 'store', 'shop'], {
        check: false,
        env: {
          NODE_OPTIONS: '--import=/opt/nixos-nspawn/test/host/failure-matrix/fault.mjs',
          NIXOS_NSPAWN_TEST_FAULT: fault,
        },
      });
      expect(code, step).to.equal(null);
      const listed = await tool().get<Document[]>(['list']);
      expect(
        listed.map(({ type }) => type),
        step,
      ).to.include('incomplete');
      const error = await tool().fail(2, ['status', 'shop']);
      expect(JSON.stringify(error.warnings), step).to.include('undone');
      const status = await tool().get(['status', 'store']);
      expect(status, step).to.deep.include({ name: 'store', generation: 3, problem: null });
      expect(await tool().get<Document[]>(['list'])).to.have.length(1);
    }
    await tool().get(['start', 'store']);
    expect(await answers(host(), 'http://store/')).to.equal('hello from shop generation 3');
  });

  it('can rename a container with a user namespace, or with a long or dotted name', async () => {
    await tool().get(['create', 'userns', '--flake', flakeOf('userns')]);
    const long = `a${'b'.repeat(50)}.c`;
    await tool().get(['rename', 'userns', long, '--restart']);
    expect(await shell(`machinectl show ${long} --property=State --value`)).to.equal('running');
    await tool().get(['rename', long, 'userns', '--restart']);
    expect(await shell('machinectl show userns --property=State --value')).to.equal('running');
    await tool().get(['remove', 'userns', '--delete-state']);
  });
});
