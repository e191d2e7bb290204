import { expect } from 'chai';
import { container, from, hostItself, preparePresets, remove, theOutside } from '../host/presets.js';
import { Tool } from '../host/tool.js';
import { describeInMachine } from './suite.js';

describeInMachine("containers on a link of the machine, with the kernel's own", 'links', (machine) => {
  const tool = () => new Tool(machine());

  before(async () => {
    await preparePresets(machine());
    await machine().uplink();
  });

  for (const [kind, address] of [
    ['macvlan', '10.99.0.50'],
    ['ipvlan', '10.99.0.60'],
  ] as const)
    it(`${kind}: other machines reach the container, and the host does not`, async () => {
      const preset = `${kind}:uplink0,address=${address}/24,gateway=10.99.0.1`;
      await tool().get(['create', 'web', ...from('web', [preset])]);
      expect(await theOutside(machine()).reads(`http://${address}`)).to.equal('hello from web generation 1');
      await container(machine(), 'web').pings('10.99.0.1');
      expect(await hostItself(machine()).isDeafTo(`http://${address}`)).to.equal(true);
      const details = await machine().ask(['nixos-nspawn', 'run', 'web', '--', 'ip', '-details', 'link']);
      expect(details).to.match(new RegExp(`^ +${kind} +mode`, 'm'));
      await remove(machine(), 'web');
    });
});
