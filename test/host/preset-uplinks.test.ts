import { expect } from 'chai';
import {
  addressOf,
  container,
  create,
  describePresets,
  from,
  hostItself,
  remove,
  removeAll,
  theOutside,
} from './presets.js';

const greeting = 'hello from web generation 1';
/** The prefix that the other machine, as a provider's router, delegates to the host. */
const delegated = { prefix: '2001:db8:aa00::/56', beginning: '2001:db8:aa00:' };
/** A prefix that it routes to the host without a request. */
const routed = { prefix: '2001:db8:1:2::/64', beginning: '2001:db8:1:2:' };

describePresets(
  "the presets for the uplink's network:",
  'preset-uplinks',
  ({ host, tool, keep, nothingIsLeft }) => {
    afterEach(() => removeAll(host()));

    it('macvlan gives the container an address that other machines and containers reach, but not the host', async () => {
      await create(host(), 'web', 'macvlan:uplink0,address=10.99.0.50/24,gateway=10.99.0.1');
      await create(host(), 'other', 'macvlan:uplink0,address=10.99.0.51/24');
      expect(await theOutside(host()).reads('http://10.99.0.50')).to.equal(greeting);
      expect(await container(host(), 'other').reads('http://10.99.0.50')).to.equal(greeting);
      await container(host(), 'web').pings('10.99.0.1');
      expect(await hostItself(host()).isDeafTo('http://10.99.0.50')).to.equal(true);
      await remove(host(), 'web');
      await remove(host(), 'other');
      await nothingIsLeft();
    });

    it('ipvlan does the same, or fails with the reason if the kernel does not support it', async () => {
      const probe = ['ip', 'link', 'add', 'probe', 'link', 'uplink0', 'type', 'ipvlan'] as const;
      const isKnown = (await host().run(probe, { check: false })).code === 0;
      const preset = 'ipvlan:uplink0,address=10.99.0.60/24,gateway=10.99.0.1';
      if (isKnown) {
        await host().run(['ip', 'link', 'delete', 'probe']);
        await create(host(), 'web', preset);
        expect(await theOutside(host()).reads('http://10.99.0.60')).to.equal(greeting);
        await container(host(), 'web').pings('10.99.0.1');
        expect(await hostItself(host()).isDeafTo('http://10.99.0.60')).to.equal(true);
        await remove(host(), 'web');
      } else {
        const error = await tool().fail(11, ['create', 'web', ...from('web', [preset])]);
        expect(error.code).to.equal('not-started');
        expect(error.journal).to.contain('Failed to add new ipvlan interfaces: Operation not supported');
      }
      await nothingIsLeft();
    });

    describe('ipv6-delegation', () => {
      /** Checks connections in both directions without address translation. */
      const isReached = async (beginning: string) => {
        const address = await addressOf(host(), 'web', beginning);
        expect(await theOutside(host()).reads(`http://[${address}]`)).to.equal(greeting);
        expect(await hostItself(host()).reads(`http://[${address}]`)).to.equal(greeting);
        await container(host(), 'web').pings('fd99::1');
      };

      before(async () => {
        const provider = '/opt/nixos-nspawn/test/fixtures/provider/delegate.mjs';
        await host().run(
          ['systemd-run', '--quiet', '--unit=provider', 'ip', 'netns', 'exec', 'outside'].concat([
            ...['node', provider, 'eth0', delegated.prefix],
          ]) as [string, ...string[]],
        );
        await host().writeFile(
          '/run/systemd/network/10-uplink0.network.d/delegation.conf',
          '[Network]\nDHCP=ipv6\n\n[DHCPv6]\nWithoutRA=solicit\n',
        );
        await host().run(['networkctl', 'reload']);
        await keep();
      });

      it('is refused while IPv6 forwarding is off, because the preset does not enable it', async () => {
        await host().run(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0']);
        const { message } = await tool().fail(10, ['create', 'web', ...from('web', ['ipv6-delegation'])]);
        expect(message).to.contain('IPv6 forwarding is off on this host');
        await nothingIsLeft();
        await host().run(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);
      });

      it('assigns addresses from a prefix that DHCPv6 delegates to the uplink', async () => {
        const created = await create(host(), 'web', 'ipv6-delegation:uplink=uplink0,subnet=2a');
        expect(created.warnings).to.deep.equal([]);
        await isReached(`${delegated.beginning}2a:`);
        await remove(host(), 'web');
        await nothingIsLeft();
      });

      it('assigns addresses from a prefix that is routed to the host', async () => {
        await create(host(), 'web', `ipv6-delegation:${routed.prefix}`);
        await isReached(routed.beginning);
        await remove(host(), 'web');
        await nothingIsLeft();
      });
    });
  },
  async (_, outside) => {
    for (const { prefix } of [delegated, routed])
      await outside.run(['ip', '-6', 'route', 'add', prefix, 'via', 'fd99::2']);
  },
);
