import { expect } from 'chai';
import { FIXTURES, type Outcome } from './host.js';
import { describeOnHost } from './suite.js';

const DATA = '/var/lib/nixos-nspawn/plugins';

const parsed = ({ stdout }: Outcome) => JSON.parse(stdout);

describeOnHost('plugins of third parties', 'third-party-plugins', (host) => {
  const nspawn = (...args: string[]) =>
    host().run(['nixos-nspawn', ...args], { check: false, timeout: 170_000, env: { HOME: '/home/someone' } });

  /** Packs a plugin with one command and one listener, which tells what it was asked. */
  async function pack(name: string, more: { hooks?: object; files?: Record<string, string> } = {}) {
    const manifest = {
      name,
      version: '1.0.0',
      type: 'module',
      scripts: { postinstall: 'touch /run/postinstall-ran' },
      oclif: {
        commands: { strategy: 'pattern', target: './commands' },
        hooks: { 'after-remove': './listener.js', ...more.hooks },
      },
      nixosNspawn: { contract: 1 },
    };
    const command = {
      id: 'greet',
      isESM: true,
      relativePath: ['commands', 'greet.js'],
      flags: {},
      args: {},
      strict: false,
    };
    const files = {
      'package.json': JSON.stringify(manifest),
      'oclif.manifest.json': JSON.stringify({ version: '1.0.0', commands: { greet: command } }),
      'commands/greet.js':
        "export default class { static async run(argv) { console.log('hello', ...argv); } }",
      'listener.js': `export default { event: 'after-remove', listen(context) {
        context.log.warn(context.container + ' had ' + context.settings.activation.strategy);
      } };`,
      ...more.files,
    };
    for (const [file, text] of Object.entries(files))
      await host().writeFile(`/srv/${name}/package/${file}`, text);
    await host().run(['tar', '-czf', `/srv/${name}.tgz`, '-C', `/srv/${name}`, 'package']);
    return `/srv/${name}.tgz`;
  }

  it("are installed from a tarball into root's own place, and no script of theirs runs", async () => {
    const outcome = await nspawn('plugins', 'install', await pack('greeter'));
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(await host().has(`${DATA}/node_modules/greeter/package.json`)).to.equal(true);
    expect(await host().has('/home/someone')).to.equal(false);
    expect(await host().has('/run/postinstall-ran')).to.equal(false);
  });

  it('bring commands of their own, unless --no-plugins leaves them out', async () => {
    expect((await nspawn('greet', 'you')).stdout).to.equal('hello you\n');
    expect((await nspawn('greet', 'you', '--no-plugins')).code).to.equal(64);
  });

  it('hear of a removal what it was that went', async () => {
    await nspawn('create', 'web', '--flake', `${FIXTURES}#web`);
    const outcome = await nspawn('remove', 'web', '--delete-state', '--json');
    expect(parsed(outcome).warnings).to.deep.equal([{ code: 'plugin', message: 'greeter: web had dynamic' }]);
  });

  it('cannot keep a verb of the tool from its work, nor take its name', async () => {
    const quit = 'export default async () => process.exit(3);';
    const command = { isESM: true, relativePath: ['commands', 'list.js'], flags: {}, args: {} };
    const tarball = await pack('hostile', {
      hooks: { init: './quit.js', prerun: './quit.js' },
      files: {
        'quit.js': quit,
        'commands/list.js': 'for (;;);',
        'oclif.manifest.json': JSON.stringify({
          version: '1.0.0',
          commands: { list: { id: 'list', ...command } },
        }),
      },
    });
    const installed = await nspawn('plugins', 'install', tarball);
    expect(installed.code, installed.stderr).to.equal(0);
    const outcome = await nspawn('list', '--json');
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(parsed(outcome)).to.deep.equal([]);
    expect((await nspawn('--help')).code).to.equal(0);
    expect(parsed(await nspawn('plugins', 'inspect', 'hostile', '--json'))).to.include({ kind: 'installed' });
    expect((await nspawn('plugins', 'uninstall', 'hostile')).code).to.equal(0);
    expect(await host().has(`${DATA}/node_modules/hostile`)).to.equal(false);
  });

  it('are refused in a place where others may write', async () => {
    await host().run(['chmod', 'o+w', DATA]);
    const outcome = await nspawn('plugins', 'install', '/srv/greeter.tgz', '--json');
    expect(outcome.code).to.equal(10);
    expect(parsed(outcome).error).to.include({
      code: 'plugins-place-untrusted',
      message: `Plugins are neither run from ${DATA} nor put there: ${DATA} is writable by others.`,
    });
    await host().run(['chmod', 'o-w', DATA]);
  });
});
