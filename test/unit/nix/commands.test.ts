import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildConfig, buildFlake, buildFlakeAttributes } from '../../../src/nix/build.js';
import { closurePaths, closureSizes } from '../../../src/nix/closure-info.js';
import { type NixOptions, nix } from '../../../src/nix/command.js';
import { nixFile } from '../../../src/nix/files.js';
import { containerNames, flakeMetadata } from '../../../src/nix/flake.js';
import { enabledFeatures, storeProblem } from '../../../src/nix/health.js';
import { findNixpkgs } from '../../../src/nix/nixpkgs.js';
import { deleteGenerations, setProfile, switchGeneration } from '../../../src/nix/profile.js';
import { garbageRoots } from '../../../src/nix/store.js';
import { FakeCommands } from '../fake-commands.js';

/** The first arguments of every `nix` command of the tool. */
const NIX = ['--extra-experimental-features', 'nix-command flakes', '--log-format', 'internal-json'];
/** An argument of every command that reads a flake. */
const LOCK = '--no-write-lock-file';
const LOCKED = 'github:o/r/0123456789abcdef';
const METADATA = { stdout: JSON.stringify({ url: LOCKED, resolvedUrl: 'github:o/r', revision: '0123' }) };
const missing = (attribute: string) => ({
  exitCode: 1,
  stderr: `@nix ${JSON.stringify({
    action: 'msg',
    level: 0,
    msg: `error: flake '${LOCKED}' does not provide attribute '${attribute}'`,
  })}\n`,
});

