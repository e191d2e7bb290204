import { expect } from 'chai';
import { withoutTarget } from '../../../cli/commands/target-flags.js';

describe('a command line for another host', () => {
  it('has no flags that say where it runs', () => {
    const argv = [
      'web',
      '--target-host',
      'a',
      '-v',
      '--target-host=b',
      '--sudo',
      '--',
      'x',
      '--sudo',
      '--target-host',
    ];
    expect(withoutTarget(argv)).to.deep.equal(['web', '-v', '--', 'x', '--sudo', '--target-host']);
  });
});
