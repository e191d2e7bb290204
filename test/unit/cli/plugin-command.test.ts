import { spawnSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { door } from '../built-program.js';
import { PluginsOnDisk } from '../plugins/plugin-on-disk.js';

const library = new URL('../../../dist/src/index.js', import.meta.url).href;
/** The tool's oclif, in place of the one that a plugin would depend on. */
const oclif = pathToFileURL(createRequire(import.meta.url).resolve('@oclif/core')).href;

describe('a command of a plugin', () => {
  let plugins: PluginsOnDisk;

  beforeEach(async () => {
    plugins = await PluginsOnDisk.make();
  });

  afterEach(() => plugins.remove());

  async function installGreet(run: string): Promise<void> {
    const command = { id: 'greet', flags: {}, args: {}, isESM: true, relativePath: ['greet.js'] };
    await plugins.install(
      'greeter',
      { oclif: { commands: { strategy: 'pattern', target: './' } }, nixosNspawn: { contract: 1 } },
      {
        'greet.js': `import { NspawnError } from '${library}'; export default class { static async run() { ${run} } }`,
        'oclif.manifest.json': JSON.stringify({ version: '1.2.3', commands: { greet: command } }),
      },
    );
  }

  const start = (...words: string[]) =>
    spawnSync(process.execPath, [door, ...words], {
      encoding: 'utf8',
      env: { ...process.env, NIXOS_NSPAWN_DATA_DIR: plugins.dataDir },
    });
  const greet = (...words: string[]) => start('greet', ...words);

  it('runs', async () => {
    await installGreet("console.log('hello');");
    expect(greet()).to.include({ status: 0, stdout: 'hello\n', stderr: '' });
  });

  describe('with --json', () => {
    /** An oclif command that writes in every possible way before it returns its result. */
    async function installTalker(end: string, module = 'talk.js') {
      const talk = {
        id: 'talk',
        flags: {},
        args: {},
        enableJsonFlag: true,
        isESM: true,
        relativePath: [module],
      };
      return plugins.install(
        'talker',
        { oclif: { commands: { strategy: 'pattern', target: './' } }, nixosNspawn: { contract: 1 } },
        {
          'talk.js': `import { Command } from '${oclif}';
            import { spawnSync } from 'node:child_process';
            import { writeSync } from 'node:fs';
            writeSync(1, 'loaded\\n');
            export default class extends Command {
              static enableJsonFlag = true;
              async run() {
                this.log('by log');
                console.log('by console.log');
                process.stdout.write('by write\\n');
                writeSync(1, 'by descriptor 1\\n');
                spawnSync('sh', ['-c', 'echo by a command; test ! -e /proc/self/fd/3 || echo with descriptor 3'], { stdio: 'inherit' });
                ${end}
              }
            }`,
          'oclif.manifest.json': JSON.stringify({ version: '1.2.3', commands: { talk } }),
        },
      );
    }

    const talk = (...words: string[]) => start('talk', ...words);

    it('writes only its result to standard output, and the rest to standard error', async () => {
      await installTalker("return [{ text: 'ü'.repeat(300_000) }];");
      const { status, stdout, stderr } = talk('--json');
      expect(status, stderr).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal([{ text: 'ü'.repeat(300_000) }]);
      expect(stderr.split('\n')).to.have.members([
        ...['loaded', 'by console.log', 'by write', 'by descriptor 1', 'by a command', ''],
      ]);
    });

    it('writes only its error to standard output', async () => {
      await installTalker("throw new Error('It is broken.');");
      const { status, stdout } = talk('--json');
      expect(status).to.equal(1);
      expect(JSON.parse(stdout).error).to.deep.include({ message: 'It is broken.' });
    });

    it('passes on the exit code and the input', async () => {
      await installTalker(
        "process.exitCode = 7; const { readFileSync } = await import('node:fs'); return { read: readFileSync(0, 'utf8') };",
      );
      const { status, stdout } = spawnSync(process.execPath, [door, 'talk', '--json'], {
        encoding: 'utf8',
        input: 'some text',
        env: { ...process.env, NIXOS_NSPAWN_DATA_DIR: plugins.dataDir },
      });
      expect(status).to.equal(7);
      expect(JSON.parse(stdout)).to.deep.equal({ read: 'some text' });
    });

    it('appends its result to a file', async () => {
      await installTalker('return { done: true };');
      const file = join(plugins.dataDir, 'result');
      const script = 'echo before; "$@"; echo after';
      const { status } = spawnSync(
        'sh',
        ['-c', `{ ${script}; } > ${file}`, 'sh', process.execPath, door, 'talk', '--json'],
        {
          env: { ...process.env, NIXOS_NSPAWN_DATA_DIR: plugins.dataDir },
        },
      );
      expect(status).to.equal(0);
      const lines = (await readFile(file, 'utf8')).split('\n');
      expect(lines.at(0)).to.equal('before');
      expect(lines.at(-2)).to.equal('after');
      expect(JSON.parse(lines.slice(1, -2).join('\n'))).to.deep.equal({ done: true });
    });

    it('is free to write to standard output without --json', async () => {
      await installTalker('return {};');
      const { stdout, stderr } = talk();
      expect(stdout.split('\n')).to.include.members([
        'by log',
        'by console.log',
        'by descriptor 1',
        'by a command',
      ]);
      expect(stderr).to.equal('');
    });

    it('is not run if its module is a link out of its package', async () => {
      const directory = await installTalker('return {};', 'link.js');
      const outside = join(plugins.dataDir, 'outside.js');
      await writeFile(outside, "export default class { static async run() { console.log('outside'); } };");
      await symlink(outside, join(directory, 'link.js'));
      for (const words of [[], ['--json']]) {
        const { status, stdout, stderr } = talk(...words);
        expect(status).to.equal(10);
        expect(stdout + stderr).to.contain(
          `The command 'talk' of plugin 'talker' cannot be run: its module ${directory}/link.js is a link to ${outside}, outside its package.`,
        );
      }
    });

    it('is not run if its path leads out of its package, even if a link leads back', async () => {
      const directory = await installTalker('return {};', '../back.js');
      const back = join(directory, '../back.js');
      await symlink(join(directory, 'talk.js'), back);
      const { status, stdout, stderr } = talk('--json');
      expect(status).to.equal(10);
      expect(stdout + stderr).to.contain(`its module ${back} is outside its package`);
    });
  });

  it('causes no warning in a linked plugin that is built from TypeScript or newer than its manifest', async () => {
    await installGreet("console.log('hello');");
    const root = join(plugins.dataDir, 'node_modules/greeter');
    await writeFile(
      join(root, 'tsconfig.json'),
      '{ "compilerOptions": { "outDir": "dist", "rootDir": "src" } }',
    );
    await writeFile(
      join(plugins.dataDir, 'package.json'),
      JSON.stringify({ oclif: { plugins: [{ name: 'greeter', type: 'link', root }] } }),
    );
    expect(greet()).to.include({ status: 0, stdout: 'hello\n', stderr: '' });
    const file = join(root, 'package.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('1.2.3', '2.0.0'));
    expect(greet()).to.include({ status: 0, stdout: 'hello\n', stderr: '' });
  });

  it('is left out with a one-line warning if its manifest is broken', async () => {
    await installGreet("console.log('hello');");
    const file = join(plugins.dataDir, 'node_modules/greeter/oclif.manifest.json');
    await writeFile(file, '{ "version": ');
    const { status, stderr } = greet();
    expect(status).to.equal(64);
    expect(stderr.split('\n')[0]).to.equal(
      `Warning: Plugin 'greeter' is not used: ${file} is not a list of commands; 'npx oclif manifest' writes one.`,
    );
  });

  it("can fail with the library's errors, as the tool's own commands do", async () => {
    await installGreet(
      "throw new NspawnError({ code: 'no-greeting', exitCode: 10, message: 'Nobody is greeted.', nextSteps: ['Say whom.'] });",
    );
    expect(greet()).to.include({ status: 10, stderr: 'Error: Nobody is greeted.\n  Say whom.\n' });
    const { status, stdout } = greet('--json');
    expect(status).to.equal(10);
    expect(JSON.parse(stdout)).to.deep.equal({
      error: {
        code: 'no-greeting',
        message: 'Nobody is greeted.',
        exit_code: 10,
        next_steps: ['Say whom.'],
      },
    });
  });
});
