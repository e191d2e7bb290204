import { expect } from 'chai';
import { describeNixos } from './suite.js';

const settings = 'nixosContainer.activation.strategy = "reload";';

describeNixos('the running generation', 'generations', (containers, host) => {
  before(async () => {
    await containers().create('web', { settings });
  });

  it('is the current one after create, and doctor finds no problem', async () => {
    expect(await containers().tool.get(['status', 'web'])).to.include({ generation: 1, outdated: false });
    expect(await containers().tool.get(['doctor'])).to.include({ healthy: true });
  });

  it('can be compared with another one', async () => {
    const { code, document } = await containers().update('web', { page: 2, settings }, '--strategy', 'none');
    expect(code).to.equal(0);
    expect(document).to.include({ generation: 2 });
    expect(await containers().tool.get(['diff', 'web', 'running'])).to.be.an('object');
    expect(await containers().tool.get(['status', 'web'])).to.include({ outdated: true });
  });

  it('is kept by prune, and its files by garbage collection', async () => {
    for (const page of [3, 4]) await containers().update('web', { page, settings }, '--strategy', 'none');
    await containers().tool.get(['prune', 'web', '--keep', '1']);
    const generations = await containers().tool.get<{ generation: number }[]>(['list-generations', 'web']);
    expect(generations.map(({ generation }) => generation)).to.include(1);
    await host().run(['nix-collect-garbage', '--quiet']);
    expect(await containers().page('web')).to.equal('hello from web, page 1');
    await containers().tool.get(['restart', 'web']);
    expect(await containers().page('web')).to.equal('hello from web, page 4');
    expect(await containers().failedUnits('web')).to.deep.equal([]);
  });
});
