import { expect } from 'chai';
import { waitFor } from './host.js';
import { describePresets } from './presets.js';

/** Presets that do not fit this host, and their errors. */
const refusals = [
  ['bridge:br7', "Bridge 'br7' does not exist."],
  ['bridge:uplink0', "Interface 'uplink0' is not a bridge."],
  ['bridge:br7,address=10.81.0.1/24', "'address' can only be used with create=yes."],
  ['bridge:br7,create=yes,address=10.99.0.9/24', 'which the host routes to uplink0'],
  [
    'zone:inner,address=10.99.0.9/16',
    '10.99.0.9/16 overlaps 10.99.0.0/24, which the host routes to uplink0.',
  ],
  ['ula:fd99:0:0:0::/64', 'overlaps fd99::/64, which the host routes to uplink0.'],
  ['ipv6-delegation:fd99:0:0:0::/64', 'overlaps fd99::/64, which the host routes to uplink0.'],
  ['static:10.99.0.9/24,gateway=10.99.0.1', '10.99.0.9/24 overlaps 10.99.0.0/24'],
  ['static:10.50.0.2/24,gateway=10.51.0.1', 'Gateway 10.51.0.1 is not in the network of 10.50.0.2/24.'],
  ['macvlan:eth7', "Interface 'eth7' does not exist."],
  ['ipvlan:lo', 'The loopback interface has no connection to other hosts.'],
  ['expose:8088:80', "The host's tcp port 8088 is already in use: a process listens on it."],
  ['expose:8087-8089:80-82', "The host's tcp port 8088 is already in use"],
] as const;

/** Presets with mistakes, and their errors. */
const mistakes = [
  ['expose:prots=80', "it has no parameter 'prots'; did you mean 'ports'?"],
  ['zone:inner,adress=10.77.0.1/24', "it has no parameter 'adress'; did you mean 'address'?"],
  ['expose:8080:80:80', 'must be a port like 8080:80'],
  ['ula:2001:db8::/64', 'must be a /64 within fc00::/7'],
  ['bridge:br0,create=maybe', 'create'],
  ['ulla', "Did you mean 'ula'?"],
] as const;

describePresets(
  'impossible presets:',
  'preset-refusals',
  ({ host, tool, nothingIsLeft }) => {
    /** From a flake that does not exist, which an evaluation would report. */
    const createWith = (exitCode: number, preset: string) =>
      tool().fail(exitCode, ['create', 'web', '--flake', 'path:/srv/nowhere#web', '--preset', preset]);

    for (const [preset, reason] of refusals)
      it(`${preset} is refused because of the host, before anything is evaluated`, async () => {
        const { message } = await createWith(10, preset);
        expect(message).to.contain(reason);
      });

    for (const [preset, reason] of mistakes)
      it(`${preset} is refused as a mistake, with a suggestion`, async () => {
        const { message } = await createWith(64, preset);
        expect(message).to.contain(reason);
      });

    it('a possible preset is evaluated', async () => {
      const { code } = await createWith(11, 'expose:8089:80');
      expect(code).to.equal('command-failed');
    });

    for (const [family, preset] of [
      [4, 'expose:8089:80'],
      [6, 'ula'],
    ] as const)
      it(`${preset} is refused if networkd is configured to keep IPv${family} forwarding off`, async () => {
        const file = `/run/systemd/networkd.conf.d/no-ipv${family}.conf`;
        await host().writeFile(file, `[Network]\nIPv${family}Forwarding=no\n`);
        const link = family === 4 ? 'uplink0' : 'all';
        await host().run(['sysctl', '-qw', `net.ipv${family}.conf.${link}.forwarding=0`]);
        const { message } = await createWith(10, preset);
        expect(message).to.contain(`IPv${family} forwarding is off on this host`);
        await host().run(['rm', '-r', '/run/systemd/networkd.conf.d']);
      });

    it('they change nothing on the host', async () => {
      await nothingIsLeft();
    });
  },
  async (host) => {
    await host.run(['systemd-run', '--quiet', '--unit=taken', 'busybox', 'httpd', '-f', '-p', '8088']);
    await waitFor('the server', () => host.run(['curl', '-s', 'http://127.0.0.1:8088/']));
  },
);
