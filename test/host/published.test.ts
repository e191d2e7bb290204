import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf } from './tool.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PLACE = '/srv/published';
/** Debian's certificates. npm may need them to reach its registry. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** A program in the style of the manual's page on the library. */
const PROGRAM = `
import { createContainer, listContainers, NspawnError, readLogs, removeContainer, runInContainer } from 'nixos-nspawn';

const reference = '${flakeOf('web')}';
const told: Record<string, unknown> = {};
const created = await createContainer({ name: 'web', source: { kind: 'flake', reference, directory: '/' } });
told.created = [created.state, created.generation];
const { exit_code, stdout } = await runInContainer({ name: 'web', command: ['cat'], input: 'in and out' });
told.ran = [exit_code, stdout];
told.logs = (await readLogs({ name: 'web', host: true })).length > 0;
try {
  await runInContainer({ name: 'nosuch', command: ['true'] });
} catch (error) {
  if (!(error instanceof NspawnError)) throw error;
  switch (error.code) {
    case 'no-such-container':
      told.failed = error.exitCode;
  }
}
await removeContainer({ name: 'web', deleteState: true });
told.left = (await listContainers()).length;
console.log(JSON.stringify(told));
`;

describeOnHost(
  'the installed npm package',
  'published',
  (host) => {
    after(async () => {
      await rm(project, { recursive: true, force: true });
    });

    it('contains what a program needs, and not what only this repository needs', async () => {
      const files = await readdir(join(project, 'node_modules/nixos-nspawn'), { recursive: true });
      expect(files).to.include.members([
        'bin/run.cjs',
        'dist/program.cjs',
        'dist/program.cjs.map',
        'dist/types/src/index.d.ts',
        'nix/lib.nix',
        'plugins/network/dist/presets.js',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
      ]);
      const others = files.filter((file) =>
        /^(nix\/checks|plugins\/[^/]+\/src|test|src|docs|bench)\//.test(file),
      );
      expect(others).to.deep.equal([]);
    });

    it('compiles in a new TypeScript project, and works on a real host', async () => {
      command('node', join(root, 'node_modules/typescript/bin/tsc'), '--project', project);
      const { stdout, stderr } = await host().run(['node', `${PLACE}/program.js`]);
      expect(stderr).to.equal('');
      expect(JSON.parse(stdout) as Document).to.deep.equal({
        created: ['running', 1],
        ran: [0, 'in and out'],
        logs: true,
        failed: 2,
        left: 0,
      });
    });

    it('contains the command line with its presets', async () => {
      const tool = `${PLACE}/node_modules/.bin/nixos-nspawn`;
      expect(JSON.parse(await host().ask([tool, 'list', '--json']))).to.deep.equal([]);
      expect(await host().ask([tool, 'presets', '--json'])).to.include('"name":"ula"');
    });
  },
  async () => {
    await install();
    return { binds: [{ from: project, to: PLACE, readOnly: true }] };
  },
);

let project = '';

/** Creates a new project with the packed package as a dependency. */
async function install(): Promise<void> {
  project = await mkdtemp(join(tmpdir(), 'nspawn-published-'));
  const pack = join(project, 'pack');
  await mkdir(pack);
  await writeFile(join(project, 'package.json'), '{ "name": "program", "type": "module", "private": true }');
  // The options of tsc --init, but with all declarations checked.
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    moduleDetection: 'force',
    skipLibCheck: false,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  await writeFile(join(project, 'program.ts'), PROGRAM);
  command('npm', 'pack', root, '--ignore-scripts', '--silent', '--pack-destination', pack);
  const [tarball = ''] = await readdir(pack);
  command(
    'npm',
    'install',
    join(pack, tarball),
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
  );
}

/** Runs a program in the project, which must succeed. */
function command(...[file, ...argv]: readonly [string, ...string[]]): void {
  const env = existsSync(AUTHORITIES) ? { NODE_EXTRA_CA_CERTS: AUTHORITIES } : {};
  const { status, stdout, stderr } = spawnSync(file, argv, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(status, `${file} ${argv.join(' ')}\n${stdout}\n${stderr}`).to.equal(0);
}