describe('the exact Nix commands', () => {
  let fake: FakeCommands;
  let place: string;
  let options: NixOptions;
  let warned: string[];

  const failureOf = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );

  beforeEach(async () => {
    fake = await FakeCommands.install('nix', 'nix-env', 'nix-store', 'nix-instantiate');
    place = await mkdtemp(join(tmpdir(), 'nspawn-nix-'));
    warned = [];
    options = {
      signal: new AbortController().signal,
      progress: () => undefined,
      log: () => undefined,
      warn: (text) => warned.push(text),
      showTrace: false,
    };
  });

  afterEach(async () => {
    await fake.uninstall();
    await rm(place, { recursive: true });
  });

  const request = () => ({
    name: 'web',
    system: 'x86_64-linux',
    presets: [] as { module: string; parameters: Record<string, unknown> }[],
    hostDefaults: null,
    outLink: join(place, 'roots', 'web'),
  });

  describe('a build', () => {
    it('of a configuration file receives user input as arguments, never as source text', async () => {
      await fake.answer('nix build', { stdout: '/nix/store/x-web\n' });
      const file = `/srv/a "quoted" \${dir}/web.nix`;
      expect(await buildConfig({ ...request(), file, nixpkgs: '/nixpkgs' }, options)).to.equal(
        '/nix/store/x-web',
      );
      expect(await fake.argvs()).to.deep.equal([
        [
          ...['nix', 'build', ...NIX, LOCK, '--print-out-paths', '--out-link', join(place, 'roots', 'web')],
          ...['--file', nixFile('eval-config.nix')],
          ...['--argstr', 'name', 'web', '--argstr', 'config', file],
          ...['--argstr', 'nixpkgs', '/nixpkgs', '--argstr', 'system', 'x86_64-linux'],
        ],
      ]);
    });

    it('of a flake first locks the flake, and then builds the locked one', async () => {
      await mkdir(join(place, 'f'));
      await fake.answer('nix flake', METADATA);
      await fake.answer('nix build', { stdout: '/nix/store/x-web\n' });
      const built = await buildFlake({ ...request(), reference: './f#web', directory: place }, options);
      expect(built).to.deep.include({
        closure: '/nix/store/x-web',
        attribute: 'nixosContainers.x86_64-linux.web',
      });
      expect(await fake.argvs()).to.deep.equal([
        ['nix', 'flake', 'metadata', ...NIX, LOCK, '--json', '--', join(place, 'f')],
        [
          ...['nix', 'build', ...NIX, LOCK, '--print-out-paths', '--out-link', join(place, 'roots', 'web')],
          ...['--', `${LOCKED}#nixosContainers.x86_64-linux.web`],
        ],
      ]);
    });

    it("of a flake with presets uses the package's eval-flake.nix, with the presets as JSON", async () => {
      await fake.answer('nix flake', METADATA);
      await fake.answer('nix build', { stdout: '/nix/store/x-web\n' });
      const presets = [{ module: '/presets/ula.nix', parameters: { prefix: "fd12::/64'';" } }];
      await buildFlake({ ...request(), presets, reference: '.#web', directory: place }, options);
      expect((await fake.argvs()).at(-1)?.slice(10)).to.deep.equal([
        '--impure',
        '--file',
        nixFile('eval-flake.nix'),
        '--argstr',
        'flake',
        LOCKED,
        '--argstr',
        'attribute',
        '["nixosContainers","x86_64-linux","web"]',
        '--argstr',
        'presets',
        JSON.stringify(presets),
      ]);
    });

    it('passes the file with the defaults of the host as an argument, for both sources', async () => {
      await fake.answer('nix flake', METADATA);
      await fake.answer('nix build', { stdout: '/nix/store/x-web\n' });
      const hostDefaults = `/etc/a "quoted" \${dir}/defaults.nix`;
      const common = { ...request(), hostDefaults };
      await buildFlake({ ...common, reference: '.#web', directory: place }, options);
      await buildConfig({ ...common, file: '/web.nix', nixpkgs: '/nixpkgs' }, options);
      const builds = (await fake.argvs()).filter(([, verb]) => verb === 'build');
      expect(
        builds.map((argv) => argv.slice(argv.indexOf('--file'), argv.indexOf('--file') + 2)),
      ).to.deep.equal([
        ['--file', nixFile('eval-flake.nix')],
        ['--file', nixFile('eval-config.nix')],
      ]);
      for (const argv of builds)
        expect(argv.slice(-3)).to.deep.equal(['--argstr', 'hostDefaults', hostDefaults]);
    });

    it('tries the next attribute if the flake does not have the first', async () => {
      await fake.answer('nix flake', METADATA);
      await fake.answer('nix build', missing('nixosContainers.x86_64-linux.web'), {
        stdout: '/nix/store/x-web\n',
      });
      const built = await buildFlake({ ...request(), reference: '.', directory: place }, options);
      expect(built.attribute).to.equal('nixosContainers.web');
    });

    it('fails with a list of the containers of the flake if it has none of these attributes', async () => {
      await fake.answer('nix flake', METADATA);
      await fake.answer(
        'nix build',
        missing('nixosContainers.x86_64-linux.web'),
        missing('nixosContainers.web'),
      );
      await fake.answer('nix eval', { stdout: '["db","mail"]' });
      const failure = await failureOf(
        buildFlake({ ...request(), reference: '.', directory: place }, options),
      );
      expect(failure).to.have.property('code', 'no-flake-container');
      expect(failure)
        .to.have.property('nextSteps')
        .that.satisfies((steps: string[]) => /db/.test(steps.join()));
    });

    it('tries no other attribute if the evaluation fails', async () => {
      await fake.answer('nix flake', METADATA);
      await fake.answer('nix build', { exitCode: 1, stderr: 'error: undefined variable\n' });
      const failure = await failureOf(
        buildFlake({ ...request(), reference: '.', directory: place }, options),
      );
      expect(failure).to.have.property('code', 'command-failed');
      expect(await fake.argvs()).to.have.length(2);
    });

    it('of many containers of one flake is one command, with the results in order', async () => {
      await fake.answer('nix build', { stdout: '/nix/store/x-a\n/nix/store/x-b\n' });
      const link = join(place, 'roots', 'both');
      expect(await buildFlakeAttributes(LOCKED, ['c.a', 'c.b'], link, options)).to.deep.equal([
        '/nix/store/x-a',
        '/nix/store/x-b',
      ]);
      expect(await fake.argvs()).to.deep.equal([
        [
          ...['nix', 'build', ...NIX, LOCK, '--print-out-paths', '--out-link', link],
          ...['--', `${LOCKED}#c.a`, `${LOCKED}#c.b`],
        ],
      ]);
    });
  });

  it('include --show-trace only on request', async () => {
    await nix(['build'], ['x'], { ...options, showTrace: true });
    expect((await fake.argvs())[0]).to.deep.equal(['nix', 'build', ...NIX, '--show-trace', 'x']);
  });

  it('fail with the messages of Nix instead of its JSON lines, and report its warnings', async () => {
    const said = (level: number, msg: string) => `@nix ${JSON.stringify({ action: 'msg', level, msg })}\n`;
    await fake.answer('nix build', {
      exitCode: 1,
      stderr: said(1, 'warning: dirty') + said(0, "error: attribute 'x' missing") + said(4, 'chatter'),
    });
    const failure = await failureOf(nix(['build'], [], options));
    expect(failure).to.have.property('details').that.includes({ stderr: "error: attribute 'x' missing" });
    expect(warned).to.deep.equal(['dirty']);
  });

  it('resolve and lock a flake', async () => {
    await fake.answer('nix flake', { stdout: '{"url":"path:/x?narHash=y"}' });
    expect(await flakeMetadata('/x', options)).to.deep.equal({
      locked: 'path:/x?narHash=y',
      resolved: 'path:/x?narHash=y',
      revision: null,
    });
  });

  it('list the containers of a flake, which may have none', async () => {
    await fake.answer('nix eval', { stdout: '["web"]' });
    expect(await containerNames(LOCKED, 'x86_64-linux', options)).to.deep.equal(['web']);
    const [argv] = await fake.argvs();
    expect(argv?.slice(0, 8)).to.deep.equal(['nix', 'eval', ...NIX, LOCK, '--json']);
    expect(argv?.at(-1)).to.equal(`${LOCKED}#nixosContainers`);
    await fake.answer('nix eval', missing('nixosContainers'));
    expect(await containerNames(LOCKED, 'x86_64-linux', options)).to.deep.equal([]);
  });

  it('set, switch and delete generations of a profile', async () => {
    const profile = '/nix/var/nix/profiles/per-nspawn/web/system';
    await setProfile(profile, '/nix/store/x-web');
    await switchGeneration(profile, 3);
    await deleteGenerations(profile, [1, 2]);
    expect(await fake.lines()).to.deep.equal([
      `nix-env --profile ${profile} --set /nix/store/x-web`,
      `nix-env --profile ${profile} --switch-generation 3`,
      `nix-env --profile ${profile} --delete-generations 1 2`,
    ]);
  });

  it('read the sizes of closures as plain lines, once for each path', async () => {
    await fake.answer('nix path-info', { stdout: '/nix/store/x-a\t  4096\n/nix/store/x-b\t12\nwords\n' });
    const sizes = await closureSizes(['/nix/store/x-a', '/nix/store/x-a', '/nix/store/x-b']);
    expect([...sizes]).to.deep.equal([
      ['/nix/store/x-a', 4096],
      ['/nix/store/x-b', 12],
    ]);
    await closurePaths(['/nix/store/x-a']);
    expect(await closurePaths([])).to.have.property('size', 0);
    const start = 'nix path-info --extra-experimental-features nix-command';
    expect(await fake.lines()).to.deep.equal([
      `${start} --closure-size -- /nix/store/x-a /nix/store/x-b`,
      `${start} --recursive --size -- /nix/store/x-a`,
    ]);
  });

  it('are split if the paths do not fit on one command line', async () => {
    const paths = Array.from({ length: 4001 }, (_, number) => `/nix/store/x-${number}`);
    await closureSizes(paths);
    expect((await fake.argvs()).map((argv) => argv.length)).to.deep.equal([4006, 7]);
  });

  it('read the roots of the garbage collector, even if the name of a link contains an arrow', async () => {
    await fake.answer('nix-store', {
      stdout: '/home/a -> b/result -> /nix/store/x-a\n{temp:42} -> /nix/store/x-b\nnonsense\n',
    });
    expect(await garbageRoots()).to.deep.equal([
      { holder: '/home/a -> b/result', path: '/nix/store/x-a' },
      { holder: '{temp:42}', path: '/nix/store/x-b' },
    ]);
    expect(await fake.lines()).to.deep.equal(['nix-store --gc --print-roots']);
  });

  describe('the nixpkgs of a configuration file', () => {
    it('is <nixpkgs> by default, and Nix resolves such names', async () => {
      await fake.answer('nix-instantiate', { stdout: '/nix/nixpkgs\n' });
      expect(await findNixpkgs(null, options)).to.equal('/nix/nixpkgs');
      expect(await findNixpkgs('<unstable>', options)).to.equal('/nix/nixpkgs');
      expect(await fake.lines()).to.deep.equal([
        'nix-instantiate --find-file nixpkgs',
        'nix-instantiate --find-file unstable',
      ]);
      await fake.answer('nix-instantiate', { exitCode: 1 });
      expect(await failureOf(findNixpkgs(null, options))).to.have.property('code', 'no-nixpkgs');
    });

    it('can be a path, relative to the working directory, or a flake that is fetched', async () => {
      expect(await findNixpkgs('./n', { ...options, cwd: '/srv' })).to.equal('/srv/n');
      expect(await fake.argvs()).to.deep.equal([]);
      await fake.answer('nix flake', { stdout: '{"storePath":"/nix/store/x-source"}' });
      expect(await findNixpkgs('nixpkgs/nixos-26.05', options)).to.equal('/nix/store/x-source');
      expect(await fake.argvs()).to.deep.equal([
        ['nix', 'flake', 'prefetch', ...NIX, '--json', '--', 'nixpkgs/nixos-26.05'],
      ]);
    });
  });

  it('show why Nix cannot open its store, and which features it has', async () => {
    expect(await storeProblem()).to.equal(null);
    await fake.answer('nix', { exitCode: 1, stderr: 'warning: x\nerror: cannot connect to socket\n' });
    expect(await storeProblem()).to.equal('cannot connect to socket');
    expect(await enabledFeatures()).to.equal(null);
    await fake.answer('nix', { stdout: 'flakes nix-command\n' });
    expect(await enabledFeatures()).to.deep.equal(['flakes', 'nix-command']);
  });
});
