import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { quoted, remoteLine, splitWords } from '../../../src/remote/words.js';

const ODD = [
  "it's",
  'a"b',
  '$HOME',
  '`id`',
  'back\\slash',
  '\\0101',
  '!x',
  'new\nline',
  'ü\u{1f600}',
  '%s',
  '',
  ' ',
];

describe('words for a shell on another host', () => {
  for (const shell of ['sh', 'dash', 'bash', 'zsh', 'fish'])
    it(`${shell} passes them unchanged`, function () {
      const path = [`/bin/${shell}`, `/usr/bin/${shell}`].find(existsSync);
      if (path === undefined) return this.skip();
      const line = remoteLine(`printf '[%s]' ${ODD.map(quoted).join(' ')}`);
      expect(execFileSync(path, ['-c', line], { encoding: 'utf8' })).to.equal(
        ODD.map((word) => `[${word}]`).join(''),
      );
    });

  it('a line contains only characters that every shell leaves alone between single quotes', () => {
    const [, , , , encoded = ''] = remoteLine(ODD.map(quoted).join(' ')).split("'");
    expect(encoded).to.match(/^[A-Za-z0-9 _./=:,@+\\-]*$/);
  });
});

describe('NIX_SSHOPTS', () => {
  for (const [text, words] of [
    ['', []],
    ['  -p 22\t-4 ', ['-p', '22', '-4']],
    ["-o 'ProxyCommand=nc %h %p'", ['-o', 'ProxyCommand=nc %h %p']],
    ['-o "ProxyCommand=nc \\"%h\\" $x" -i /a\\ b', ['-o', 'ProxyCommand=nc "%h" $x', '-i', '/a b']],
    ["-o User='a b'c ''", ['-o', 'User=a bc', '']],
  ] as const)
    it(`is split as by a shell: ${text}`, () => {
      expect(splitWords(text)).to.deep.equal(words);
    });
});
