import { expect } from 'chai';
import { candidatePaths, renderAttributePath } from '../../../src/nix/attribute.js';
import { absolutePath } from '../../../src/nix/build.js';
import { parseFlakeReference } from '../../../src/nix/source.js';
import { nixSystem } from '../../../src/nix/system.js';

const messageOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return null;
};

describe('what a container is made from', () => {
  it('is a flake, and the attribute behind #', () => {
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

  it('says what is wrong with a reference', () => {
    const refused: [string, RegExp][] = [
      ['', /it is empty/],
      ['a\nb', /control character/],
      ['.#a#b', /more than one "#"/],
      ['--option', /begins with "-"/],
      ['.#a.', /ends in a dot/],
      ['.#.a', /malformed/],
      ['.#a..b', /malformed/],
      ['.#""', /malformed/],
      ['.#"a', /malformed/],
      ['.#a b', /malformed/],
    ];
    for (const [reference, reason] of refused)
      expect(
        messageOf(() => parseFlakeReference(reference)),
        reference,
      ).to.match(reason);
  });

  it('is looked for under the system first, and taken as it stands where it is whole', () => {
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

  it('quotes the names that Nix would not read as one', () => {
    expect(renderAttributePath(['a', 'b-c', "d'", '1x', 'e.f', ''])).to.equal(`a.b-c.d'."1x"."e.f".""`);
  });

  it('means a relative path from where it was typed', () => {
    const read: [string, string][] = [
      ['.', '/srv/x'],
      ['./y', '/srv/x/y'],
      ['../y', '/srv/y'],
      ['path:.', 'path:/srv/x'],
      ['path:../y', 'path:/srv/y'],
      ['/abs', '/abs'],
      ['nixpkgs', 'nixpkgs'],
      ['git+file:.', 'git+file:.'],
      ['...', '...'],
    ];
    for (const [flake, absolute] of read) expect(absolutePath(flake, '/srv/x'), flake).to.equal(absolute);
  });

  it('is built for a system of the form that Nix knows', () => {
    expect(nixSystem('aarch64-linux')).to.equal('aarch64-linux');
    expect(nixSystem(undefined)).to.match(/^[a-z0-9_]+-linux$/);
    for (const system of ['linux', 'x86_64 linux', '-linux', "x'; -linux"])
      expect(
        messageOf(() => nixSystem(system)),
        system,
      ).to.include('is no Nix system');
  });
});
