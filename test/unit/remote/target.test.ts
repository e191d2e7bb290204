import { expect } from 'chai';
import { parseTarget } from '../../../src/remote/target.js';

describe('a target', () => {
  for (const [name, ssh, store] of [
    ['web1', 'web1', 'ssh-ng://web1'],
    ['root@web1.example.org', 'root@web1.example.org', 'ssh-ng://root@web1.example.org'],
    ['10.0.0.1', '10.0.0.1', 'ssh-ng://10.0.0.1'],
    ['root@fd99::2', 'root@fd99::2', 'ssh-ng://root@[fd99::2]'],
    ['root@[fd99::2]', 'root@fd99::2', 'ssh-ng://root@[fd99::2]'],
  ] as const)
    it(`is ${name}`, () => {
      expect(parseTarget(name)).to.deep.equal({ name, ssh, store });
    });

  for (const name of [
    '',
    '-oProxyCommand=id',
    'root@-x',
    '@web',
    'a b',
    'web/../x',
    'web:22',
    'web?x=1',
    "w'b",
    'web\n',
  ])
    it(`is not ${JSON.stringify(name)}`, () => {
      expect(() => parseTarget(name)).to.throw('is not a valid target');
    });
});
