import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import '../built-program.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const COPIED = ['bin', 'cli', 'commands', 'dist', 'hooks', 'src', 'oclif.manifest.json'];

/** A copy of the package whose sources are newer than its build. */
describe('the command line from its sources', () => {
  let copy: string;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'nspawn-sources-'));
    for (const name of [...COPIED, 'package.json', 'tsconfig.json'])
      await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await change('commands/list.ts', /static override (summary|description) = /, "$&'From the sources. ' + ");
    await change('src/errors/usage.ts', 'is not a command of', 'is, as the sources say, not a command of');
    await change('cli/views/help.ts', "'GLOBAL FLAGS'", "'GLOBAL FLAGS OF THE SOURCES'");
  });

  after(async () => {
    await rm(copy, { recursive: true });
  });

  async function change(file: string, from: string | RegExp, to: string): Promise<void> {
    const before = await readFile(join(copy, file), 'utf8');
    const text = before.replace(from, to);
    expect(text, file).not.to.equal(before);
    await writeFile(join(copy, file), text);
  }

  const dev = (...argv: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', join(copy, 'bin/dev.ts'), ...argv], {
      cwd: root,
      encoding: 'utf8',
    });

  it('uses the sources for commands, their help and errors', () => {
    expect(existsSync(join(copy, 'dist/program.cjs')), 'there is a build').to.equal(true);
    const help = dev('list', '--help');
    expect(help, help.stderr).to.include({ status: 0 });
    expect(help.stdout).to.include('From the sources. ').and.include('GLOBAL FLAGS OF THE SOURCES');
    const wrong = dev('craete');
    expect(wrong).to.include({ status: 64, stdout: '' });
    expect(wrong.stderr).to.include('is, as the sources say, not a command of');
  });

  it('has the same exit codes and outputs as the built program', () => {
    expect(dev('list', '--wait', 'abc')).to.include({
      status: 64,
      stderr:
        "Error: --wait: Expected an integer but received: abc.\n  See 'nixos-nspawn list --help' for the flags.\n",
    });
    const empty = join(copy, 'nothing');
    expect(dev('list', '--json', '--root', empty)).to.include({ status: 0, stdout: '[]\n' });
  });

  it('runs without a build', async () => {
    await rm(join(copy, 'dist'), { recursive: true });
    await rm(join(copy, 'oclif.manifest.json'));
    expect(dev('--version').stdout).to.match(/^nixos-nspawn\//);
    expect(dev('craete').status).to.equal(64);
  });
}).timeout(60_000);
