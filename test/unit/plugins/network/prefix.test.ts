import { expect } from 'chai';
import {
  overlaps,
  type Prefix,
  parseAddress,
  parsePrefix,
  renderPrefix,
} from '../../../../plugins/network/src/prefix.js';

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === null) throw new Error(`${text} is no prefix`);
  return parsed;
};

describe('an address prefix', () => {
  for (const [text, canonical] of [
    ['10.1.2.3/24', '10.1.2.0/24'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['fd12:3456::1/64', 'fd12:3456::/64'],
    ['FD00:0:0:1::/64', 'fd00:0:0:1::/64'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['::', '::/128'],
    ['::/0', '::/0'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3/128'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7/128'],
    ['::1', '::1/128'],
  ] as const)
    it(`can be ${text}, which is ${canonical}`, () => {
      expect(renderPrefix(prefix(text))).to.equal(canonical);
    });

  for (const text of [
    '',
    '10.1.2',
    '10.1.2.3.4',
    '10.1.2.256',
    '10.01.2.3',
    '10.1.2.3/33',
    '10.1.2.3/',
    '10.1.2.3/x',
    'fd00::/129',
    'fd00:::1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    'fg00::1',
    '12345::',
    ':1',
    'default',
  ])
    it(`cannot be '${text}'`, () => {
      expect(parsePrefix(text)).to.equal(null);
    });

  it('is the same after it was written and read, whichever groups are zero', () => {
    for (let pattern = 0; pattern < 256; pattern++) {
      const groups = Array.from({ length: 8 }, (_, index) => ((pattern >> index) & 1 ? 0xa000 + index : 0));
      const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
      const text = renderPrefix({ family: 6, network: value, length: 128 });
      expect(parseAddress(text.replace('/128', '')), text).to.deep.equal({ family: 6, value });
      expect(text.split('::').length, text).to.be.at.most(2);
    }
  });

  for (const [a, b, answer] of [
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.0.0.0/8', false],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['10.0.0.0/23', '10.0.1.0/24', true],
    ['0.0.0.0/0', '192.168.1.1', true],
    ['0.0.0.0/0', '::/0', false],
    ['fd12::/48', 'fd12:0:0:ffff::/64', true],
    ['fd12:0:0:1::/64', 'fd12:0:0:2::/64', false],
  ] as const)
    it(`${a} ${answer ? 'overlaps' : 'does not overlap'} ${b}, in either order`, () => {
      expect(overlaps(prefix(a), prefix(b))).to.equal(answer);
      expect(overlaps(prefix(b), prefix(a))).to.equal(answer);
    });
});
