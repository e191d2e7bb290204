import { expect } from 'chai';
import { type Column, sentence, table, tableWidth, wrapped } from '../../../cli/views/table.js';

interface Row {
  name: string;
  state: string;
  why: string;
}

const columns: Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name, narrows: 'cut' },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'WHY', value: ({ why }) => why, narrows: 'wrap' },
];
const long: Row = {
  name: 'a-container-with-a-name-of-fifty-characters-or-more',
  state: 'failed',
  why: 'The builder of it ended with an exit code that nobody expected of it.',
};

describe('a table', () => {
  it('aligns its columns, without trailing spaces', () => {
    const rows = [
      { name: 'web', state: 'running', why: '' },
      { name: 'mail', state: 'stopped', why: 'by hand' },
    ];
    expect(table(rows, columns, 80)).to.equal(
      ['NAME  STATE    WHY', 'web   running', 'mail  stopped  by hand'].join('\n'),
    );
  });

  it('fits 80 columns: it wraps sentences and then cuts names', () => {
    const lines = table([long], columns, 80).split('\n');
    expect(lines[1]).to.match(/^a-container-with-a-name-[a-z-]+… {2}failed {2}The builder of it$/);
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(80);
    expect(lines.join(' ').replace(/ +/g, ' ')).to.include('that nobody');
  });

  it('is not shortened if the output is not a terminal', () => {
    expect(tableWidth({ isTTY: false, columns: 40 })).to.equal(Number.POSITIVE_INFINITY);
    expect(table([long], columns, tableWidth({}))).to.include(`${long.name}  failed  ${long.why}`);
  });

  it('is as wide as the terminal, but at least 40 columns', () => {
    expect(tableWidth({ isTTY: true, columns: 132 })).to.equal(132);
    expect(tableWidth({ isTTY: true, columns: 50 })).to.equal(50);
    expect(tableWidth({ isTTY: true, columns: 20 })).to.equal(40);
    // A terminal of unknown size reports 0.
    expect(tableWidth({ isTTY: true, columns: 0 })).to.equal(80);
    const lines = table([long], columns, 40).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(40);
  });

  it('has colours for its cells on a terminal, but not for the space between them', () => {
    const coloured = table(
      [{ name: 'web', state: 'running', why: 'x' }],
      columns.map((column) => (column.title === 'STATE' ? { ...column, colour: () => 'green' } : column)),
      80,
      true,
    );
    const [header, row] = coloured.split('\n');
    expect(header).to.equal('\u001b[1mNAME\u001b[22m  \u001b[1mSTATE\u001b[22m    \u001b[1mWHY\u001b[22m');
    expect(row).to.equal('web   \u001b[32mrunning\u001b[39m  x');
  });

  it('wraps sentences outside of it in the same way', () => {
    expect(sentence(long.why, '  ', 40)).to.deep.equal([
      '  The builder of it ended with an exit',
      '  code that nobody expected of it.',
    ]);
    expect(sentence(long.why, '  ', tableWidth({}))).to.deep.equal([`  ${long.why}`]);
  });

  it('does not break words', () => {
    expect(wrapped('one two-and-a-half three', 9)).to.deep.equal(['one', 'two-and-a-half', 'three']);
  });
});
