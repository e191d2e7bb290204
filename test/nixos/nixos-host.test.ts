import { expect } from 'chai';
import type { Document } from '../host/tool.js';
import { NixosContainers } from './containers.js';
import { declaration, NixosHost } from './nixos-host.js';
import { describeNixos } from './suite.js';

const MOUNT = '"/srv/shared:/data"';

const declare = (page: number, settings?: string) => declaration('declared', page, settings);

describeNixos('a NixOS host', 'host', (_, testHost) => {
  let host: NixosHost;
  let containers: NixosContainers;

  before(async () => {
    host = new NixosHost(testHost());
    containers = new NixosContainers(host);
    await host.boot(declare(1));
  });

  it('runs the container that its configuration declares', async () => {
    expect(await containers.page('declared')).to.equal('hello from declared, page 1');
    expect(await containers.failedUnits('declared')).to.deep.equal([]);
    const [declared] = await containers.tool.get<Document[]>(['list']);
    expect(declared).to.include({ name: 'declared', type: 'declarative', state: 'running' });
  });

  it('has no problem that doctor finds', async () => {
    const { findings } = await containers.tool.get<{ findings: { id: string }[] }>(['doctor']);
    // The kernel of the machine may lack controllers, which is not a problem of the host.
    expect(findings.filter(({ id }) => id !== 'missing-controllers')).to.deep.equal([]);
  });

  it('reloads the container at a switch for a changed page, and restarts it for a bind mount', async () => {
    const before = await containers.mainPid('declared');
    await host.switchTo(declare(2));
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
    expect(await containers.mainPid('declared')).to.equal(before);
    expect(await containers.failedUnits('declared')).to.deep.equal([]);

    await host.writeFile('/srv/shared/greeting', 'hello from the host\n');
    await host.switchTo(declare(2, `bindMounts = [ ${MOUNT} ];`));
    expect(await containers.mainPid('declared')).to.not.equal(before);
    expect(await containers.inside('declared', 'cat', '/data/greeting')).to.equal('hello from the host');
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
  });

  it('restores the container when it switches back to the previous system', async () => {
    const system = await host.system();
    const before = await containers.mainPid('declared');
    await host.switchTo(declare(3, `bindMounts = [ ${MOUNT} ];`));
    expect(await containers.page('declared')).to.equal('hello from declared, page 3');
    await host.switchBack(system);
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
    expect(await containers.mainPid('declared')).to.equal(before);
  });

  it('stops the container when its declaration is removed, but keeps its files', async () => {
    await containers.inside('declared', 'touch', '/var/lib/kept');
    await host.switchTo('');
    expect(await containers.tool.get(['list'])).to.deep.equal([]);
    const state = await host.ask(['systemctl', 'show', 'systemd-nspawn@declared', '--property=ActiveState']);
    expect(state).to.equal('ActiveState=inactive');
    expect(await host.ask(['ls', '/var/lib/machines/declared/var/lib'])).to.contain('kept');
    await host.switchTo(declare(4));
    expect(await containers.page('declared')).to.equal('hello from declared, page 4');
    expect(await containers.inside('declared', 'ls', '/var/lib')).to.contain('kept');
  });
});
