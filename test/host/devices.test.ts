import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { describeOnHost } from './suite.js';
import { type Document, nextStepsOf, Tool } from './tool.js';

const KVM = '/dev/kvm';
const DEVICES = [{ path: KVM, class: null, mode: 'rw', optional: false }];

describeOnHost('a container with devices of the host', 'devices', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().run(['bash', '-euc', script]);

  /** The kernel need not have a driver for it. Without a permission, opening it fails with EPERM in any case. */
  const makeNode = () => shell(`[ -e ${KVM} ] || mknod -m 666 ${KVM} c 10 232`);
  const removeNode = () => host().run(['rm', '-f', KVM]);

  const build = (settings: object) => builtProfile(host(), 'plain', settings);

  /** Whether the container may use the device. */
  const mayUse = async (path: string) => {
    const { code, stderr } = await host().run(
      ['nixos-nspawn', 'run', 'plain', '--', 'bash', '-c', `exec 3<${path}`],
      { check: false },
    );
    if (code !== 0 && !/Operation not permitted|No such device/.test(stderr)) throw new Error(stderr);
    return code === 0 || !stderr.includes('Operation not permitted');
  };

  const remove = () =>
    host().run(['nixos-nspawn', 'remove', 'plain', '--delete-state', '--yes'], { check: false });

  /** So that the snapshots contain the directory of locks. */
  before(async () => {
    await tool().create('plain');
    await remove();
  });

  afterEach(async () => {
    await remove();
    await removeNode();
  });

  it('is not created if the host does not have a required one, which the error names', async () => {
    const before = await host().snapshot();
    const closure = await build({ files: [`Bind=${KVM}`], data: { devices: DEVICES } });
    const error = await tool().fail(7, ['create', 'plain', '--profile', closure]);
    expect(error).to.include({ code: 'device-missing', path: KVM });
    expect(error.message).to.include("(option 'devices'), which does not exist on the host");
    expect(nextStepsOf(error)).to.include('optional = true');
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('is not created if the path is not a device, or if a pattern matches nothing', async () => {
    for (const [device, why] of [
      [{ path: '/dev/shm' }, "is a directory, which needs 'class' in its entry"],
      [{ path: '/dev/net/none*', class: 'char-misc' }, 'matches no device of the host'],
    ] as const) {
      const closure = await build({ data: { devices: [device] } });
      const error = await tool().fail(7, ['create', 'plain', '--profile', closure]);
      expect(error).to.include({ code: 'device-missing', path: device.path });
      expect(error.message).to.include(why);
    }
    const closure = await build({
      data: { devices: [{ path: '/dev/none*', class: 'char-x', optional: true }] },
    });
    await tool().get(['create', 'plain', '--profile', closure]);
  });

  it('is refused if it mounts one without a permission, and can use it with the permission', async () => {
    await shell(`mknod -m 666 ${KVM} c 10 232`);
    const mounts = await build({ files: [`Bind=${KVM}:/dev/other`] });
    const before = await host().snapshot();
    const error = await tool().fail(10, ['create', 'plain', '--profile', mounts]);
    expect(error).to.include({ code: 'device-not-allowed', path: KVM });
    expect(nextStepsOf(error)).to.include(`devices = [ "${KVM}" ];`);
    expect(await host().changesSince(before)).to.deep.equal([]);

    const permitted = await build({ files: [`Bind=${KVM}:/dev/other`], service: [`DeviceAllow=${KVM} rw`] });
    await tool().get(['create', 'plain', '--profile', permitted]);
    expect(await mayUse('/dev/other')).to.equal(true);
    expect(await mayUse('/dev/full')).to.equal(true);

    const again = await tool().fail(10, ['update', 'plain', '--profile', mounts]);
    expect(again).to.include({ code: 'device-not-allowed', path: KVM });
    expect(await mayUse('/dev/other')).to.equal(true);
  });

  it('may have a permission by its class, or from a drop-in of the user', async () => {
    await shell(`mknod -m 666 ${KVM} c 10 232`);
    const mounts = { files: [`Bind=${KVM}`] };
    await tool().get([
      'create',
      'plain',
      '--profile',
      await build({ ...mounts, service: ['DeviceAllow=char-misc rw'] }),
    ]);
    expect(await mayUse(KVM)).to.equal(true);
    await host().writeFile(
      '/etc/systemd/system/systemd-nspawn@plain.service.d/mine.conf',
      `[Service]\nDeviceAllow=${KVM} rw\n`,
    );
    await host().run(['systemctl', 'daemon-reload']);
    await tool().get(['update', 'plain', '--profile', await build(mounts)]);
    expect(await mayUse(KVM)).to.equal(true);
    await host().run(['rm', '/etc/systemd/system/systemd-nspawn@plain.service.d/mine.conf']);
  });

  it('is refused if it mounts a directory of devices, with the class of the devices', async () => {
    await shell('mkdir -p /dev/several && mknod -m 666 /dev/several/a c 10 232');
    const error = await tool().fail(10, [
      'create',
      'plain',
      '--profile',
      await build({ files: ['Bind=/dev/several'] }),
    ]);
    expect(nextStepsOf(error)).to.include('devices = [ { path = "/dev/several"; class = "char-misc"; } ];');
    await host().run(['rm', '-r', '/dev/several']);
  });

  it('does not start without a required one, and doctor reports it', async () => {
    await makeNode();
    await tool().get([
      'create',
      'plain',
      '--profile',
      await build({ files: [`Bind=${KVM}`], service: [`DeviceAllow=${KVM} rw`], data: { devices: DEVICES } }),
    ]);
    await tool().get(['stop', 'plain']);
    await removeNode();
    const { code, document } = await tool().ask<Document[]>(['start', 'plain']);
    expect(code).to.equal(7);
    expect(document[0]).to.have.nested.property('error.code', 'device-missing');
    const { document: examined } = await tool().ask<{ findings: Document[] }>(['doctor', 'plain']);
    expect(examined.findings.map(({ id }) => id)).to.include('device-missing');
    await makeNode();
    const { document: healthy } = await tool().ask<{ findings: Document[] }>(['doctor', 'plain']);
    expect(healthy.findings.map(({ id }) => id)).to.not.include.members([
      'device-missing',
      'device-not-allowed',
    ]);
  });
});
