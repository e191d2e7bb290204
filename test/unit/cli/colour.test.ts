import { expect } from 'chai';
import { coloured, marked, showsColour } from '../../../cli/views/colour.js';

describe('colours', () => {
  const terminal = { isTTY: true };

  it('are shown only on a terminal', () => {
    expect(showsColour(terminal, { TERM: 'xterm' })).to.equal(true);
    expect(showsColour({}, { TERM: 'xterm' })).to.equal(false);
  });

  it('are not shown if NO_COLOR is set or the terminal is dumb', () => {
    expect(showsColour(terminal, { NO_COLOR: '1' })).to.equal(false);
    expect(showsColour(terminal, { NO_COLOR: '' })).to.equal(true);
    expect(showsColour(terminal, { TERM: 'dumb' })).to.equal(false);
  });

  it('mark errors and warnings', () => {
    expect(marked('Error', true)).to.equal('\u001b[31mError\u001b[39m:');
    expect(marked('Warning', false)).to.equal('Warning:');
    expect(coloured('', 'red')).to.equal('');
  });
});
