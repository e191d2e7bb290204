import { expect } from 'chai';
import { answers } from './by-hand.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

const STATE = '/var/lib/machines/web';

describeOnHost('reset', 'reset', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().ask(['bash', '-euc', script]);
  // Without the lock file of systemd-nspawn.
  const trees = () => shell(`ls -A /var/lib/machines | grep -v '^\\.#'`);
  const id = () => shell(`cat ${STATE}/etc/machine-id`);

  before(async () => {
    await tool().create('web');
    await tool().update('web', 'web-2');
    await shell(`mkdir -p ${STATE}/srv; echo precious >${STATE}/srv/data; chattr +i ${STATE}/srv/data`);
  });

  it('--dry-run names what would be deleted, and changes nothing', async () => {
    const before = await host().snapshot();
    const plan = await tool().get(['reset', 'web', '--dry-run']);
    expect(plan).to.deep.include({ name: 'web', would_restart: true });
    expect(plan.would_delete).to.include(STATE);
    const changes = await host().changesSince(before);
    expect(changes.filter((change) => !change.includes('io.systemd.nat'))).to.deep.equal([]);
  });

  it('asks on a terminal, and does nothing without a yes', async () => {
    const script = `echo n | script -qec 'nixos-nspawn reset web' /dev/null || echo "exit $?"`;
    const said = await shell(script);
    expect(said).to.include('will be permanently deleted');
    expect(said).to.include('exit 10');
    expect(await host().has(`${STATE}/srv/data`)).to.equal(true);
  });

  it('gives a running container a fresh state and another machine ID, and keeps its generations', async () => {
    const former = await id();
    const result = await tool().get(['reset', 'web']);
    expect(result).to.deep.include({ state: 'running', generation: 2, restarted: true, state_deleted: true });
    expect(await host().has(`${STATE}/srv/data`)).to.equal(false);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 2');
    expect(await id()).to.not.equal(former);
    const generations = await tool().get<Document[]>(['list-generations', 'web']);
    expect(generations.map(({ generation }) => generation)).to.deep.equal([2, 1]);
    expect(await trees()).to.equal('web');
  });

  it('leaves a stopped container stopped, which then starts with its fresh state', async () => {
    await tool().get(['stop', 'web']);
    await shell(`mkdir -p ${STATE}/srv; echo precious >${STATE}/srv/data`);
    const result = await tool().get(['reset', 'web']);
    expect(result).to.deep.include({ state: 'stopped', restarted: false, state_deleted: true });
    expect(await host().has(`${STATE}/srv/data`)).to.equal(false);
    await tool().get(['start', 'web']);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 2');
  });

  it('works without a state directory', async () => {
    await tool().get(['stop', 'web']);
    await shell(`chattr -i ${STATE}/var/empty; rm -rf ${STATE}`);
    const result = await tool().get(['reset', 'web']);
    expect(result).to.deep.include({ restarted: false, state_deleted: false });
    expect(await host().has(`${STATE}/etc/os-release`)).to.equal(true);
  });

  it('refuses a mount in the state directory before it stops the container', async () => {
    await tool().get(['start', 'web']);
    await shell(`mkdir -p ${STATE}/srv; mount -t tmpfs tmpfs ${STATE}/srv`);
    const error = await tool().fail(10, ['reset', 'web']);
    expect(error).to.include({ code: 'state-outside' });
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 2');
    await shell(`umount ${STATE}/srv`);
  });

  it('gives the former state back if the container does not start', async () => {
    await shell(`echo precious >${STATE}/srv/data`);
    await host().writeFile(
      '/etc/systemd/system/systemd-nspawn@web.service.d/90-needs-data.conf',
      `[Service]\nExecStartPre=/usr/bin/test -e ${STATE}/srv/data\n`,
    );
    await shell('systemctl daemon-reload');
    const former = await id();
    const { code, document } = await tool().ask(['reset', 'web']);
    expect(code, JSON.stringify(document)).to.equal(11);
    expect(await shell(`cat ${STATE}/srv/data`)).to.equal('precious');
    expect(await id()).to.equal(former);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 2');
    expect(await trees()).to.equal('web');
  });

  it('refuses a container that does not exist, or that is not its own', async () => {
    await tool().fail(2, ['reset', 'nobody']);
    await host().writeFile('/etc/systemd/nspawn/foreign.nspawn', '[Exec]\n');
    await tool().fail(5, ['reset', 'foreign']);
    await tool().fail(64, ['reset', '../web']);
  });
});
