import { expect } from 'chai';
import { containerName, isStoredName, storedName } from '../../../src/container/name.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';

const refusal = (name: string) => {
  try {
    containerName(name);
    return null;
  } catch (error) {
    if (!(error instanceof NspawnError)) throw error;
    return error;
  }
};

describe('the name of a container', () => {
  // systemd-nspawn 257 --machine= also accepts these names and refuses those below.
  for (const name of ['web', 'A', '1', 'a--b', 'x.y', 'raw', 'v', 'a.raw.b', 'x'.repeat(64)]) {
    it(`can be ${name}`, () => {
      expect(containerName(name)).to.equal(name);
    });
  }

  for (const name of [
    '',
    'a_b',
    'x_',
    '-a',
    'a-',
    'a..b',
    '.a',
    'a.',
    'a b',
    '../x',
    'a/b',
    'ü',
    'x'.repeat(65),
    'a.raw',
    'a.v',
    'a.raw.v',
    'a.b.mstack',
  ]) {
    it(`cannot be ${JSON.stringify(name)}, which is refused with the rule and exit code 64`, () => {
      const error = refusal(name);
      expect(error).to.include({ code: 'invalid-name', exitCode: 64 });
      expect(error?.message).to.match(/ is not a valid container name: .+\.$/);
    });
  }

  it('can be read from disk even if systemd refuses it, unless it leads to another path', () => {
    expect(storedName('a_b')).to.equal('a_b');
    expect(['a_b', 'a-', 'a.', '_'].every(isStoredName)).to.equal(true);
    for (const name of ['', '.a', '-a', '..', 'a..b', '../x', 'a/b', 'a b', 'a\n', 'x'.repeat(65)])
      expect(isStoredName(name), JSON.stringify(name)).to.equal(false);
  });
});
