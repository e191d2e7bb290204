import { expect } from 'chai';
import type { Document } from '../host/tool.js';
import { NixosContainers } from './containers.js';
import { declaration, NixosHost } from './nixos-host.js';
import { describeNixos } from './suite.js';

describeNixos('the command line on a NixOS host', 'host-commands', (_, testHost) => {
  const byReload = 'nixosContainer.activation.strategy = "dynamic";';
  let host: NixosHost;
  let containers: NixosContainers;

  const kinds = async () => {
    const all = await containers.tool.get<Document[]>(['list']);
    return Object.fromEntries(all.map(({ name, type, state }) => [name, `${type}, ${state}`]));
  };
  const keepState = (name: string) => containers.inside(name, 'cp', '/etc/machine-id', '/var/lib/state');
  /** Checks that the container still has its state and its machine ID. */
  const hasKeptState = async (name: string) => {
    const id = await containers.inside(name, 'cat', '/etc/machine-id');
    expect(await containers.inside(name, 'cat', '/var/lib/state')).to.equal(id);
  };

  before(async () => {
    host = new NixosHost(testHost());
    containers = new NixosContainers(host);
    await host.boot(declaration('declared', 1));
  });

  it('creates a container beside a declared one, updates it and rolls it back', async () => {
    await containers.create('own', { settings: byReload });
    expect(await containers.page('own')).to.equal('hello from own, page 1');
    expect(await containers.failedUnits('own')).to.deep.equal([]);
    expect(await kinds()).to.deep.equal({ declared: 'declarative, running', own: 'imperative, running' });

    const { code, document, stderr } = await containers.update('own', { page: 2, settings: byReload });
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    expect(document).to.include({ generation: 2, activation: 'reload' });
    expect(await containers.page('own')).to.equal('hello from own, page 2');
    expect(await containers.tool.get(['rollback', 'own'])).to.include({ generation: 1 });
    expect(await containers.page('own')).to.equal('hello from own, page 1');
  });

  it('finds no problem with doctor', async () => {
    const { findings } = await containers.tool.get<{ findings: { id: string }[] }>(['doctor']);
    expect(findings.filter(({ id }) => id !== 'missing-controllers')).to.deep.equal([]);
  });

  it('refuses to change the declared container', async () => {
    for (const verb of ['update', 'rollback', 'remove']) await containers.tool.fail(5, [verb, 'declared']);
    expect(await containers.page('declared')).to.equal('hello from declared, page 1');
  });

  it('keeps its container running during a switch of the host', async () => {
    const before = await containers.mainPid('own');
    await host.switchTo(declaration('declared', 2));
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
    expect(await containers.mainPid('own')).to.equal(before);
    expect(await containers.page('own')).to.equal('hello from own, page 1');
  });

  it('starts both kinds of containers after a reboot of the host', async () => {
    await host.reboot();
    expect(await host.ask(['systemctl', 'is-active', 'nixos-nspawn-autostart'])).to.equal('active');
    expect(await kinds()).to.deep.equal({ declared: 'declarative, running', own: 'imperative, running' });
    expect(await containers.page('own')).to.equal('hello from own, page 1');
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
  });

  it('can turn an imperative container into a declarative one, as the manual describes', async () => {
    await keepState('own');
    await containers.tool.get(['remove', 'own']);
    expect(await host.ask(['ls', '/etc/systemd/nspawn'])).to.equal('declared.nspawn');
    await host.switchTo(`${declaration('declared', 2)}\n${declaration('own', 3)}`);
    expect(await containers.page('own')).to.equal('hello from own, page 3');
    expect(await containers.failedUnits('own')).to.deep.equal([]);
    await hasKeptState('own');
    await containers.tool.fail(5, ['remove', 'own']);
  });

  it('can turn a declarative container into an imperative one, as the manual describes', async () => {
    await host.switchTo(declaration('declared', 2));
    expect(await kinds()).to.deep.equal({ declared: 'declarative, running' });
    await containers.create('own', { page: 4 });
    expect(await containers.page('own')).to.equal('hello from own, page 4');
    expect(await containers.failedUnits('own')).to.deep.equal([]);
    await hasKeptState('own');
    expect(await kinds()).to.deep.equal({ declared: 'declarative, running', own: 'imperative, running' });
  });

  it('removes its container completely', async () => {
    await containers.tool.get(['remove', 'own', '--delete-state']);
    expect(await kinds()).to.deep.equal({ declared: 'declarative, running' });
    expect(await host.ask(['ls', '/var/lib/machines'])).to.equal('declared');
    expect(await host.ask(['ls', '/etc/systemd/nspawn'])).to.equal('declared.nspawn');
    expect(await containers.page('declared')).to.equal('hello from declared, page 2');
  });
});
