import { expect } from 'chai';
import { type Host, waitFor } from '../host/host.js';
import { describeNixos } from './suite.js';

describeNixos('a container with the preset', 'networks', (containers, host) => {
  const create = (name: string, ...presets: string[]) =>
    containers().create(name, {}, ...presets.flatMap((preset) => ['--preset', preset]));
  const page = (name: string) => `hello from ${name}, page 1`;

  /** Another machine in the network of the host. */
  let outside: Awaited<ReturnType<Host['uplink']>>;

  before(async () => {
    outside = await host().uplink();
  });

  afterEach(async () => {
    for (const name of ['first', 'second']) {
      if (await host().has(`/etc/systemd/nspawn/${name}.nspawn`))
        await containers().tool.get(['remove', name, '--delete-state']);
    }
  });

  it('ula or expose answers over IPv6 and on a port of the host', async () => {
    await create('first', 'ula', 'expose:8080:80');
    const v6 = await containers().address('first', 'fd');
    expect(await containers().page('first', `http://[${v6}]/`)).to.equal(page('first'));
    const { stdout } = await outside.run([
      'curl',
      '-sS',
      '--fail',
      '--retry',
      '3',
      '--max-time',
      '10',
      'http://10.99.0.2:8080/',
    ]);
    expect(stdout.trim()).to.equal(page('first'));
    expect(await containers().failedUnits('first')).to.deep.equal([]);
  });

  it('static answers at the chosen address', async () => {
    await create('first', 'static:10.50.0.2/24,gateway=10.50.0.1');
    expect(await containers().page('first', 'http://10.50.0.2/')).to.equal(page('first'));
    expect(await containers().failedUnits('first')).to.deep.equal([]);
  });

  it('zone can reach another one in the same zone', async () => {
    for (const name of ['first', 'second']) await create(name, 'zone:inner,address=10.77.0.1/24');
    const v4 = await containers().address('second', '10.77.0.');
    expect(
      await waitFor('the other page', () =>
        containers().inside('first', 'curl', '-sS', '--fail', '--max-time', '5', `http://${v4}/`),
      ),
    ).to.equal(page('second'));
    expect(await containers().failedUnits('first')).to.deep.equal([]);
  });

  it('bridge answers on a bridge that the preset creates, and that is removed with the container', async () => {
    await create('first', 'bridge:br1,create=yes,address=10.81.0.1/24');
    const v4 = await containers().address('first', '10.81.0.');
    expect(await containers().page('first', `http://${v4}/`)).to.equal(page('first'));
    expect(await containers().failedUnits('first')).to.deep.equal([]);
    // Other machines can be on the bridge, so the kernel looks for duplicate addresses, as by default.
    expect(await containers().inside('first', 'cat', '/proc/sys/net/ipv6/conf/host0/accept_dad')).to.equal(
      '1',
    );
    await containers().tool.get(['remove', 'first', '--delete-state']);
    expect((await host().run(['ip', 'link', 'show', 'br1'], { check: false })).code).to.equal(1);
  });

  it('macvlan answers in the network of an interface of the host', async () => {
    await create('first', 'macvlan:uplink0,address=10.99.0.50/24,gateway=10.99.0.1');
    const curl = ['curl', '-sS', '--fail', '--max-time', '10', 'http://10.99.0.50/'] as const;
    const { stdout } = await waitFor('a page at the address', () => outside.run(curl));
    expect(stdout.trim()).to.equal(page('first'));
    expect(await containers().failedUnits('first')).to.deep.equal([]);
  });

  it('none has only a loopback, and boots without waiting for a network', async () => {
    await create('first', 'none');
    expect(await containers().failedUnits('first')).to.deep.equal([]);
    expect(await containers().inside('first', 'curl', '-sS', '--fail', 'http://127.0.0.1/')).to.equal(
      page('first'),
    );
  });
});
