import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { inParallel } from '../../../src/pipeline/parallel.js';

describe('working on many things at once', () => {
  it('does as many at once as allowed, and returns the results in order', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let count = 0; count < turns; count += 1) await turn();
      running -= 1;
      return turns * 10;
    });
    expect(most).to.equal(2);
    expect(results).to.deep.equal([50, 10, 40, 20, 30]);
  });

  it('does nothing for no items', async () => {
    expect(await inParallel([], 4, async () => 1)).to.deep.equal([]);
  });

  it('fails with the first failure, and starts no other item after it', async () => {
    const begun: number[] = [];
    const failure = await inParallel([1, 2, 3], 1, async (item) => {
      begun.push(item);
      if (item === 2) throw new Error('two');
    }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('message', 'two');
    expect(begun).to.deep.equal([1, 2]);
  });

  it('fails only when the work that is under way has ended', async () => {
    let isWriting = false;
    const failure = await inParallel(['fails', 'writes'], 2, async (item) => {
      if (item === 'fails') throw new Error('no space');
      isWriting = true;
      await turn();
      isWriting = false;
    }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('message', 'no space');
    expect(isWriting).to.equal(false);
  });
});
