import { expect } from 'chai';
import { timeWithoutService } from '../host/outage.js';
import { describeNixos } from './suite.js';

/** A client of DHCP repeats a lost request after 4 ± 1 seconds (RFC 2131, section 4.1). */
const SECOND_REQUEST = 3;
const RESTARTS = 4;
/** Seconds that the mount of the wrappers had to wait at least if systemd limited it. */
const LIMITED = 0.4;

/** The kinds of links for which the host has a DHCP server. */
const LINKS = { 'its own link': '', 'a zone': 'nixosContainer.zone = "inner";' } as const;

describeNixos('the boot of a container', 'restart', (containers, host) => {
  const inside = (...argv: string[]) => containers().inside('web', ...argv);
  const restart = () => containers().tool.get(['restart', 'web']);

  /** When these units became active, in seconds since the host booted. */
  const activeSince = async (...units: string[]): Promise<number[]> => {
    const shown = await inside(
      'systemctl',
      'show',
      '--property=ActiveEnterTimestampMonotonic',
      '--value',
      ...units,
    );
    return shown
      .split('\n')
      .filter((line) => line !== '')
      .map((text) => Number(text) / 1e6);
  };

  /** When the container got its address by DHCP, in seconds since the host booted. */
  const leasedAt = async (): Promise<number> => {
    const messages = await inside(
      ...['journalctl', '--boot', '--unit=systemd-networkd', '--output=short-monotonic', '--no-hostname'],
    );
    const time = /^\[\s*([\d.]+)\] systemd-networkd\[\d+\]: host0: DHCPv4 address /m.exec(messages)?.[1];
    if (time === undefined) throw new Error(`the container has no lease:\n${messages}`);
    return Number(time);
  };

  for (const [link, settings] of Object.entries(LINKS)) {
    describe(`with ${link}`, () => {
      /** The seconds between the start of networkd and the lease, for each restart. */
      const leases: number[] = [];
      /** The seconds between local-fs-pre.target and the mount of the wrappers, for each restart. */
      const waits: number[] = [];
      /** The IPv4 addresses after the creation and each restart. */
      const addresses: string[] = [];

      before(async () => {
        await containers().create('web', { settings });
        addresses.push(await containers().address('web', ''));
        for (let round = 0; round < RESTARTS; round++) {
          await restart();
          addresses.push(await containers().address('web', ''));
          const [networkd = 0, others = 0, wrappers = 0] = await activeSince(
            'systemd-networkd.service',
            'local-fs-pre.target',
            'run-wrappers.mount',
          );
          leases.push((await leasedAt()) - networkd);
          waits.push(wrappers - others);
        }
      });

      after(() => containers().tool.get(['remove', 'web', '--delete-state']));

      it('gets the address with its first request, each time', () => {
        expect(leases).to.have.lengthOf(RESTARTS);
        expect(Math.max(...leases)).to.be.lessThan(SECOND_REQUEST);
      });

      it('keeps its address', () => {
        expect(addresses).to.have.lengthOf(RESTARTS + 1);
        expect([...new Set(addresses)], addresses.join(', ')).to.have.lengthOf(1);
        expect(addresses[0]).to.match(/^[\d.]+$/);
      });

      it('is away for less time than a second request would take', async () => {
        const times: number[] = [];
        for (let round = 0; round < RESTARTS; round++)
          times.push(
            await timeWithoutService(host(), 'http://web/', async () => {
              await restart();
            }),
          );
        process.stdout.write(`      time without service with ${link}: ${times.join(', ')} ms\n`);
        expect(Math.max(...times)).to.be.lessThan(SECOND_REQUEST * 1000);
      });

      it('does not let the kernel configure addresses by itself', async () => {
        expect(await inside('cat', '/proc/sys/net/ipv6/conf/host0/accept_ra')).to.equal('0');
      });

      it('does not wait for duplicate address detection, because only the host and containers are on the link', async () => {
        expect(await inside('cat', '/proc/sys/net/ipv6/conf/host0/accept_dad')).to.equal('0');
        expect(await inside('ip', '-6', 'address', 'show', 'dev', 'host0')).to.include('scope link');
        await restart();
        // The address is ready in the moment in which the link has its carrier.
        const log = await inside('journalctl', '--boot', '--unit=systemd-networkd', '--output=cat');
        expect(log).to.match(/^host0: Gained carrier\nhost0: Gained IPv6LL$/m);
      });

      it('prepares no other root directory for the shutdown', async () => {
        expect(
          await inside('systemctl', 'show', '--property=LoadState', '--value', 'run-initramfs.mount'),
        ).to.equal('not-found');
      });

      it('has no failed unit', async () => {
        expect(await containers().failedUnits('web')).to.deep.equal([]);
      });

      it('mounts the wrappers as soon as it can, because systemd does not limit how often it reads the mount table', () => {
        expect(waits).to.have.lengthOf(RESTARTS);
        // On a busy machine, some restarts take longer.
        expect(Math.min(...waits)).to.be.lessThan(LIMITED);
      });
    });
  }
});
