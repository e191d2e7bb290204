import { dirname } from 'node:path';
import { expect } from 'chai';
import { fixture, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { flakeOf } from './tool.js';

const JOURNAL = '/var/lib/nixos-nspawn/journal/web.jsonl';
const PROFILES = '/nix/var/nix/profiles/per-nspawn';
/** The garbage collector roots of running containers. */
const RUNS = '/nix/var/nix/gcroots/nixos-nspawn';
/** The directories that contain the parts of a container. */
const PLACES = ['/etc/systemd', '/var/lib/machines', '/var/lib/nixos-nspawn/containers', PROFILES];

const CHANGES = ['mkdir', 'rename', 'symlink', 'unlink', 'rmdir'] as const;
const SYNCS = ['fsync', 'fdatasync'] as const;

/** A successful system call. `began` and `ended` are lines of the trace. */
interface Call {
  name: string;
  /** The file of its descriptor, or its last path. */
  path: string;
  /** Its first path. */
  from: string;
  args: string;
  began: number;
  ended: number;
}

/** Parses the output of `strace -f -y`, where calls of other threads can split a call into two lines. */
function parseTrace(trace: string): Call[] {
  const begun = new Map<string, { args: string; line: number }>();
  return trace.split('\n').flatMap((text, line) => {
    const cut = /^(\d+) +\w+\((.*) <unfinished \.\.\.>$/.exec(text);
    if (cut?.[1] !== undefined) {
      begun.set(cut[1], { args: cut[2] ?? '', line });
      return [];
    }
    const whole = /^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)\) += (-?\d+)/.exec(text);
    const [, thread = '', name = '', rest = '', result = '-1'] = whole ?? [];
    const before = text.includes(' resumed>') ? begun.get(thread) : undefined;
    if (Number(result) < 0) return [];
    const args = (before?.args ?? '') + rest;
    const paths = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path = '']) => path);
    const behind = /^\d+<([^>]*)>/.exec(args)?.[1];
    return [
      {
        // The variants, such as renameat2, are treated alike.
        name: name.replace(/at2?$/, ''),
        path: behind ?? paths.at(-1) ?? '',
        from: paths[0] ?? '',
        args,
        began: before?.line ?? line,
        ended: line,
      },
    ];
  });
}

const create = ['create', 'web', '--flake', flakeOf('web')] as const;
const update = ['update', 'web', '--flake', flakeOf('web-no-ula'), '--strategy', 'none'] as const;
const rollback = ['rollback', 'web', '--strategy', 'none'] as const;

/** The files that every change of a generation replaces here. */
const REPLACED = [
  `${PROFILES}/web/system`,
  '/etc/systemd/network/20-ve-web.network',
  '/var/lib/nixos-nspawn/containers/web.json',
];

/** Each change with those that must precede it, and with what it changes at least. */
const VERBS: Readonly<
  Record<
    string,
    {
      argvs: readonly (readonly string[])[];
      changed: readonly string[];
      /** How often it may wait for the disk. On a slow disk, each wait takes 10 ms or more. */
      waits: number;
      /** Whether it builds a new closure. */
      buildsIt: boolean;
    }
  >
> = {
  create: {
    argvs: [create],
    buildsIt: true,
    changed: [
      ...REPLACED,
      `${PROFILES}/web`,
      '/etc/systemd/nspawn/web.nspawn',
      '/etc/systemd/system/systemd-nspawn@web.service.d/50-nixos-nspawn.conf',
      '/var/lib/machines/web',
    ],
    waits: 34,
  },
  update: { argvs: [create, update], changed: REPLACED, waits: 19, buildsIt: true },
  rollback: { argvs: [create, update, rollback], changed: REPLACED, waits: 15, buildsIt: false },
};

