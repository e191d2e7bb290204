import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

/** More containers of one name than a link of its own has addresses: networkd chooses a /28 for it. */
const MORE_THAN_ADDRESSES = 15;

describeOnHost('the leases of containers', 'leases', (host) => {
  const tool = () => new Tool(host());

  const build = (name: string, settings: object) => builtProfile(host(), name, settings);

  /** The one IPv4 address of a container. */
  const address = async (name: string): Promise<string> => {
    const all = (await tool().get<{ addresses: string[] }>(['addresses', name, '--ipv4'])).addresses;
    expect(all, name).to.have.lengthOf(1);
    return all[0] ?? '';
  };
  const outcomes = (...args: string[]) => tool().get<Document[]>(args);

  it('are the same after restarts, stops, updates and a kill', async function () {
    this.timeout(300_000);
    await tool().get(['create', 'web', '--profile', await build('web', {})]);
    const first = await address('web');
    expect(first).to.match(/^192\.168\./);
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      await outcomes('restart', 'web');
      seen.push(await address('web'));
    }
    for (const end of ['stop', 'kill']) {
      await outcomes(end, 'web');
      await outcomes('start', 'web');
      seen.push(await address('web'));
    }
    const profile = await build('web', { generation: 2 });
    await tool().get(['update', 'web', '--profile', profile, '--strategy', 'restart']);
    seen.push(await address('web'));
    await tool().get(['rollback', 'web', '--strategy', 'restart']);
    seen.push(await address('web'));
    expect([...new Set(seen)]).to.deep.equal([first]);
  });

  it('are the same in a zone, in whichever order its containers start', async function () {
    this.timeout(300_000);
    const names = ['one', 'two', 'three'];
    for (const name of names)
      await tool().get(['create', name, '--profile', await build(name, { network: ['Zone=lab'] })]);
    const all = async () => Promise.all(names.map(address));
    const first = await all();
    expect(new Set(first).size).to.equal(3);
    // The link of the zone exists as long as one of them runs.
    await outcomes('stop', 'one', 'two');
    await outcomes('start', 'two');
    await outcomes('start', 'one');
    await outcomes('restart', 'three');
    expect(await all()).to.deep.equal(first);
    await outcomes('stop', ...names);
    for (const name of names.toReversed()) await outcomes('start', name);
    expect(await all()).to.deep.equal(first);
    await outcomes('stop', ...names);
  });

  it('are available for any number of new containers with one name', async function () {
    this.timeout(580_000);
    await tool().get(['remove', 'web', '--delete-state', '--yes']);
    const profile = await build('web', {});
    for (let round = 0; round < MORE_THAN_ADDRESSES; round++) {
      const created = await tool().get(['create', 'web', '--profile', profile]);
      expect(created.warnings, `container ${round}`).to.deep.equal([]);
      await tool().get(['remove', 'web', '--delete-state', '--yes']);
    }
  });

  it('are available after any number of resets', async function () {
    this.timeout(580_000);
    await tool().get(['create', 'web', '--profile', await build('web', {})]);
    for (let round = 0; round < MORE_THAN_ADDRESSES; round++) {
      const reset = await tool().get(['reset', 'web', '--yes']);
      expect(reset.warnings, `reset ${round}`).to.deep.equal([]);
    }
  });
});
