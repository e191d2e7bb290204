import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { inOrder } from '../../../src/pipeline/in-order.js';

describe('work in an order', () => {
  /** Runs the names and records when the work for each begins and ends. */
  const recorded = async (
    names: readonly string[],
    before: Readonly<Record<string, readonly string[]>>,
    bound = 8,
  ) => {
    const events: string[] = [];
    let active = 0;
    let most = 0;
    const results = await inOrder(
      names,
      (name) => before[name] ?? [],
      bound,
      async (name) => {
        events.push(`+${name}`);
        active += 1;
        most = Math.max(most, active);
        await turn();
        await turn();
        active -= 1;
        events.push(`-${name}`);
        return name.toUpperCase();
      },
    );
    return { events, most, results };
  };

  it('begins with what others wait for, and returns the results in the order of the names', async () => {
    const { events, results } = await recorded(['web', 'db', 'disk'], { web: ['db'], db: ['disk'] });
    expect(events).to.deep.equal(['+disk', '-disk', '+db', '-db', '+web', '-web']);
    expect(results).to.deep.equal(['WEB', 'DB', 'DISK']);
  });

  it('does everything else at the same time, up to the limit', async () => {
    expect((await recorded(['a', 'b', 'c', 'd'], {})).most).to.equal(4);
    expect((await recorded(['a', 'b', 'c', 'd'], { d: ['a'] }, 2)).most).to.equal(2);
    expect((await recorded([], {})).results).to.deep.equal([]);
  });

  it('does not wait for names that are not in the list, and does each name once', async () => {
    const { events } = await recorded(['web', 'web'], { web: ['db'] });
    expect(events).to.deep.equal(['+web', '-web']);
  });

  it('does the work for names that wait for one another, one by one', async () => {
    const { events } = await recorded(['a', 'b'], { a: ['b'], b: ['a'] });
    expect(events).to.deep.equal(['+a', '-a', '+b', '-b']);
  });

  it('begins nothing more after a failure, and throws it when the rest has ended', async () => {
    const begun: string[] = [];
    let isOtherDone = false;
    const failing = inOrder(
      ['fails', 'other', 'later'],
      (name) => (name === 'later' ? ['fails'] : []),
      2,
      async (name) => {
        begun.push(name);
        if (name === 'fails') throw new Error('it failed');
        await turn();
        isOtherDone = true;
      },
    );
    await failing.then(
      () => expect.fail('it did not fail'),
      (error: Error) => expect(error.message).to.equal('it failed'),
    );
    expect(begun).to.deep.equal(['fails', 'other']);
    expect(isOtherDone).to.equal(true);
  });
});
