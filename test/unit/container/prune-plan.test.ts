import { expect } from 'chai';
import { Profile } from '../../../src/container/profile.js';
import { planPrune } from '../../../src/container/prune-plan.js';

const DAY = 24 * 60 * 60 * 1000;
const NOW = 100 * DAY;

/** Generation N was created on day 90 + N. */
const profile = (numbers: readonly number[], current: number) =>
  new Profile(
    numbers.map((number) => ({
      number,
      path: `/nix/store/closure-${number}`,
      created: new Date(NOW - (10 - number) * DAY),
    })),
    current,
  );

const CASES: {
  title: string;
  current: number;
  keep?: number;
  days?: number;
  running?: number[];
  forget: number[];
  kept: string[];
}[] = [
  {
    title: 'keeps the newest generations, including the current one',
    current: 5,
    keep: 2,
    forget: [3, 2, 1],
    kept: ['5 current newest', '4 rollback newest'],
  },
  {
    title: 'keeps the current and the previous generation, even if fewer are to be kept',
    current: 5,
    keep: 1,
    forget: [3, 2, 1],
    kept: ['5 current newest', '4 rollback'],
  },
  {
    title: 'keeps the current and the previous generation after a rollback',
    current: 2,
    keep: 1,
    forget: [4, 3],
    kept: ['5 newest', '2 current', '1 rollback'],
  },
  {
    title: 'keeps the running generation',
    current: 5,
    keep: 1,
    running: [1],
    forget: [3, 2],
    kept: ['5 current newest', '4 rollback', '1 running'],
  },
  {
    title: 'keeps generations that are younger than the given age',
    current: 5,
    days: 7,
    forget: [2, 1],
    kept: ['5 current recent', '4 rollback recent', '3 recent'],
  },
  {
    title: 'keeps generations that either of two rules keeps',
    current: 5,
    keep: 4,
    days: 7,
    forget: [1],
    kept: ['5 current newest recent', '4 rollback newest recent', '3 newest recent', '2 newest'],
  },
  {
    title: 'deletes nothing if all generations are to be kept',
    current: 5,
    keep: 9,
    forget: [],
    kept: ['5 current newest', '4 rollback newest', '3 newest', '2 newest', '1 newest'],
  },
];

describe('the plan of prune', () => {
  for (const { title, current, keep = null, days = null, running = [], forget, kept } of CASES)
    it(title, () => {
      const since = days === null ? null : new Date(NOW - days * DAY);
      const closures = new Set(running.map((number) => `/nix/store/closure-${number}`));
      const plan = planPrune(profile([1, 2, 3, 4, 5], current), { keep, since }, closures);
      expect(plan.forget.map(({ number }) => number)).to.deep.equal(forget);
      expect(
        plan.keep.map(({ generation, reasons }) => [generation.number, ...reasons].join(' ')),
      ).to.deep.equal(kept);
    });
});
