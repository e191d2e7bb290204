import { expect } from 'chai';
import { parseAge } from '../../../src/container/age.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';

const HOUR = 60 * 60 * 1000;

describe('an age', () => {
  for (const [text, hours] of [
    ['36h', 36],
    ['14d', 14 * 24],
    ['2w', 2 * 7 * 24],
    ['0h', 0],
  ] as const)
    it(`of ${text} is ${hours} hours`, () => {
      expect(parseAge(text)).to.equal(hours * HOUR);
    });

  for (const text of ['', '14', 'd', '-1d', '1.5d', '14 d', '14D', '14m', '1d12h', '1234567d', '١d'])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parseAge(text))
        .to.throw(NspawnError)
        .with.property('code', 'usage');
    });
});
