import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { answers } from './by-hand.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

const LINK = '/etc/systemd/nspawn/web.nspawn';
const FILES = '/nix/var/nix/profiles/per-nspawn/web/system/nixos-nspawn';

const OWN = ['AF_INET', 'AF_INET6', 'AF_NETLINK', 'AF_UNIX'];

/** For systemd 256 to 260, and for newer versions. */
const UNITS = { older: `${FILES}/web.nspawn`, newer: `${FILES}/web.nspawn.systemd-261` };

/**
 * systemd-nspawn 261 and newer print a note if a container does not state its address families. Older versions print a
 * warning if it does.
 */
const MESSAGES = /permitted socket address families|Unknown key|Failed to parse/;

describeOnHost('the socket address families of a container', 'families', (host) => {
  const tool = () => new Tool(host());
  let fitting: string;
  let other: string;

  const link = () => host().ask(['readlink', LINK]);
  /** As if the host had got another version of systemd since the link was made. */
  const linkOther = () => host().run(['ln', '-sfn', other, LINK]);
  const cursor = async () => {
    const shown = await host().ask(['journalctl', '-n', '0', '--show-cursor']);
    return /^-- cursor: (.+)$/m.exec(shown)?.[1] ?? '';
  };
  const journalSince = (start: string) =>
    host().ask(['journalctl', '-u', 'systemd-nspawn@web', '--after-cursor', start, '-o', 'cat']);
  const build = (settings: object) => builtProfile(host(), 'web', settings);
  /** The same closure without the file for newer versions, as earlier versions of the tool build it. */
  const withoutNewerFile = async (closure: string) => {
    const script =
      'cp -r "$1" /tmp/closure && rm /tmp/closure/nixos-nspawn/*.systemd-261 && nix-store --add /tmp/closure';
    return host().ask(['sh', '-c', script, 'copy', closure]);
  };
  /** Whether a program in the container can open a socket of AF_PACKET. */
  const hasPackets = async () => {
    const { stdout, stderr } = await host().run(
      [
        'nixos-nspawn',
        'run',
        'web',
        '--',
        'busybox',
        'arping',
        '-c',
        '1',
        '-w',
        '1',
        '-I',
        'host0',
        '192.0.2.1',
      ],
      { check: false },
    );
    return !`${stdout}${stderr}`.includes('Address family not supported');
  };

  before(async function () {
    this.timeout(300_000);
    const isNewer = (await host().systemd()) >= 261;
    [fitting, other] = isNewer ? [UNITS.newer, UNITS.older] : [UNITS.older, UNITS.newer];
  });

  beforeEach(async () => {
    if (!(await host().has(LINK))) await tool().create('web');
  });

  afterEach(async () => {
    if (await host().has(LINK)) await tool().get(['remove', 'web', '--delete-state']);
  });

  it('are all permitted by default, without a message in the log', async () => {
    await tool().get(['remove', 'web', '--delete-state']);
    const start = await cursor();
    await tool().create('web');
    expect(await link()).to.equal(fitting);
    expect(await journalSince(start))
      .to.include('Welcome to')
      .and.not.to.match(MESSAGES);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
    expect(await hasPackets()).to.equal(true);
  });

  for (const verb of ['start', 'restart', 'autostart', 'update'])
    it(`are set for the new systemd by ${verb} after an upgrade of the host`, async () => {
      if (verb === 'start' || verb === 'autostart') await tool().get(['stop', 'web']);
      await linkOther();
      const result = await tool().get<Document[]>(verb === 'autostart' ? [verb] : [verb, 'web']);
      expect(await link()).to.equal(fitting);
      if (verb === 'autostart') expect(result[0]).to.deep.include({ restored: [LINK], started: true });
      expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
    });

  it('are reported by doctor after an upgrade of the host, which also fixes them', async () => {
    await linkOther();
    const report = await tool().ask<{ findings: Document[] }>(['doctor']);
    const found = report.document.findings.find(({ id }) => id === 'other-systemd');
    expect(found?.what).to.include('web').and.to.include('version of systemd');
    await host().run(['nixos-nspawn', 'doctor', '--fix'], { check: false });
    expect(await link()).to.equal(fitting);
  });

  it('can be restricted, which needs a restart if systemd supports it', async () => {
    const isNewer = fitting === UNITS.newer;
    const start = await cursor();
    const restricted = await build({ generation: 2, ula: 'fd12::/64', port: '8181:80', families: OWN });
    const updated = await tool().get<Document>([
      'update',
      'web',
      '--profile',
      restricted,
      '--no-wait-online',
    ]);
    expect(updated.activation).to.equal(isNewer ? 'restart' : 'reload');
    expect(await journalSince(start)).not.to.match(MESSAGES);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 2');
    expect(await hasPackets()).to.equal(!isNewer);

    const { host_side } = await tool().get<{ host_side: Document[] }>(['diff', 'web']);
    const words = `Permitted socket address families set to ${OWN.join(', ')}.`;
    expect(host_side.map(({ text }) => text)).to.deep.equal(isNewer ? [words] : []);

    await tool().get(['rollback', 'web']);
    expect(await hasPackets()).to.equal(true);
  });

  it('are those of an earlier version of the tool after a rollback to its generation', async () => {
    const closure = await withoutNewerFile(await build({ generation: 0, ula: 'fd12::/64', port: '8181:80' }));
    await tool().get(['update', 'web', '--profile', closure]);
    expect(await link()).to.equal(UNITS.older);
    const { document } = await tool().update('web', 'web');
    // All families are permitted before and after.
    expect(document.activation).to.equal('reload');
    expect(await link()).to.equal(fitting);
  });
});
