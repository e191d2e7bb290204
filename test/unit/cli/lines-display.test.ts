import { expect } from 'chai';
import { linesDisplay } from '../../../cli/progress/lines-display.js';
import { runSteps } from '../../../src/pipeline/steps.js';

const steps = [
  { title: 'Set the profile', run: async () => undefined },
  {
    title: 'Plugin health: after-activate',
    skip: () => 'nothing is configured',
    run: () => Promise.reject(new Error('a skipped step ran')),
  },
  { title: 'Start', run: () => Promise.reject(new Error('it does not start')) },
];

/** What is written for these steps; durations are whatever they were. */
async function shown(several: boolean): Promise<string[]> {
  const written: string[] = [];
  const { onEvent } = linesDisplay({ several, verbose: false }, (text) => written.push(text));
  const context = {
    container: 'web',
    operation: 'create',
    signal: new AbortController().signal,
    listener: onEvent,
  };
  await runSteps(steps, context).catch(() => undefined);
  return written
    .join('')
    .replaceAll(/\d+\.\d s/g, '0.0 s')
    .split('\n')
    .slice(0, -1);
}

describe('the display without a terminal', () => {
  it('has a line where a step begins and where it ends, and none for one that is not needed', async () => {
    expect(await shown(false)).to.deep.equal([
      '❯ Set the profile',
      '✔ Set the profile (0.0 s)',
      '❯ Start',
      '✖ Start',
    ]);
  });

  it('has one line for each step of several containers, with the name', async () => {
    expect(await shown(true)).to.deep.equal(['web: Set the profile (0.0 s)', 'web: Start failed']);
  });
});
