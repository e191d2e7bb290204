import { expect } from 'chai';
import { copyPlace, copyPlaceText } from '../../../src/container/copy-place.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';

describe('one side of a copy', () => {
  for (const [text, place] of [
    ['web:/etc/hosts', { kind: 'container', name: 'web', path: '/etc/hosts' }],
    ['web:etc', { kind: 'container', name: 'web', path: 'etc' }],
    ['web:/a:b', { kind: 'container', name: 'web', path: '/a:b' }],
    ['my.web:/', { kind: 'container', name: 'my.web', path: '/' }],
    ['/srv/a:b', { kind: 'host', path: '/srv/a:b' }],
    ['./a:b', { kind: 'host', path: './a:b' }],
    ['logs', { kind: 'host', path: 'logs' }],
    ['./-', { kind: 'host', path: './-' }],
    ['-', { kind: 'stream' }],
  ] as const)
    it(`reads '${text}', and writes it again`, () => {
      expect(copyPlace(text)).to.deep.equal(place);
      expect(copyPlaceText(copyPlace(text))).to.equal(text);
    });

  for (const [text, code] of [
    ['', 'usage'],
    ['web:', 'usage'],
    ['..:/etc', 'invalid-name'],
    ['-x:/etc', 'invalid-name'],
    ['a b:/etc', 'invalid-name'],
  ] as const)
    it(`refuses '${text}'`, () => {
      expect(() => copyPlace(text))
        .to.throw(NspawnError)
        .with.property('code', code);
    });
});
