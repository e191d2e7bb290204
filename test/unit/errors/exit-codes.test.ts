import { expect } from 'chai';
import { ExitCode, worstExitCode } from '../../../src/errors/exit-codes.js';

describe('the exit code for several containers', () => {
  const CASES: { title: string; codes: number[]; worst: number }[] = [
    { title: 'is 0 for none', codes: [], worst: ExitCode.done },
    { title: 'is 0 if all succeeded', codes: [0, 0], worst: ExitCode.done },
    { title: 'is that of the one that failed', codes: [0, 2, 0], worst: ExitCode.noSuchContainer },
    {
      title: 'is that of a container that could not be restored, whatever else failed',
      codes: [11, 9, 130, 64],
      worst: ExitCode.activationFailedNotRestored,
    },
    {
      title: 'is that of a failed change rather than that of a refused request',
      codes: [64, 8, 10],
      worst: ExitCode.activationFailedRestored,
    },
    {
      title: 'is that of an interruption rather than that of a failed command',
      codes: [11, 130],
      worst: ExitCode.interrupted,
    },
    { title: 'is an unknown code rather than a known one', codes: [9, 99], worst: 99 },
  ];

  for (const { title, codes, worst } of CASES)
    it(title, () => {
      expect(worstExitCode(codes)).to.equal(worst);
      expect(worstExitCode([...codes].reverse())).to.equal(worst);
    });

  it('ranks every exit code that the tool has', () => {
    const most = ExitCode.activationFailedNotRestored;
    for (const code of Object.values(ExitCode)) {
      expect(worstExitCode([code, ExitCode.done]), String(code)).to.equal(code);
      expect(worstExitCode([code, most]), `${code} is in the ranking`).to.equal(most);
    }
  });
});
