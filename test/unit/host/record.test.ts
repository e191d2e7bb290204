import { expect } from 'chai';
import { Profile } from '../../../src/container/profile.js';
import { type ContainerRecord, describesProfile, knownGenerations } from '../../../src/host/record.js';

const record = (built: ContainerRecord['built']): ContainerRecord => ({
  version: 1,
  source: { kind: 'profile', path: '/srv/web' },
  built,
  system: 'x86_64-linux',
  resolved: null,
  presets: [],
  hostFiles: [],
  lastOperation: { operation: 'update', at: '2026-01-01T00:00:00Z' },
});

/** Generations from 1 on, with these closures. */
const profile = (current: number, ...closures: string[]) =>
  new Profile(
    closures.map((path, index) => ({ number: index + 1, path, created: new Date(0) })),
    current,
  );

describe('the record of a container', () => {
  const built = { 1: '/nix/store/a', 2: '/nix/store/b' };

  it('describes a profile whose current generation the tool made', () => {
    expect(describesProfile(record(built), profile(2, '/nix/store/a', '/nix/store/b'))).to.equal(true);
    expect(describesProfile(record(built), profile(1, '/nix/store/a', '/nix/store/c'))).to.equal(true);
    // An earlier version of the tool did not record the generations.
    expect(describesProfile(record(null), profile(1, '/nix/store/x'))).to.equal(true);
  });

  it('does not describe a generation of another tool, even if its number is recorded', () => {
    const other = profile(2, '/nix/store/a', '/nix/store/x', '/nix/store/y');
    expect(describesProfile(record(built), other)).to.equal(false);
    expect(describesProfile(record(built), new Profile(other.generations, 3))).to.equal(false);
    expect(describesProfile(record(built), new Profile([], null))).to.equal(false);
  });

  it('knows the generations that are still the ones which the tool made', () => {
    const now = profile(3, '/nix/store/a', '/nix/store/x', '/nix/store/y');
    expect(knownGenerations(record(built), now)).to.deep.equal({ 1: '/nix/store/a' });
    expect(knownGenerations(null, now)).to.deep.equal({});
  });
});