describeOnHost('in a power loss, a change', 'power-loss', (host) => {
  for (const [verb, { argvs, changed, waits, buildsIt }] of Object.entries(VERBS))
    describe(`by ${verb}`, () => {
      let calls: Call[];
      /** The calls that change visible parts of the container, without temporary files. */
      let changes: Call[];

      before(async function () {
        this.timeout(300_000);
        await host().run(['nixos-nspawn', 'remove', 'web', '--delete-state']);
        for (const argv of argvs.slice(0, -1)) await host().run(['nixos-nspawn', ...argv]);
        const traced =
          'trace=mkdir,mkdirat,rename,renameat,renameat2,symlink,symlinkat,unlink,unlinkat,rmdir,write,fsync,fdatasync,syncfs';
        await host().run([
          'strace',
          ...['-f', '-y', '-qq', '--seccomp-bpf', '-s', '8192', '-e', traced, '-o', '/srv/trace'],
          'nixos-nspawn',
          ...(argvs.at(-1) ?? []),
        ]);
        calls = parseTrace(await host().readFile('/srv/trace'));
        changes = calls.filter(
          ({ name, path }) =>
            (CHANGES as readonly string[]).includes(name) &&
            PLACES.some((place) => path.startsWith(place)) &&
            !/\/\.[^/]*$|\.tmp[^/]*$/.test(path),
        );
      });

      const syncs = (path: string) =>
        calls.filter((call) => (SYNCS as readonly string[]).includes(call.name) && call.path === path);

      it('is completely traced by this test', () => {
        expect(changes.map(({ path }) => path)).to.include.members([...changed]);
      });

      it('is made after its undo record is on the disk', () => {
        for (const { path, began } of changes) {
          const told = calls.filter(
            (call) =>
              call.name === 'write' &&
              call.path === JOURNAL &&
              // The record of a profile contains the profile, but not each link.
              call.args.includes(path.startsWith(`${PROFILES}/web/`) ? `${PROFILES}/web/system` : path),
          );
          const isSafe = told.some(({ ended }) =>
            syncs(JOURNAL).some((sync) => sync.began > ended && sync.ended < began),
          );
          expect(isSafe, `the way back from ${path}`).to.equal(true);
        }
      });

      it('renames a file after its content is on the disk', () => {
        const links = new Set(calls.filter(({ name }) => name === 'symlink').map(({ path }) => path));
        const files = changes.filter(({ name, from }) => name === 'rename' && !links.has(from));
        expect(files).not.to.have.lengthOf(0);
        for (const { path, from, began } of files)
          expect(
            syncs(from).some(({ ended }) => ended < began),
            `the content of ${path}`,
          ).to.equal(true);
      });

      it(`waits for the disk at most ${waits} times`, () => {
        const ours = calls.filter(
          ({ name, path }) =>
            (SYNCS as readonly string[]).includes(name) && !path.startsWith('/nix/var/nix/db'),
        );
        expect(ours.map(({ path }) => path))
          .to.have.property('length')
          .at.most(waits);
      });

      if (buildsIt)
        it("has the built closure and Nix's record of it on the disk before the profile leads to it", () => {
          const switched = changes.find(({ path }) => path === `${PROFILES}/web/system`);
          if (switched === undefined) throw new Error('the profile was never switched');
          const built = calls.find(({ name, path }) => name === 'write' && path.startsWith('/nix/store/'));
          for (const place of ['/nix/store', '/nix/var/nix']) {
            const sync = calls.find((call) => call.name === 'syncfs' && call.path === place);
            expect(sync?.ended, place).to.be.below(switched.began);
            expect(sync?.began, place).to.be.above(built?.ended ?? 0);
          }
        });

      it('has all names on the disk before the journal is deleted', () => {
        const end = calls.find(({ name, path }) => name === 'unlink' && path === JOURNAL);
        if (end === undefined) throw new Error('the journal never went');
        for (const { path, ended } of changes) {
          const isSafe = syncs(dirname(path)).some((sync) => sync.began > ended && sync.ended < end.began);
          expect(isSafe, `the name ${path}`).to.equal(true);
        }
      });
    });

  it('of the name has the new closures on the disk before the former profile goes', async () => {
    await host().run(['nixos-nspawn', 'remove', 'web', '--delete-state']);
    await host().run(['nixos-nspawn', ...create]);
    await host().run(['nixos-nspawn', 'stop', 'web']);
    const traced = 'trace=rename,renameat,renameat2,write,syncfs';
    await host().run([
      'strace',
      ...['-f', '-y', '-qq', '--seccomp-bpf', '-s', '8192', '-e', traced, '-o', '/srv/trace'],
      ...['nixos-nspawn', 'rename', 'web', 'site'],
    ]);
    const calls = parseTrace(await host().readFile('/srv/trace'));
    const imported = calls.findLast(({ name, path }) => name === 'write' && path.startsWith('/nix/store/'));
    const gone = calls.find(({ name, from }) => name === 'rename' && from === `${PROFILES}/web`);
    if (imported === undefined || gone === undefined)
      throw new Error('the trace lacks the import or the move');
    for (const place of ['/nix/store', '/nix/var/nix']) {
      const sync = calls.find((call) => call.name === 'syncfs' && call.path === place);
      expect(sync?.began, place).to.be.above(imported.ended);
      expect(sync?.ended, place).to.be.below(gone.began);
    }
    await host().run(['nixos-nspawn', 'remove', 'site', '--delete-state']);
  });

  it('by remove has the deletion of the roots of the run on the disk before the journal is deleted', async () => {
    await host().run(['nixos-nspawn', ...create]);
    const traced = 'trace=rmdir,unlink,unlinkat,fsync,fdatasync';
    await host().run([
      'strace',
      ...['-f', '-y', '-qq', '--seccomp-bpf', '-s', '8192', '-e', traced, '-o', '/srv/trace'],
      ...['nixos-nspawn', 'remove', 'web', '--delete-state'],
    ]);
    const calls = parseTrace(await host().readFile('/srv/trace'));
    const gone = calls.find(({ name, path }) => name === 'rmdir' && path === `${RUNS}/web`);
    const end = calls.find(({ name, path }) => name === 'unlink' && path === JOURNAL);
    if (gone === undefined || end === undefined) throw new Error('the trace lacks the roots or the journal');
    const isSafe = calls.some(
      ({ name, path, began, ended }) =>
        name === 'fsync' && path === RUNS && began > gone.ended && ended < end.began,
    );
    expect(isSafe).to.equal(true);
  });

  describe('of a build', () => {
    /** Cuts the build short, as a power loss does, after it has added derivations to the store. */
    const interruptBuild = async () => {
      const command = host().spawn(['nixos-nspawn', 'create', 'lost', '--flake', flakeOf('slow-build')]);
      await waitFor('the build', () => host().run(['pgrep', '-x', 'sleep']));
      await command.kill('SIGKILL');
      await command.outcome;
    };
    const derivations = async () =>
      (await host().ask(['find', '/nix/store', '-maxdepth', '1', '-name', '*-nixos-nspawn-slow-build.drv']))
        .split('\n')
        .filter((path) => path !== '');

    /** What the disk may have instead of the derivation, although Nix's record of it is there. */
    for (const [damage, ...argv] of [
      ['is missing', 'rm', '-f'],
      ['is empty', 'truncate', '--size=0'],
    ] as const)
      it(`deletes what Nix believes to be complete, but ${damage}`, async () => {
        await interruptBuild();
        const [derivation, ...others] = await derivations();
        expect(derivation).not.to.equal(undefined);
        expect(others).to.deep.equal([]);
        await host().run([...argv, String(derivation)]);
        await host().reboot();
        const { stderr } = await host().run(['nixos-nspawn', 'status', 'lost'], { check: false });
        expect(stderr).to.include('One store path was deleted, and will be built again.');
        expect(await derivations()).to.deep.equal([]);
        // Without the deletion, Nix cannot even read the derivation.
        const build = await host().run(['nix', 'path-info', '--derivation', fixture('slow-build')]);
        expect(build.stdout.trim()).to.equal(derivation);
        await host().run(['nix-store', '--verify-path', String(derivation)]);
        await host().run(['nix-store', '--delete', String(derivation)]);
      });

    it('keeps what is whole', async () => {
      await interruptBuild();
      const [derivation] = await derivations();
      await host().reboot();
      const { stderr } = await host().run(['nixos-nspawn', 'status', 'lost'], { check: false });
      expect(stderr).to.include('undone').and.not.to.include('power loss');
      expect(await derivations()).to.deep.equal([derivation]);
    });
  });
});
