import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NspawnError } from '../../../src/errors/nspawn-error.js';
import { candidatePaths, renderAttributePath } from '../../../src/nix/attribute.js';
import { flakePlace } from '../../../src/nix/flake-place.js';
import { parseFlakeReference } from '../../../src/nix/flake-reference.js';
import { nixSystem } from '../../../src/nix/system.js';

const messageOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return null;
};

describe('a flake reference', () => {
  it('is a flake, and an attribute after #', () => {
    const read: [string, string, string[] | null][] = [
      ['.#web', '.', ['web']],
      ['#web', '.', ['web']],
      ['.', '.', null],
      ['.#', '.', null],
      ['github:owner/repository?dir=x#web', 'github:owner/repository?dir=x', ['web']],
      ['.#nixosContainers.x86_64-linux.web', '.', ['nixosContainers', 'x86_64-linux', 'web']],
      ['.#"my.container"', '.', ['my.container']],
      ['.#a."b.c".d', '.', ['a', 'b.c', 'd']],
    ];
    for (const [reference, flake, attribute] of read)
      expect(parseFlakeReference(reference), reference).to.deep.equal({ flake, attribute });
  });

  it('is refused with the reason if it is not valid', () => {
    const refused: [string, RegExp][] = [
      ['', /it is empty/],
      ['a\nb', /control character/],
      ['.#a#b', /more than one "#"/],
      ['--option', /begins with "-"/],
      ['.#a.', /ends with a dot/],
      ['.#.a', /its attribute is not valid/],
      ['.#a..b', /its attribute is not valid/],
      ['.#""', /its attribute is not valid/],
      ['.#"a', /its attribute is not valid/],
      ['.#a b', /its attribute is not valid/],
    ];
    for (const [reference, reason] of refused)
      expect(
        messageOf(() => parseFlakeReference(reference)),
        reference,
      ).to.match(reason);
  });

  it('is looked up under the system first, unless it is a full attribute path', () => {
    const system = 'x86_64-linux';
    expect(candidatePaths(['web'], system).map(renderAttributePath)).to.deep.equal([
      'nixosContainers.x86_64-linux.web',
      'nixosContainers.web',
    ]);
    expect(candidatePaths(['my', 'web'], system).map(renderAttributePath)).to.deep.equal([
      'nixosContainers.x86_64-linux.my.web',
      'nixosContainers.my.web',
      'nixosContainers.x86_64-linux."my.web"',
      'nixosContainers."my.web"',
    ]);
    expect(candidatePaths(['nixosContainers', 'web'], system)).to.deep.equal([['nixosContainers', 'web']]);
  });

  it('has quotes around names that Nix would not read as one name', () => {
    expect(renderAttributePath(['a', 'b-c', "d'", '1x', 'e.f', ''])).to.equal(`a.b-c.d'."1x"."e.f".""`);
  });

  describe('in a directory', () => {
    let place: string;

    beforeEach(async () => {
      place = await mkdtemp(join(tmpdir(), 'nspawn-place-'));
      for (const path of ['x/y', 'y', 'a#b/.git', 'a#b/c?d', 'e#f'])
        await mkdir(join(place, path), { recursive: true });
    });

    afterEach(async () => {
      await rm(place, { recursive: true });
    });

    it('is relative to the working directory if it is a relative path', async () => {
      const read: [string, string][] = [
        ['.', `${place}/x`],
        ['./y', `${place}/x/y`],
        ['../y', `${place}/y`],
        ['path:.', `path:${place}/x`],
        ['path:../y', `path:${place}/y`],
        [place, place],
        ['nixpkgs', 'nixpkgs'],
        ['git+file:.', 'git+file:.'],
        ['...', '...'],
      ];
      for (const [flake, absolute] of read)
        expect((await flakePlace(flake, join(place, 'x'))).flake, flake).to.equal(absolute);
    });

    it('has escapes for characters that Nix would read as the end of the path', async () => {
      const addressed = async (directory: string) => (await flakePlace('.', join(place, directory))).flake;
      expect(await addressed('a#b')).to.equal(`git+file://${place}/a%23b`);
      expect(await addressed('a#b/c?d')).to.equal(`git+file://${place}/a%23b?dir=c%3Fd`);
      expect(await addressed('e#f')).to.equal(`path:${place}/e%23f`);
    });

    it('is refused if the working directory does not exist, unless it is not relative to it', async () => {
      const gone = join(place, 'gone');
      const failure = (await flakePlace('.', gone).catch((error: unknown) => error)) as NspawnError;
      expect(failure.code).to.equal('no-such-directory');
      expect(failure.message).to.include(gone);
      expect(await flakePlace('github:a/b', gone)).to.deep.equal({ flake: 'github:a/b', cwd: '/' });
    });
  });

  it('is evaluated for a system, whose form is checked', () => {
    expect(nixSystem('aarch64-linux')).to.equal('aarch64-linux');
    expect(nixSystem(undefined)).to.match(/^[a-z0-9_]+-linux$/);
    for (const system of ['linux', 'x86_64 linux', '-linux', "x'; -linux"])
      expect(
        messageOf(() => nixSystem(system)),
        system,
      ).to.include('is not a valid Nix system');
  });
});
