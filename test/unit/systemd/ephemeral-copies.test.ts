import { expect } from 'chai';
import { copiedDirectory } from '../../../src/systemd/ephemeral-copies.js';

describe('a copy of a directory for an ephemeral container:', () => {
  for (const [fileName, directory] of [
    ['.#machine.web0123456789abcdef', 'web'],
    ['.#snapshot.plaind3beed090d2c15ce', 'plain'],
    ['.#snapshot.web.example0123456789abcdef', 'web.example'],
    ['.#machine.0123456789abcdef', null],
    ['.#web.lck', null],
    ['machine.web0123456789abcdef', null],
    ['.#raw.web0123456789abcdef', null],
  ] as const)
    it(`${fileName} is ${directory === null ? 'not one' : `one of ${directory}`}`, () => {
      expect(copiedDirectory(fileName)).to.equal(directory);
    });
});
