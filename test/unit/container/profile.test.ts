import { expect } from 'chai';
import { Profile } from '../../../src/container/profile.js';

const generation = (number: number) => ({
  number,
  path: `/nix/store/closure-${number}`,
  created: new Date(number),
});

const profile = (numbers: readonly number[], current: number | null) =>
  new Profile(numbers.map(generation), current);

describe('a profile', () => {
  const CASES = [
    { recorded: [], at: null, current: null, previous: null, newest: null },
    { recorded: [1], at: 1, current: 1, previous: null, newest: 1 },
    { recorded: [1, 2, 3], at: 3, current: 3, previous: 2, newest: 3 },
    { recorded: [1, 2, 3], at: 2, current: 2, previous: 1, newest: 3 },
    { recorded: [2, 5, 9], at: 9, current: 9, previous: 5, newest: 9 },
    // The link of the current generation was deleted. A rollback still finds its target.
    { recorded: [1, 3], at: 2, current: null, previous: 1, newest: 3 },
    { recorded: [4, 5], at: null, current: null, previous: null, newest: 5 },
  ];

  for (const { recorded, at, current, previous, newest } of CASES)
    it(`of [${recorded}] that points to ${at} has current ${current}, previous ${previous} and newest ${newest}`, () => {
      const given = profile(recorded, at);
      expect(given.current?.number ?? null).to.equal(current);
      expect(given.previous?.number ?? null).to.equal(previous);
      expect(given.newest?.number ?? null).to.equal(newest);
    });

  it('orders its generations by number', () => {
    const given = profile([10, 2, 9], 9);
    expect(given.numbers).to.deep.equal([2, 9, 10]);
    expect(given.newestFirst.map(({ number }) => number)).to.deep.equal([10, 9, 2]);
    expect(given.numbers).to.deep.equal([2, 9, 10]);
  });

  it('finds a generation by its number', () => {
    const given = profile([1, 3], 3);
    expect(given.at(1)).to.deep.equal(generation(1));
    expect(given.at(2)).to.equal(null);
  });

  it('finds the generation before a number, even if this number does not exist', () => {
    expect(profile([1, 3], 3).before(3)).to.deep.equal(generation(1));
    expect(profile([1, 3], 3).before(9)).to.deep.equal(generation(3));
    expect(profile([1, 3], 3).before(1)).to.equal(null);
  });
});
