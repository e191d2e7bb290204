import { expect } from 'chai';
import { fixture, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, flakeOf, Tool } from './tool.js';

describeOnHost('several runs at once', 'several', (host) => {
  let tool: Tool;

  before(() => {
    tool = new Tool(host());
  });

  it('makes one container of two creates of the same name; the other says who is at work', async () => {
    const create = ['create', 'plain', '--flake', flakeOf('plain')];
    const answers = await Promise.all([tool.ask(create), tool.ask(create)]);
    const codes = answers.map(({ code }) => code).sort();
    expect(codes[0]).to.equal(0);
    // The later one finds the lock taken, or the container there.
    expect(codes[1]).to.be.oneOf([4, 6]);
    const loser = answers.find(({ code }) => code !== 0);
    if (loser?.code === 6)
      expect(errorOf(loser).message).to.match(/locked by (PID \d+, running 'create'|another process)/);
    expect(await tool.get(['list'])).to.have.length(1);
    await tool.get(['remove', 'plain', '--delete-state']);
  });

  it('waits for another run as long as it was told to', async () => {
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
    // The kernel freed the lock with the process; what the killed run left is brought in order.
    await tool.get(['remove', 'slow-build', '--wait', '20']);
    expect(await tool.get(['list'])).to.deep.equal([]);
  });

  it('makes twenty containers of twenty creates', async function () {
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
