import { expect } from 'chai';
import { archive, exported, storePathOf } from '../../../src/nix/archive.js';

describe("Nix's archive format", () => {
  it('has strings with their length, padded to eight bytes', () => {
    expect(archive({ kind: 'file', content: 'hello' }).toString('latin1')).to.equal(
      [
        '\r\0\0\0\0\0\0\0nix-archive-1\0\0\0',
        '\u0001\0\0\0\0\0\0\0(\0\0\0\0\0\0\0',
        '\u0004\0\0\0\0\0\0\0type\0\0\0\0',
        '\u0007\0\0\0\0\0\0\0regular\0',
        '\u0008\0\0\0\0\0\0\0contents',
        '\u0005\0\0\0\0\0\0\0hello\0\0\0',
        '\u0001\0\0\0\0\0\0\0)\0\0\0\0\0\0\0',
      ].join(''),
    );
  });

  it('lists the entries of a directory by the bytes of their names', () => {
    const link = { kind: 'link', target: '/x' } as const;
    const text = archive({ kind: 'directory', entries: { b: link, B: link, a: link } }).toString('latin1');
    expect([...text.matchAll(/name\0{4}.{8}(.)/gs)].map(([, name]) => name)).to.deep.equal(['B', 'a', 'b']);
  });

  // The path that 'nix-store --add' prints for a file NAME with this content.
  it('determines the same store path as Nix', () => {
    expect(storePathOf(archive({ kind: 'file', content: 'hello' }), [], 'greeting')).to.equal(
      '/nix/store/73rbvcsk91mg1xh1js6b34cvf9nmcsjf-greeting',
    );
  });

  it('has no mark between two paths, because the end of all paths is marked once', () => {
    const one = exported('/nix/store/x', Buffer.alloc(0), []);
    expect(one.subarray(-24).equals(Buffer.alloc(24))).to.equal(true);
    expect(one.subarray(-32).equals(Buffer.alloc(32))).to.equal(false);
  });
});
