import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf, Tool } from './tool.js';

const UNREGISTER = [
  ...['busctl', 'call', 'org.freedesktop.machine1', '/org/freedesktop/machine1'],
  ...['org.freedesktop.machine1.Manager', 'UnregisterMachine', 's', 'web'],
] as const;

/**
 * Since version 261, systemd-nspawn starts a container even if systemd-machined refuses to register it. On all versions,
 * machined can be told to forget one.
 */
describeOnHost('a running container that machined does not know', 'unregistered', (host) => {
  const tool = () => new Tool(host());
  const listed = async () => (await tool().get<Document[]>(['list']))[0] ?? {};
  const page = () => host().ask(['curl', '-sS', '--fail', '--max-time', '5', `http://${address}/`]);
  let address: string;

  before(async function () {
    this.timeout(300_000);
    await tool().create('web');
    [address = ''] = (await listed()).addresses as string[];
  });

  beforeEach(async () => {
    if ((await listed()).state === 'stopped') await tool().get(['start', 'web']);
    await host().run(UNREGISTER);
  });

  afterEach(async () => {
    await tool().get(['restart', 'web']);
  });

  it('is listed as running, with its addresses and the problem', async () => {
    const problem = 'systemd-machined does not know it, so nothing can enter it';
    expect(await listed()).to.deep.include({ name: 'web', state: 'running', problem });
    expect((await listed()).addresses).to.include(address);
    expect(await tool().get(['status', 'web'])).to.deep.include({
      state: 'running',
      running_generation: 1,
      problem,
    });
  });

  it('cannot be entered, and the error tells how to register it', async () => {
    const run = await host().run(['nixos-nspawn', 'run', 'web', '--', 'true'], { check: false });
    expect(run.code).to.equal(10);
    expect(run.stderr).to.include("'nixos-nspawn restart web' registers it");
    const start = await tool().ask<Document[]>(['start', 'web']);
    expect(start.code).to.equal(10);
    expect(start.document[0]?.error).to.include({ code: 'unregistered' });
    expect(await page()).to.equal('hello from web generation 1');
  });

  it('is stopped by stop', async () => {
    await tool().get(['stop', 'web']);
    expect(
      await host().ask(['systemctl', 'show', '--property=ActiveState', '--value', 'systemd-nspawn@web']),
    ).to.equal('inactive');
  });

  it('gets a new generation by an update with a restart, which registers it', async () => {
    const update = ['update', 'web', '--flake', flakeOf('web-2'), '--strategy', 'restart'];
    expect(await tool().get(update)).to.include({ activation: 'restart' });
    expect(await page()).to.equal('hello from web generation 2');
    expect(await listed()).to.include({ state: 'running', problem: null });
  });
});
