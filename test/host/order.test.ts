import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool, warningOf } from './tool.js';

const serviceOf = (name: string) => `systemd-nspawn@${name}.service`;

describeOnHost('the order of containers', 'order', (host) => {
  const tool = () => new Tool(host());

  const build = (name: string, settings: object) => builtProfile(host(), name, settings);

  const time = async (name: string, property: string) =>
    Number(
      await host().ask([
        'systemctl',
        'show',
        `--property=${property}TimestampMonotonic`,
        '--value',
        serviceOf(name),
      ]),
    );

  /** Fails unless the second container began to start when the first one was ready. */
  const expectAfter = async (first: string, second: string) => {
    const ready = await time(first, 'ActiveEnter');
    expect(ready, first).to.be.greaterThan(0);
    expect(await time(second, 'InactiveExit'), `${second} after ${first}`).to.be.at.least(ready);
  };

  const states = async () =>
    Object.fromEntries((await tool().get<Document[]>(['list'])).map(({ name, state }) => [name, state]));
  const RUNNING = { cache: 'running', db: 'running', web: 'running' };

  before(async function () {
    this.timeout(300_000);
    const web = await build('web', { requires: ['db'], wants: ['cache'] });
    // The first run on a host creates the directory of locks.
    await tool().fail(10, ['create', 'web', '--profile', web]);
    const before = await host().snapshot();
    const refused = await tool().fail(10, ['create', 'web', '--profile', web]);
    expect(refused).to.include({ code: 'requirement-missing', required: 'db' });
    expect(await host().changesSince(before)).to.deep.equal([]);
    await tool().get(['create', 'db', '--profile', await build('db', {})]);
    await tool().get(['create', 'cache', '--profile', await build('cache', { autoStart: false })]);
    await tool().get(['stop', 'db', 'cache']);
    // Starts both.
    await tool().get(['create', 'web', '--profile', web]);
  });

  it('starts a new container after those that it needs', async () => {
    expect(await states()).to.deep.equal(RUNNING);
    await expectAfter('db', 'web');
    await expectAfter('cache', 'web');
  });

  it('refuses to end a container that a running one requires', async () => {
    for (const args of [
      ['stop', 'db'],
      ['kill', 'db'],
    ]) {
      const { code, document } = await tool().ask<Document[]>(args);
      expect([code, document[0]?.error]).to.have.nested.property('[1].code', 'needed-by-others');
      expect(code).to.equal(10);
    }
    for (const args of [
      ['remove', 'db', '--yes'],
      ['reset', 'db', '--yes'],
      ['rename', 'db', 'store', '--restart'],
    ])
      expect(await tool().fail(10, args), args[0]).to.have.property('code', 'needed-by-others');
    expect(await states()).to.deep.equal(RUNNING);
  });

  it('shows the order in the status of both', async () => {
    const web = await tool().get(['status', 'web']);
    expect(web.requires).to.deep.equal([{ unit: serviceOf('db'), container: 'db', state: 'running' }]);
    expect(await tool().get(['status', 'db'])).to.deep.include({ required_by: ['web'] });
  });

  it('stops and starts them together', async () => {
    const stopped = await tool().get<Document[]>(['stop', 'db', '--with-dependents']);
    expect(stopped.map(({ name, state }) => [name, state])).to.deep.equal([
      ['db', 'stopped'],
      ['web', 'stopped'],
    ]);
    const started = await tool().get<Document[]>(['start', 'web']);
    expect(started.map(({ name, state }) => [name, state])).to.deep.equal([
      ['web', 'running'],
      ['db', 'running'],
    ]);
    await expectAfter('db', 'web');
  });

  it('waits for the container that systemd restarts along, after a restart and an update', async () => {
    const restarted = await tool().get<Document[]>(['restart', 'db']);
    expect(restarted.map(({ name, state }) => [name, state])).to.deep.equal([
      ['db', 'running'],
      ['web', 'running'],
    ]);
    await expectAfter('db', 'web');
    const profile = await build('db', { generation: 2 });
    const updated = await tool().get(['update', 'db', '--profile', profile, '--strategy', 'restart']);
    expect(updated).to.deep.include({ activation: 'restart', dependents: ['web'] });
    expect(await states()).to.deep.equal(RUNNING);
    await expectAfter('db', 'web');
  });

  it('starts it again if the update of the other one fails and is undone', async () => {
    const profile = await build('db', { generation: 3, trouble: 'init-crash' });
    expect(
      await tool().fail(8, ['update', 'db', '--profile', profile, '--strategy', 'restart']),
    ).to.have.property('code', 'activation-failed');
    expect(await states()).to.deep.equal(RUNNING);
    await expectAfter('db', 'web');
  });

  it('refuses a cycle before it changes anything', async () => {
    const profile = await build('db', { generation: 4, after: ['web'] });
    const before = await host().snapshot();
    const error = await tool().fail(10, ['update', 'db', '--profile', profile]);
    expect(error).to.deep.include({ code: 'order-cycle', cycle: ['db', 'web', 'db'] });
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('refuses units of the host that do not exist, are masked, or start after the containers', async () => {
    await host().writeFile(
      '/etc/systemd/system/late.service',
      '[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/usr/bin/true\n',
    );
    await host().run(['systemctl', 'mask', '--quiet', 'hidden.service']);
    await host().run(['systemctl', 'daemon-reload']);
    const wrong: [settings: object, code: string, told: string][] = [
      [
        { requires: ['typo.service'] },
        'requirement-missing',
        "requires the unit 'typo.service', which this host",
      ],
      [{ requires: ['hidden.service'] }, 'requirement-missing', "'hidden.service', which is masked"],
      [
        { after: ['machines.target'] },
        'order-cycle',
        "'db' after 'machines.target', 'machines.target' after 'db'",
      ],
      [{ wants: ['default.target'] }, 'order-cycle', "'multi-user.target' after 'machines.target'"],
      [
        { after: ['late.service'] },
        'order-cycle',
        "'db' after 'late.service', 'late.service' after 'multi-user.target'",
      ],
      [
        { after: ['nixos-nspawn-autostart.service'] },
        'order-cycle',
        "'nixos-nspawn-autostart.service' after 'db'",
      ],
    ];
    const profiles = await Promise.all(
      wrong.map(([settings]) => build('db', { generation: 4, ...settings })),
    );
    const before = await host().snapshot();
    for (const [index, [, code, told]] of wrong.entries()) {
      const error = await tool().fail(10, ['update', 'db', '--profile', profiles[index] ?? '']);
      expect(error).to.have.property('code', code);
      expect(error.message).to.include(told);
    }
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('accepts units of the host that it does not require, although they do not exist', async () => {
    const profile = await build('plain', { after: ['typo.service', 'late.mount'], wants: ['typo.service'] });
    await tool().get(['create', 'plain', '--profile', profile]);
    expect((await states()).plain).to.equal('running');
    await tool().get(['remove', 'plain', '--delete-state', '--yes']);
  });

  it('names what a unit of the host lacks in doctor, and refuses the start', async () => {
    await host().writeFile(
      '/etc/systemd/system/needed.service',
      '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/true\n',
    );
    await tool().get([
      'create',
      'plain',
      '--profile',
      await build('plain', { requires: ['needed.service'] }),
    ]);
    await host().run(['rm', '/etc/systemd/system/needed.service']);
    await host().run(['systemctl', 'daemon-reload']);
    await tool().get(['stop', 'plain']);
    const { findings } = (await tool().ask(['doctor', 'plain'])).document as { findings: Document[] };
    expect(findings.find(({ id }) => id === 'requirement-missing'))
      .to.have.property('what')
      .that.includes('needed.service');
    const { code, document } = await tool().ask<Document[]>(['start', 'plain']);
    expect([code, document[0]]).to.have.nested.property('[1].error.code', 'requirement-missing');
    await tool().get(['remove', 'plain', '--delete-state', '--yes']);
  });

  it('warns of the containers that name a renamed one', async () => {
    await tool().get(['create', 'plain', '--profile', await build('plain', {})]);
    const profile = await build('other', { requires: ['plain'] });
    await tool().get(['create', 'other', '--profile', profile]);
    await tool().get(['stop', 'other', 'plain']);
    const renamed = await tool().get(['rename', 'plain', 'simple']);
    expect(warningOf(renamed, 'order-has-old-name')).to.include("'other'").and.to.include("'simple'");
    const { code, document } = await tool().ask<Document[]>(['start', 'other']);
    expect([code, document[0]]).to.have.nested.property('[1].error.code', 'requirement-missing');
    const back = await tool().get(['rename', 'simple', 'plain']);
    expect(JSON.stringify(back.warnings)).to.not.include('order-has-old-name');
    await tool().get(['start', 'other']);
    await tool().get(['remove', 'other', '--delete-state', '--yes']);
    await tool().get(['remove', 'plain', '--delete-state', '--yes']);
  });

  it('does not restart a container of which only the order changed', async () => {
    const profile = await build('web', { requires: ['db'], wants: ['cache'], after: ['network.target'] });
    expect(await tool().get(['update', 'web', '--profile', profile])).to.have.property(
      'activation',
      'reload',
    );
  });

  it('does not start a container if one that it requires fails', async () => {
    await tool().get(['stop', '--all']);
    const broken = await build('db', { generation: 5, trouble: 'init-crash' });
    await tool().get(['update', 'db', '--profile', broken]);
    const { code, document } = await tool().ask<Document[]>(['start', 'web']);
    expect(code).to.equal(11);
    expect(document[0]).to.have.nested.property('error.code', 'requirement-not-running');
    expect(document.find(({ name }) => name === 'db')).to.have.nested.property('error.code', 'not-started');
    expect((await states()).web).to.equal('stopped');
    await tool().get(['rollback', 'db']);
  });

  it('is kept by autostart, and at a boot of the host', async function () {
    this.timeout(180_000);
    await tool().ask(['stop', '--all']);
    const entries = await tool().get<Document[]>(['autostart', '--jobs', '4']);
    expect(entries.map(({ name, started }) => [name, started])).to.deep.equal([
      ['cache', true],
      ['db', true],
      ['web', true],
    ]);
    await expectAfter('db', 'web');
    await expectAfter('cache', 'web');
    await tool().get(['autostart', '--install']);
    await host().reboot();
    await waitFor('autostart to be done', async () => {
      const { stdout } = await host().run(['systemctl', 'is-active', 'nixos-nspawn-autostart.service'], {
        check: false,
      });
      return stdout.trim() === 'active';
    });
    expect(await states()).to.deep.equal(RUNNING);
    await expectAfter('db', 'web');
    await expectAfter('cache', 'web');
  });
});
