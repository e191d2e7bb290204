import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { forwarding } from '../../../src/doctor/facts/forwarding.js';
import { distribution, isNixOS } from '../../../src/doctor/facts/host.js';
import { parseSockets } from '../../../src/doctor/facts/listening-ports.js';
import { hasMyMachines, nssHosts } from '../../../src/doctor/facts/name-services.js';
import {
  orphanedFiles,
  orphanedRecords,
  orphanedSettings,
  orphanedStates,
} from '../../../src/doctor/facts/orphans.js';
import { type Fact, Look } from '../../../src/doctor/look.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';
import { acquireLock } from '../../../src/host/lock.js';

describe('the facts about a host', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nspawn-facts-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const write = async (path: string, text = '') => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const seen = <T>(fact: Fact<T>) => new Look(hostLayout({ root }), new AbortController().signal).at(fact);

  it('include the distribution and those that it is based on', async () => {
    expect(await seen(distribution)).to.deep.equal([]);
    await write('etc/os-release', 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n');
    expect(await seen(distribution)).to.deep.equal(['linuxmint', 'ubuntu', 'debian']);
  });

  it('include the name services for hosts, with their actions', async () => {
    expect(await seen(nssHosts)).to.equal(null);
    await write(
      'etc/nsswitch.conf',
      'passwd: files\nhosts:  mymachines resolve [!UNAVAIL=return] files # x\n',
    );
    expect(await seen(nssHosts)).to.deep.equal(['mymachines', 'resolve', '[!UNAVAIL=return]', 'files']);
  });

  it('include whether nss-mymachines is installed, except on NixOS', async () => {
    expect(await seen(hasMyMachines)).to.equal(false);
    await write('usr/lib/x86_64-linux-gnu/libnss_mymachines.so.2');
    expect(await seen(hasMyMachines)).to.equal(true);
    await write('etc/NIXOS');
    expect([await seen(isNixOS), await seen(hasMyMachines)]).to.deep.equal([true, null]);
  });

  it('include the file that denies forwarding, unless a later one allows it', async () => {
    const deniedBy = async () => (await seen(forwarding)).IPv4.deniedBy;
    await write('etc/systemd/networkd.conf', '[Network]\nIPv4Forwarding=no\n');
    expect(await deniedBy()).to.equal(join(root, 'etc/systemd/networkd.conf'));
    await write('usr/lib/systemd/networkd.conf.d/50-on.conf', '[Network]\nIPv4Forwarding=yes\n');
    expect(await deniedBy()).to.equal(null);
    await write('run/systemd/networkd.conf.d/60-off.conf', '[Network]\nIPv4Forwarding=0\n');
    expect(await deniedBy()).to.equal(join(root, 'run/systemd/networkd.conf.d/60-off.conf'));
  });

  it('include the ports on which programs listen, except on loopback addresses', () => {
    const table = [
      '  sl  local_address rem_address   st',
      '   0: 0100007F:0035 00000000:0000 0A 00000000:00000000',
      '   1: 00000000:1F90 00000000:0000 0A 00000000:00000000',
      '   2: 0208A8C0:0016 0108A8C0:C350 01 00000000:00000000',
    ].join('\n');
    expect(parseSockets(table, 'tcp')).to.deep.equal([{ protocol: 'tcp', port: 8080 }]);
  });

  it('include the remains of containers that do not exist, but no files of other machines', async () => {
    const { unitDir, profilesDir } = hostLayout({ root });
    await mkdir(unitDir, { recursive: true });
    await symlink(join(profilesDir, 'ghost/system/nixos-nspawn/ghost.nspawn'), join(unitDir, 'ghost.nspawn'));
    await write('etc/systemd/nspawn/foreign.nspawn', '[Exec]\n');
    await write('var/lib/nixos-nspawn/containers/ghost.json', '{}');
    await write('var/lib/machines/ghost/etc/os-release');
    await write('var/lib/machines/debian/etc/os-release', 'ID=debian\n');
    await write('etc/systemd/system/systemd-nspawn@phantom.service.d/override.conf', '[Service]\n');
    await write('etc/systemd/system/systemd-nspawn@debian.service.d/override.conf', '[Service]\n');
    const paths = async (fact: typeof orphanedFiles) =>
      (await seen(fact)).map(({ name, path }) => `${name} ${path.slice(root.length)}`);
    expect(await paths(orphanedFiles)).to.deep.equal(['ghost /etc/systemd/nspawn/ghost.nspawn']);
    expect(await paths(orphanedRecords)).to.deep.equal(['ghost /var/lib/nixos-nspawn/containers/ghost.json']);
    // A unit file with that name exists, so its state and its settings may still be used.
    expect(await paths(orphanedStates)).to.deep.equal([]);
    expect(await paths(orphanedSettings)).to.deep.equal([
      'phantom /etc/systemd/system/systemd-nspawn@phantom.service.d/override.conf',
    ]);
    await rm(join(unitDir, 'ghost.nspawn'));
    expect(await paths(orphanedStates)).to.deep.equal(['ghost /var/lib/machines/ghost']);
    // While an operation works on a container of that name, they may be parts of it.
    const { lock: path } = containerPlaces(hostLayout({ root }), containerName('ghost'));
    const lock = await acquireLock({ name: 'ghost', path, operation: 'create', wait: 0 });
    for (const fact of [orphanedFiles, orphanedRecords, orphanedStates])
      expect(await paths(fact)).to.deep.equal([]);
    await lock.release();
  });
});
