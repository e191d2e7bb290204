import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

const STATE = '/var/lib/machines/plain';
const SERVICE = 'systemd-nspawn@plain.service';

describeOnHost('the owners of state on a file system without ID mapping', 'owners', (host) => {
  const tool = () => new Tool(host());

  before(async () => {
    // The kernel does not map IDs on an overlay, which the host's own file system is.
    await host().run(['sh', '-c', 'mkdir /srv/machines && mount --bind /srv/machines /var/lib/machines']);
  });

  afterEach(async () => {
    await tool().get(['remove', 'plain', '--delete-state']);
  });

  const closure = (generation: number, settings: object) =>
    builtProfile(host(), 'plain', settings, `${generation}`);
  const withUsers = (generation: number) => closure(generation, { userNamespacing: true });
  const without = (generation: number) => closure(generation, { userNamespacing: false });

  const emptyDirectory = () => host().ask(['stat', '--format=%u', `${STATE}/var/empty`]);
  /** The owner of the files. One file of a user namespace is enough, because a container without one cannot use it. */
  const owners = async (): Promise<'of the host' | 'of a user namespace'> => {
    const uids = (await host().ask(['find', STATE, '-xdev', '-printf', '%U\n'])).split('\n').map(Number);
    return uids.every((uid) => uid < 65536) ? 'of the host' : 'of a user namespace';
  };

  it('follow the user namespace that updates and rollbacks enable or disable', async () => {
    await tool().get(['create', 'plain', '--profile', await without(1)]);
    expect(await owners()).to.equal('of the host');
    await tool().get(['update', 'plain', '--profile', await withUsers(2)]);
    expect(await owners()).to.equal('of a user namespace');
    // NixOS makes it immutable, but its owner must change too.
    expect(Number(await emptyDirectory())).to.be.greaterThan(65536);
    await tool().get(['update', 'plain', '--profile', await without(3)]);
    expect(await owners()).to.equal('of the host');
    await tool().get(['rollback', 'plain']);
    expect(await owners()).to.equal('of a user namespace');
    await tool().get(['rollback', 'plain', '--to', '1']);
    expect(await owners()).to.equal('of the host');
  });

  it('are restored if an update that enables a user namespace fails', async () => {
    await tool().get(['create', 'plain', '--profile', await without(1)]);
    const broken = await closure(2, { userNamespacing: true, trouble: 'init-crash' });
    await tool().fail(8, ['update', 'plain', '--profile', broken]);
    expect(await owners()).to.equal('of the host');
    expect(await host().ask(['machinectl', 'show', 'plain', '--property=State', '--value'])).to.equal(
      'running',
    );
  });

  it('are corrected for a new container without a user namespace that takes over existing state', async () => {
    await tool().get(['create', 'plain', '--profile', await withUsers(1)]);
    await tool().get(['remove', 'plain']);
    expect(await owners()).to.equal('of a user namespace');
    await tool().get(['create', 'plain', '--profile', await without(1)]);
    expect(await owners()).to.equal('of the host');
  });

  it('are corrected by start, restart or autostart if the container was stopped during the update', async () => {
    await tool().get(['create', 'plain', '--profile', await withUsers(1)]);
    for (const verb of [['start', 'plain'], ['restart', 'plain'], ['autostart']]) {
      await tool().get(['stop', 'plain']);
      await tool().get(['update', 'plain', '--profile', await withUsers(2), '--start']);
      await tool().get(['stop', 'plain']);
      await tool().get(['update', 'plain', '--profile', await without(3)]);
      expect(await owners()).to.equal('of a user namespace');
      await tool().get<Document[]>(verb);
      expect(await owners(), verb.join(' ')).to.equal('of the host');
      expect(await host().ask(['systemctl', 'is-active', SERVICE])).to.equal('active');
    }
  });

  it('are found and corrected by doctor if the container was started by hand', async () => {
    await tool().get(['create', 'plain', '--profile', await withUsers(1)]);
    await tool().get(['stop', 'plain']);
    await tool().get(['update', 'plain', '--profile', await without(2)]);
    await host().run(['systemctl', 'start', SERVICE]);
    const { document } = await tool().ask<{ findings: { id: string }[] }>(['doctor', 'plain']);
    expect(document.findings.map(({ id }) => id)).to.include('foreign-owners');
    await tool().get(['doctor', 'plain', '--fix', '--yes']);
    expect(await owners()).to.equal('of the host');
  });

  it('are reported without a change if systemd-nspawn cannot correct them', async () => {
    await tool().get(['create', 'plain', '--profile', await withUsers(1)]);
    await tool().get(['stop', 'plain']);
    await tool().get(['update', 'plain', '--profile', await without(2)]);
    await host().run(['mount', '--bind', '-o', 'ro', '/srv/machines/plain', STATE]);
    await host().run(['mount', '-o', 'remount,ro,bind', STATE]);
    const { code, document } = await tool().ask<{ error: { code: string } }[]>(['start', 'plain']);
    await host().run(['umount', STATE]);
    expect(code).to.equal(11);
    expect(document[0]?.error.code).to.equal('owners-not-returned');
    await tool().get(['start', 'plain']);
    expect(await owners()).to.equal('of the host');
  });
});
