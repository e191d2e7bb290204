import { expect } from 'chai';
import { linesDisplay } from '../../../cli/progress/lines-display.js';
import { runSteps } from '../../../src/pipeline/steps.js';

const steps = [
  { id: 'set-profile', title: 'Set the profile', run: async () => undefined },
  {
    id: 'after-activate:health',
    title: 'Plugin health: after-activate',
    skip: () => 'nothing is configured',
    run: () => Promise.reject(new Error('a skipped step ran')),
  },
  { id: 'start', title: 'Start', run: () => Promise.reject(new Error('it does not start')) },
];

/** The lines for these steps, with all durations replaced. */
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
  it('has a line when a step begins and when it ends, and none for a skipped step', async () => {
    expect(await shown(false)).to.deep.equal([
      '❯ Set the profile',
      '✔ Set the profile (0.0 s)',
      '❯ Start',
      '✖ Start',
    ]);
  });

  it('has one line for each step if there are several containers, with the name', async () => {
    expect(await shown(true)).to.deep.equal(['web: Set the profile (0.0 s)', 'web: Start failed']);
  });
});
