import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Anchor } from '../../../src/base/anchored.js';
import { findWithin } from '../../../src/base/anchored-path.js';

describe('a path in a tree whose owner is not trusted', () => {
  let outside: string;
  let tree: string;
  let root: Anchor;

  beforeEach(() => {
    outside = mkdtempSync(join(tmpdir(), 'nspawn-anchored-'));
    tree = join(outside, 'tree');
    mkdirSync(join(tree, 'etc/deep'), { recursive: true });
    writeFileSync(join(tree, 'etc/hosts'), 'inside');
    writeFileSync(join(outside, 'secret'), 'outside');
    root = Anchor.open(tree);
  });

  afterEach(() => {
    root.close();
    rmSync(outside, { recursive: true });
  });

  const found = (path: string) => {
    const { directory, name, stats, path: place } = findWithin(root, path);
    directory.close();
    return { name, place, exists: stats !== null };
  };

  it('is found by its name, with the directory that contains it', () => {
    expect(found('/etc/hosts')).to.deep.equal({ name: 'hosts', place: '/etc/hosts', exists: true });
    expect(found('etc//./deep/')).to.deep.equal({ name: null, place: '/etc/deep', exists: true });
    expect(found('/etc/new')).to.deep.equal({ name: 'new', place: '/etc/new', exists: false });
    expect(found('/')).to.deep.equal({ name: null, place: '/', exists: true });
  });

  it('does not leave the tree by dots', () => {
    expect(found('/../../secret')).to.deep.equal({ name: 'secret', place: '/secret', exists: false });
    expect(found('/etc/../../etc/hosts').place).to.equal('/etc/hosts');
  });

  it('does not leave the tree by links, absolute, relative, in the middle, or to a directory above', () => {
    symlinkSync(join(outside, 'secret'), join(tree, 'absolute'));
    symlinkSync('../secret', join(tree, 'relative'));
    symlinkSync('/', join(tree, 'etc/top'));
    symlinkSync('../..', join(tree, 'etc/above'));
    expect(() => found('/absolute'))
      .to.throw()
      .with.property('code', 'ENOENT');
    expect(found('/relative')).to.deep.equal({ name: 'secret', place: '/secret', exists: false });
    expect(found('/etc/top/etc/hosts').place).to.equal('/etc/hosts');
    expect(found('/etc/above/secret').exists).to.equal(false);
  });

  it('ends at a loop of links, and at a file that is used as a directory', () => {
    symlinkSync('b', join(tree, 'a'));
    symlinkSync('a', join(tree, 'b'));
    expect(() => found('/a'))
      .to.throw()
      .with.property('code', 'ELOOP');
    expect(() => found('/etc/hosts/x'))
      .to.throw()
      .with.property('code', 'ENOTDIR');
    expect(() => found('/no/x'))
      .to.throw()
      .with.property('code', 'ENOENT');
  });

  it('stays in the directory that was found, even if a link then has its name', () => {
    const place = findWithin(root, '/etc/deep');
    renameSync(join(tree, 'etc'), join(tree, 'away'));
    symlinkSync(outside, join(tree, 'etc'));
    mkdirSync(join(outside, 'deep'));
    writeFileSync(join(outside, 'deep/x'), 'outside');
    expect(place.directory.names()).to.deep.equal([]);
    place.directory.close();
  });

  it('opens no directory by a link, and no pipe', () => {
    symlinkSync(outside, join(tree, 'out'));
    expect(() => root.directory('out'))
      .to.throw()
      .with.property('code', 'ENOTDIR');
    expect(() => root.file('out')).to.not.throw();
    expect(root.file('out')).to.equal(null);
    expect(() => root.directory('..')).to.throw(TypeError);
    expect(() => root.file('etc/hosts')).to.throw(TypeError);
  });
});
