import { expect } from 'chai';
import { covered } from '../../../bench/measure/command.js';
import { median } from '../../../bench/measure/paired.js';
import { resultsSchema } from '../../../bench/results.js';
import { exceeded } from '../../../bench/show/limits.js';
import { pageFiles } from '../../../bench/show/page.js';

describe('the figures in the manual', () => {
  it('are a table for each part of the results, with its curve and the exceeded limits', () => {
    const results = resultsSchema.parse({
      date: '2026-01-02',
      machine: { processor: 'A processor', cores: 2, memory: '24 GiB', kernel: '6.12' },
      versions: { Nix: 'nix 2.26' },
      parts: [
        {
          title: 'Listing, 0 running',
          about: 'By their number.',
          rows: [
            {
              what: 'list --json of 1000',
              unit: 'ms',
              median: 300,
              min: 290.4,
              max: 333,
              against: { what: 'the same of 10', ratio: 1.25 },
              limit: { of: 'ratio', atMost: 1.2 },
            },
          ],
          curve: {
            across: 'containers',
            lines: [
              {
                name: 'list <all>',
                points: [
                  [0, 100],
                  [1000, 300],
                ],
              },
            ],
          },
          notes: ['One process.'],
        },
      ],
    });
    const files = pageFiles({ trixie: results });
    expect([...files.keys()]).to.deep.equal([
      'docs/performance/figures.md',
      'docs/performance/trixie-listing-0-running.svg',
    ]);
    expect(files.get('docs/performance/figures.md')).to.include(
      '| list --json of 1000 | 300 ms | 290 to 333 | 1.250 × the same of 10 | 1.2 times |',
    );
    const svg = files.get('docs/performance/trixie-listing-0-running.svg');
    expect(svg).to.include('points="70,');
    expect(svg).to.include('list &lt;all>');
    expect(exceeded(results)).to.deep.equal([
      'Listing, 0 running: list --json of 1000: 1.25 times, the limit is 1.2 times',
    ]);
  });
});

describe('measuring', () => {
  it('counts a time in which several children ran only once', () => {
    const spans = [
      { began: 10, ended: 30 },
      { began: 0, ended: 5 },
      { began: 20, ended: 40 },
      { began: 22, ended: 25 },
    ];
    expect(covered(spans)).to.equal(35);
  });

  it('takes the median: the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([9, 1, 5, 6])).to.equal(5.5);
  });
});
