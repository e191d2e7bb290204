import { expect } from 'chai';
import { fixture, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, flakeOf, Tool } from './tool.js';

describeOnHost('simultaneous commands', 'several', (host) => {
  let tool: Tool;

  before(() => {
    tool = new Tool(host());
  });

  it('that create the same container create only one, and the other reports the lock', async () => {
    const create = ['create', 'plain', '--flake', flakeOf('plain')];
    const answers = await Promise.all([tool.ask(create), tool.ask(create)]);
    const codes = answers.map(({ code }) => code).sort();
    expect(codes[0]).to.equal(0);
    // The later one finds the lock held or the container present.
    expect(codes[1]).to.be.oneOf([4, 6]);
    const loser = answers.find(({ code }) => code !== 0);
    if (loser?.code === 6)
      expect(errorOf(loser).message).to.match(/locked by (PID \d+, running 'create'|another process)/);
    expect(await tool.get(['list'])).to.have.length(1);
    await tool.get(['remove', 'plain', '--delete-state']);
  });

  it('wait for each other as long as --wait allows', async () => {
    const slow = host().spawn(['nixos-nspawn', 'create', 'slow-build', '--flake', flakeOf('slow-build')]);
    await waitFor('the lock', () => host().has('/run/nixos-nspawn/locks/slow-build.lock'));
    const locked = await tool.fail(6, ['remove', 'slow-build']);
    expect(locked).to.include({ code: 'locked', operation: 'create' });
    expect(locked.pid).to.be.a('number');
    const started = Date.now();
    await tool.fail(6, ['remove', 'slow-build', '--wait', '2']);
    expect(Date.now() - started).to.be.at.least(2000);
    await slow.kill('SIGKILL', { group: true });
    await slow.outcome;
    // The kernel released the lock with the process. remove undoes the change of the killed command.
    await tool.get(['remove', 'slow-build', '--wait', '20']);
    expect(await tool.get(['list'])).to.deep.equal([]);
  });

  it('can create twenty containers', async function () {
    this.timeout(300_000);
    const names = Array.from({ length: 20 }, (_, index) => `many-${String(index + 1).padStart(2, '0')}`);
    const closures = await host().ask(
      ['nix', 'build', '--no-link', '--print-out-paths', ...names.map((name) => fixture(name))],
      { timeout: 300_000 },
    );
    await Promise.all(
      closures
        .split('\n')
        .map((closure, index) =>
          tool.get(['create', names[index] ?? '', '--profile', closure], { timeout: 300_000 }),
        ),
    );
    const listed = await tool.get<Document[]>(['list']);
    expect(listed.map(({ name, state }) => [name, state])).to.deep.equal(
      names.map((name) => [name, 'running']),
    );
    await Promise.all(
      names.map((name) => tool.get(['remove', name, '--delete-state'], { timeout: 300_000 })),
    );
    expect(await tool.get(['list'])).to.deep.equal([]);
  });
});
