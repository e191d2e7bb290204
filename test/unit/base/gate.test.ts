import { expect } from 'chai';
import { Gate } from '../../../src/base/gate.js';

const passed = (gate: Gate, ...parts: string[]) =>
  parts.map((part) => Buffer.from(gate.push(Buffer.from(part))).toString());

describe('a gate', () => {
  it('drops what precedes the line with the mark, and passes the rest', () => {
    const gate = new Gate('MARK');
    expect(passed(gate, 'noise\nmore MARK 42\nresult\n', 'MARK again\n')).to.deep.equal([
      'result\n',
      'MARK again\n',
    ]);
    expect(gate.word).to.equal('42');
    expect(gate.dropped).to.equal('noise\nmore ');
  });

  it('finds a mark that arrives in parts', () => {
    const gate = new Gate('MARK');
    expect(passed(gate, 'noiseMA', 'RK', ' 4', '2\nre', 'sult')).to.deep.equal(['', '', '', 're', 'sult']);
    expect(gate.word).to.equal('42');
  });

  it('passes nothing without a mark', () => {
    const gate = new Gate('MARK');
    expect(passed(gate, 'This account is not available.\n')).to.deep.equal(['']);
    expect(gate.word).to.equal(null);
    expect(gate.dropped).to.equal('This account is not available.\n');
  });

  it('passes bytes that are not text', () => {
    const gate = new Gate('MARK');
    const bytes = Buffer.from([0, 255, 10, 128]);
    expect(bytes.equals(gate.push(Buffer.concat([Buffer.from('MARK\n'), bytes])))).to.equal(true);
    expect(gate.word).to.equal('');
  });
});
