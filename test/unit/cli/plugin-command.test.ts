import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PluginsOnDisk } from '../plugins/plugin-on-disk.js';

const door = fileURLToPath(new URL('../../../bin/run.cjs', import.meta.url));
const library = new URL('../../../dist/src/index.js', import.meta.url).href;

describe("a command of a plugin's own", () => {
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

  const greet = (...words: string[]) =>
    spawnSync(process.execPath, [door, 'greet', ...words], {
      encoding: 'utf8',
      env: { ...process.env, NIXOS_NSPAWN_DATA_DIR: plugins.dataDir },
    });

  it('runs', async () => {
    await installGreet("console.log('hello');");
    expect(greet()).to.include({ status: 0, stdout: 'hello\n', stderr: '' });
  });

  it("fails with the library's errors as the tool's own verbs do", async () => {
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
