import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { Profile } from '../../../src/container/profile.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';
import { systemsOf } from '../../../src/host/systems.js';
import { generationsOf } from '../../../src/running/generations.js';
import { putRun } from '../../../src/running/roots.js';

const SYSTEM = (letter: string) => `/nix/store/${letter.repeat(32)}-nixos-system-web`;
const INVOCATION = '0'.repeat(32);

describe('the running generation', () => {
  const name = containerName('web');
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nixos-nspawn-running-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** A closure whose init is a link to the one of this system. */
  const closure = async (file: string, system: string) => {
    const path = join(root, file);
    await mkdir(path);
    await symlink(`${system}/init`, join(path, 'init'));
    return path;
  };

  it('is found by the toplevel to which its init links', async () => {
    const path = await closure('one', SYSTEM('a'));
    expect(await systemsOf(path, name)).to.deep.equal([path, SYSTEM('a')]);
  });

  it('is found by Parameters= if init is a file', async () => {
    const path = join(root, 'copied');
    await mkdir(join(path, 'nixos-nspawn'), { recursive: true });
    await writeFile(join(path, 'init'), '');
    await writeFile(join(path, 'nixos-nspawn/web.nspawn'), `[Exec]\nParameters=${SYSTEM('b')}/init\n`);
    expect(await systemsOf(path, name)).to.deep.equal([path, SYSTEM('b')]);
  });

  it('is distinguished from one with the same toplevel by the record of the run', async () => {
    const [first, second] = [await closure('first', SYSTEM('a')), await closure('second', SYSTEM('a'))];
    const created = new Date(0);
    const profile = new Profile(
      [
        { number: 1, path: first, created },
        { number: 2, path: second, created },
      ],
      2,
    );
    const places = containerPlaces(hostLayout({ root }), name);
    const runs = { current: SYSTEM('a'), booted: SYSTEM('a') };
    const numbers = async (invocation: string) => {
      const { current, booted } = await generationsOf(runs, invocation, places, profile);
      return [current?.generation, booted?.generation];
    };
    // Without a record, the generation that a start would use is assumed.
    expect(await numbers(INVOCATION)).to.deep.equal([2, 2]);
    await putRun(places, INVOCATION, { booted: first, current: second });
    expect(await numbers(INVOCATION)).to.deep.equal([2, 1]);
    // The record of an earlier run does not apply to this one.
    expect(await numbers('1'.repeat(32))).to.deep.equal([2, 2]);
  });

  it('is found in the record of the run after its generation was deleted', async () => {
    const [deleted, left] = [await closure('deleted', SYSTEM('a')), await closure('left', SYSTEM('b'))];
    const profile = new Profile([{ number: 2, path: left, created: new Date(0) }], 2);
    const places = containerPlaces(hostLayout({ root }), name);
    await putRun(places, INVOCATION, { booted: deleted, current: left });
    const { current, booted } = await generationsOf(
      { current: SYSTEM('b'), booted: SYSTEM('a') },
      INVOCATION,
      places,
      profile,
    );
    expect(current).to.include({ closure: left, generation: 2 });
    expect(booted).to.include({ closure: deleted, generation: null });
  });

  it('is unknown if the container switched to another system', async () => {
    const only = await closure('only', SYSTEM('a'));
    const profile = new Profile([{ number: 1, path: only, created: new Date(0) }], 1);
    const places = containerPlaces(hostLayout({ root }), name);
    const { current, booted } = await generationsOf(
      { current: SYSTEM('c'), booted: SYSTEM('a') },
      '',
      places,
      profile,
    );
    expect(current).to.include({ system: SYSTEM('c'), closure: null, generation: null });
    expect(booted).to.include({ generation: 1 });
  });
});
