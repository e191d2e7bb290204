import { expect } from 'chai';
import { forwards } from './by-hand.js';
import { packExample } from './example-plugin.js';
import { FIXTURES, type Outcome, REPOSITORY, waitFor } from './host.js';
import { from, preparePresets } from './presets.js';
import { describeOnHost } from './suite.js';

const DATA = '/var/lib/nixos-nspawn/plugins';

const parsed = ({ stdout }: Outcome) => JSON.parse(stdout);

describeOnHost('plugins of third parties', 'third-party-plugins', (host) => {
  const nspawn = (...args: string[]) =>
    host().run(['nixos-nspawn', ...args], { check: false, timeout: 170_000, env: { HOME: '/home/someone' } });

  /** Packs a plugin with one command and one listener, which reports its context. */
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

  /** Links a plugin that hangs before a new container starts, and exits after one was activated. */
  async function linkRude(): Promise<void> {
    const files = {
      'package.json': JSON.stringify({
        name: 'rude',
        version: '1.0.0',
        type: 'module',
        oclif: { hooks: { 'before-activate': './hang.js', 'after-activate': './exit.js' } },
        nixosNspawn: { contract: 1 },
      }),
      'hang.js': `export default { event: 'before-activate', async listen({ operation }) {
        if (operation === 'create') await new Promise(() => setInterval(() => {}, 1000));
      } };`,
      'exit.js': "export default { event: 'after-activate', listen: () => process.exit(3) };",
    };
    for (const [file, text] of Object.entries(files)) await host().writeFile(`/srv/rude/${file}`, text);
    const linked = await nspawn('plugins', 'link', '/srv/rude');
    expect(linked.code, linked.stderr).to.equal(0);
  }

  const isInstalled = (name: string) => host().has(`${DATA}/node_modules/${name}/package.json`);

  /** Installs the plugin `greeter`, unless an earlier test did. */
  async function requireGreeter(): Promise<void> {
    if (await isInstalled('greeter')) return;
    const outcome = await nspawn('plugins', 'install', await pack('greeter'));
    expect(outcome.code, outcome.stderr).to.equal(0);
  }

  /** Creates the container `web`, unless it exists. */
  async function requireWeb(): Promise<void> {
    if (await host().has('/etc/systemd/nspawn/web.nspawn')) return;
    await nspawn('create', 'web', '--flake', `${FIXTURES}#web`);
    await forwards(host(), 8181);
  }

  it('are installed from a tarball into a directory of root, without running their scripts', async () => {
    // The directory of the tool is read-only, like the Nix store.
    const { stderr } = await host().run(['touch', `${REPOSITORY}/package.json`], { check: false });
    expect(stderr).to.contain('Read-only file system');
    const outcome = await nspawn('plugins', 'install', await pack('greeter'));
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(await isInstalled('greeter')).to.equal(true);
    expect(await host().has('/home/someone')).to.equal(false);
    expect(await host().has('/run/postinstall-ran')).to.equal(false);
  });

  it('can add commands, unless --no-plugins is given', async () => {
    await requireGreeter();
    expect((await nspawn('greet', 'you')).stdout).to.equal('hello you\n');
    expect((await nspawn('greet', 'you', '--no-plugins')).code).to.equal(64);
  });

  it('cause an update to be undone if they exit their process', async () => {
    await requireWeb();
    await linkRude();
    const whole = await host().snapshot();
    const outcome = await nspawn('update', 'web', '--flake', `${FIXTURES}#web-2`, '--json');
    expect(outcome.code, outcome.stdout).to.equal(8);
    expect(parsed(outcome).error.message).to.contain("Plugin 'rude' exited with code 3 at after-activate");
    expect(await host().changesSince(whole)).to.deep.equal([]);
    await nspawn('plugins', 'uninstall', 'rude');
  });

  it('are ended at their time limit, and the container is then not created', async () => {
    await linkRude();
    const whole = await host().snapshot();
    const outcome = await nspawn(
      ...['create', 'plain', '--flake', `${FIXTURES}#plain`, '--hook-timeout', '1', '--json'],
    );
    expect(outcome.code, outcome.stdout).to.equal(10);
    expect(parsed(outcome).error.message).to.equal("Plugin 'rude' took longer than 1 s at before-activate.");
    expect(await host().changesSince(whole)).to.deep.equal([]);
    await nspawn('plugins', 'uninstall', 'rude');
  });

  it('can print anything without affecting the document of --json', async () => {
    const noise = `import { spawnSync } from 'node:child_process';
      import { writeSync } from 'node:fs';
      writeSync(1, 'loaded');
      export const make = (event) => ({ event, listen() {
        console.log('noise by console.log');
        process.stdout.write('noise by write\\n');
        writeSync(1, 'noise by descriptor 1\\n');
        spawnSync('sh', ['-c', 'echo noise by a command'], { stdio: 'inherit' });
      } });`;
    const events = ['before-evaluate', 'after-build', 'before-activate', 'after-activate'];
    events.push('after-create', 'after-update', 'after-rollback', 'after-remove', 'after-autostart');
    const identifier = (event: string) => event.replace('-', '_');
    const files = {
      'package.json': JSON.stringify({
        name: 'noisy',
        version: '1.0.0',
        type: 'module',
        oclif: {
          hooks: {
            ...Object.fromEntries(
              events.map((event) => [event, { target: './noise.js', identifier: identifier(event) }]),
            ),
            presets: './presets.js',
          },
        },
        nixosNspawn: { contract: 1, presets: ['noisy'] },
      }),
      'noise.js': `${noise}\n${events.map((event) => `export const ${identifier(event)} = make('${event}');`).join('\n')}`,
      'presets.js': `import { make } from './noise.js';
        export default ({ z, preset }) => { make('').listen(); return [preset({
          name: 'noisy', summary: 'Noise', example: 'noisy', brings: [], parameters: z.object({}),
          apply: () => { make('').listen(); return {}; },
        })]; };`,
    };
    for (const [file, text] of Object.entries(files)) await host().writeFile(`/srv/noisy/${file}`, text);
    const hook = '/etc/nixos-nspawn/hooks.d/after-build/10-noise';
    await host().writeFile(hook, '#!/bin/sh\necho noise of a script\n');
    await host().run(['chmod', '755', hook]);
    for (const words of [
      ['plugins', 'link', '/srv/noisy'],
      ['presets'],
      ['presets', 'show', 'noisy'],
      ['create', 'many-01', '--flake', `${FIXTURES}#many-01`],
      ['update', 'many-01', '--flake', `${FIXTURES}#many-02`],
      ['rollback', 'many-01'],
      ['update', '--all'],
      ['stop', 'many-01'],
      ['autostart'],
      ['list'],
      ['status', 'many-01'],
      ['remove', 'many-01', '--delete-state'],
    ] as const) {
      const { stdout, stderr } = await nspawn(...words, '--json');
      expect(stdout.trimEnd().split('\n'), stdout).to.have.length(1);
      expect(() => JSON.parse(stdout), `${words.join(' ')}: ${stdout}\n${stderr}`).not.to.throw();
      expect(stdout, words.join(' ')).not.to.contain('noise');
    }
    const plain = await nspawn('create', 'many-01', '--flake', `${FIXTURES}#many-01`);
    expect(plain.code, plain.stderr).to.equal(0);
    expect(plain.stdout + plain.stderr).not.to.contain('noise');
    const verbose = await nspawn('remove', 'many-01', '--delete-state', '--verbose');
    expect(verbose.stdout).not.to.contain('noise');
    expect(verbose.stderr).to.contain('noisy: noise by a command');
    await nspawn('plugins', 'uninstall', 'noisy');
    await host().run(['rm', hook]);
  });

  it('learn the settings of a removed container', async () => {
    await requireGreeter();
    await requireWeb();
    const outcome = await nspawn('remove', 'web', '--delete-state', '--json');
    expect(parsed(outcome).warnings).to.deep.equal([{ code: 'plugin', message: 'greeter: web had dynamic' }]);
  });

  describe('such as the example', () => {
    const tarball = '/srv/inventory.tgz';
    const registry = 'http://127.0.0.1:4873';

    before(async () => {
      await Promise.all([
        packExample().then((packed) => host().writeFile(tarball, packed)),
        preparePresets(host()),
        host().run([
          ...(['systemd-run', '--quiet', '--unit=registry', 'node'] as const),
          `${REPOSITORY}/test/fixtures/registry.mjs`,
          '4873',
          `${REPOSITORY}/node_modules`,
        ]),
      ]);
      await waitFor('the registry', () => host().run(['curl', '-sSf', `${registry}/zod`]));
    });

    const install = () =>
      host().run(['nixos-nspawn', 'plugins', 'install', tarball, '--json'], {
        check: false,
        env: { npm_config_registry: registry },
      });

    /** Installs the example, unless an earlier test did. */
    const requireExample = async () => {
      if (!(await isInstalled('inventory'))) await install();
    };

    it('are installed from a tarball, with dependencies from the configured registry', async () => {
      const outcome = await install();
      expect(outcome.code, `${outcome.stdout}\n${outcome.stderr}`).to.equal(0);
      expect(parsed(outcome)).to.deep.include({
        name: 'inventory',
        events: ['after-create', 'after-remove'],
        presets: ['owner'],
        commands: ['inventory'],
        problem: null,
      });
      expect(await host().has(`${DATA}/node_modules/@oclif/core`)).to.equal(true);
    });

    it('can refuse a user that does not exist in a preset, before anything is built', async () => {
      await requireExample();
      const outcome = await nspawn('create', 'web', ...from('web', ['owner:nobody-here']), '--json');
      expect(outcome.code, outcome.stdout).to.equal(10);
      expect(parsed(outcome).error.message).to.contain("There is no user 'nobody-here' on this host.");
    });

    it('can show the owner of a container in a command as long as it exists', async () => {
      await requireExample();
      const presets = ['owner:root,contact=root@example.org'];
      const created = await nspawn('create', 'web', ...from('web', presets), '--json');
      expect(created.code, `${created.stdout}\n${created.stderr}`).to.equal(0);
      expect((await nspawn('inventory')).stdout).to.equal('web: root <root@example.org>\n');
      await nspawn('remove', 'web', '--delete-state');
      expect(parsed(await nspawn('inventory', '--json'))).to.deep.equal([]);
    });

    it('can be uninstalled completely', async () => {
      await requireExample();
      expect((await nspawn('plugins', 'uninstall', 'inventory')).code).to.equal(0);
      expect((await nspawn('inventory')).code).to.equal(64);
      expect(await host().has(`${DATA}/node_modules/@oclif/core`)).to.equal(false);
    });
  });

  it('cannot prevent a command of the tool from running, or replace it', async () => {
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

  it('are refused in a directory that other users can write to', async () => {
    await host().run(['chmod', 'o+w', DATA]);
    const outcome = await nspawn('plugins', 'install', '/srv/greeter.tgz', '--json');
    expect(outcome.code).to.equal(10);
    expect(parsed(outcome).error).to.include({
      code: 'plugins-place-untrusted',
      message: `Plugins in ${DATA} are not used, and none can be installed there: ${DATA} is writable by other users.`,
    });
    await host().run(['chmod', 'o-w', DATA]);
  });
});
