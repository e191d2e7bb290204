import { expect } from 'chai';
import {
  addressOf,
  container,
  create,
  describePresets,
  from,
  hostItself,
  inside,
  remove,
  removeAll,
  theOutside,
} from './presets.js';

const greeting = 'hello from web generation 1';

describePresets('the presets for shared networks:', 'preset-shared', ({ host, tool, nothingIsLeft }) => {
  describe('zone', () => {
    const unit = '/etc/systemd/network/20-vz-inner.network';
    const zone = 'zone:inner,address=10.77.0.1/24';

    describe('of two containers', () => {
      let address: string;

      before(async () => {
        await create(host(), 'web', zone, 'expose:8080:80');
        await create(host(), 'other', zone);
        address = await addressOf(host(), 'web', '10.77.0.');
      });

      after(() => removeAll(host()));

      it('connects them with each other, the host and other machines', async () => {
        await hostItself(host()).pings(address);
        expect(await container(host(), 'other').reads(`http://${address}`)).to.equal(greeting);
        await container(host(), 'other').pings('10.99.0.1');
      });

      it('forwards ports from other machines', async () => {
        expect(await theOutside(host()).reads('http://10.99.0.2:8080')).to.equal(greeting);
      });

      it('does not allow a container to change a file that another one shares', async () => {
        const presets = ['zone:inner,address=10.79.0.1/24'];
        const error = await tool().fail(10, ['update', 'other', ...from('other', presets)]);
        expect(error.code).to.equal('host-file-shared');
        expect(error.message).to.contain("'web'");
        expect(await host().readFile(unit)).to.contain('Address=10.77.0.1/24');
      });

      it('is deleted with the last container that uses it', async () => {
        await remove(host(), 'web');
        expect(await host().has(unit), 'while another container uses it').to.equal(true);
        await container(host(), 'other').pings('10.77.0.1');
        await remove(host(), 'other');
        await nothingIsLeft();
      });
    });

    it('can be declared by the host, which then determines the address', async () => {
      const declared =
        '[Match]\nName=vz-inner\n\n[Network]\nAddress=10.78.0.1/24\nDHCPServer=yes\nIPMasquerade=both\n';
      await host().writeFile(unit, declared);
      await host().run(['networkctl', 'reload']);
      const { message } = await tool().fail(10, ['create', 'web', ...from('web', [zone])]);
      expect(message).to.contain(`Zone 'inner' is already declared on this host, in ${unit}.`);
      await create(host(), 'web', 'zone:inner');
      await hostItself(host()).pings(await addressOf(host(), 'web', '10.78.0.'));
      await remove(host(), 'web');
      expect(await host().readFile(unit)).to.equal(declared);
      await host().run(['rm', unit]);
      await host().run(['networkctl', 'reload']);
    });
  });

  describe('bridge', () => {
    after(() => removeAll(host()));

    it('uses a bridge of the host without deleting it', async () => {
      await host().run(['ip', 'link', 'add', 'br0', 'type', 'bridge']);
      await host().run(['ip', 'address', 'add', '10.80.0.1/24', 'dev', 'br0']);
      await host().run(['ip', 'link', 'set', 'br0', 'up']);
      await create(host(), 'web', 'bridge:br0', 'static:10.80.0.2/24,gateway=10.80.0.1');
      await create(host(), 'other', 'bridge:br0', 'static:10.80.0.3/24');
      expect(await hostItself(host()).reads('http://10.80.0.2')).to.equal(greeting);
      expect(await container(host(), 'other').reads('http://10.80.0.2')).to.equal(greeting);
      expect(await inside(host(), 'web', 'ip', 'route', 'show', 'default')).to.contain('via 10.80.0.1');
      await remove(host(), 'web');
      await remove(host(), 'other');
      await host().run(['ip', 'link', 'delete', 'br0']);
      await nothingIsLeft();
    });

    it('creates a bridge on request, and deletes it with the last container', async () => {
      await create(host(), 'web', 'bridge:br1,create=yes,address=10.81.0.1/24');
      const address = await addressOf(host(), 'web', '10.81.0.');
      expect(await hostItself(host()).reads(`http://${address}`)).to.equal(greeting);
      await container(host(), 'web').pings('10.99.0.1');
      await remove(host(), 'web');
      await nothingIsLeft();
    });

    it('deletes a created bridge if the container cannot be created', async () => {
      const failing = ['create', 'web', ...from('crashing', ['bridge:br2,create=yes'])];
      const error = await tool().fail(11, failing);
      expect(error.code).to.equal('not-started');
      await nothingIsLeft();
    });
  });
});
