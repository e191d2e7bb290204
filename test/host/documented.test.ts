import { expect } from 'chai';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf } from './tool.js';

describeOnHost('what the README and the manual show', 'documented', (host) => {
  it('is the session of scripts/demo: each command succeeds and says what it should', async () => {
    const { stdout } = await host().run([`${REPOSITORY}/scripts/demo-session`]);
    expect(stdout).to.include('nothing of it is left');
  });

  it("is the library's example, as it is written", async () => {
    // As in a program's own folder, with the package among its dependencies.
    await host().run(['mkdir', '-p', '/srv/program/node_modules']);
    await host().run(['ln', '-s', REPOSITORY, '/srv/program/node_modules/nixos-nspawn']);
    await host().run(['cp', `${REPOSITORY}/docs/examples/library.mjs`, '/srv/program']);
    const example = ['node', '/srv/program/library.mjs'] as const;
    const stdout = await host().ask([...example, 'web', flakeOf('web'), flakeOf('web-2')]);
    const told = stdout.split('\n').map((line) => JSON.parse(line) as Document);
    expect(told).to.deep.include({ created: 'web', generation: 1, state: 'running' });
    expect(told).to.deep.include({ updated: 'web', generation: 2, activation: 'reload' });
    expect(told).to.deep.include({ rolledBack: 'web', generation: 1 });
    expect(told).to.deep.include({ generations: [2, 1] });
    expect(told.at(-1)).to.deep.equal({ left: 0 });
  });
});
