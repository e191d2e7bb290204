import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isPresent } from '../../../src/base/files.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { acquireLock } from '../../../src/host/lock.js';
import { type InstallPluginRequest, installPlugin } from '../../../src/operations/plugins/install.js';
import { linkPlugin } from '../../../src/operations/plugins/link.js';
import { inspectPlugin, listPlugins } from '../../../src/operations/plugins/list.js';
import { uninstallPlugin } from '../../../src/operations/plugins/uninstall.js';
import { updatePlugins } from '../../../src/operations/plugins/update.js';
import { discoverPlugins } from '../../../src/plugins/discovery.js';

const registryScript = fileURLToPath(new URL('../../fixtures/registry.mjs', import.meta.url));

/** An address on this machine that does not answer. */
async function silentHost(): Promise<{ silent: string; end: () => void }> {
  const program = [
    'import socket, sys, time',
    's = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)',
    'all = []',
    'for _ in range(8):',
    '  c = socket.socket(); c.setblocking(False); c.connect_ex(s.getsockname()); all.append(c)',
    'print(s.getsockname()[1], flush=True); time.sleep(600)',
  ];
  const child = spawn('python3', ['-c', program.join('\n')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { silent: `127.0.0.1:${String(line).trim()}`, end: () => child.kill() };
}

/** npm does the work, which takes about a second each time. */
describe('the installation of plugins', function () {
  this.timeout(120_000);
  let base: string;
  let registry: ChildProcess;
  const before = process.env.npm_config_registry;
  const options = () => ({ dataDir: join(base, 'data/plugins'), bundledDir: '/nonexistent' });
  const place = (...path: string[]) => join(base, ...path);

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'installation-'));
    await chmod(base, 0o755);
    await mkdir(place('published'));
    registry = spawn(process.execPath, [registryScript, '0', place('published')], { stdio: 'pipe' });
    const [line] = registry.stdout ? await once(registry.stdout, 'data') : [];
    process.env.npm_config_registry = String(line).trim();
  });

  afterEach(async () => {
    registry.kill();
    if (before === undefined) delete process.env.npm_config_registry;
    else process.env.npm_config_registry = before;
    await rm(base, { recursive: true, force: true });
  });

  /** Writes the package of a plugin that listens to after-create, and returns its directory. */
  async function author(where: string, name: string, version: string, more: object = {}): Promise<string> {
    const directory = place(where, name);
    await mkdir(directory, { recursive: true });
    const description = {
      name,
      version,
      type: 'module',
      scripts: { postinstall: `touch ${place('script-ran')}` },
      oclif: { hooks: { 'after-create': './listener.js' } },
      nixosNspawn: { contract: 1 },
      ...more,
    };
    await writeFile(join(directory, 'package.json'), JSON.stringify(description));
    await writeFile(join(directory, 'listener.js'), "export default { event: 'after-create', listen() {} };");
    return directory;
  }

  async function tarball(name: string, version: string, more: object = {}): Promise<string> {
    const directory = await author('authors', name, version, more);
    const file = place(`${name}.tgz`);
    execFileSync('tar', ['-czf', file, '--transform=s,^\\.,package,', '-C', directory, '.']);
    return file;
  }

  const install = (source: string, request: Partial<InstallPluginRequest> = {}) =>
    installPlugin({ source, directory: base, ...request }, options());

  async function refused(work: Promise<unknown>): Promise<NspawnError> {
    try {
      await work;
    } catch (error) {
      if (error instanceof NspawnError) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  const installed = async () =>
    (await listPlugins(options())).map(({ name, version, problem }) => ({ name, version, problem }));

  it('accepts the name of a package in the registry, and updates it when its tag moves', async () => {
    await author('published', 'policy', '1.0.0');
    const view = await install('policy');
    expect(view).to.deep.include({
      name: 'policy',
      version: '1.0.0',
      kind: 'installed',
      source: 'policy@latest',
      events: ['after-create'],
      problem: null,
    });
    await author('published', 'policy', '1.1.0');
    const [updated] = await updatePlugins({ names: ['policy'] }, options());
    expect(updated).to.include({ name: 'policy', version: '1.1.0', old_version: '1.0.0' });
    expect(await installed()).to.deep.equal([{ name: 'policy', version: '1.1.0', problem: null }]);
  });

  it('accepts a tarball, a folder and a repository, and updates each of them', async () => {
    const archive = await tarball('from-tarball', '1.0.0');
    const folder = await author('folders', 'from-folder', '1.0.0');
    const worktree = await author('worktrees', 'from-git', '1.0.0');
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=Author', '-c', 'user.email=author@example.org', ...words], {
        cwd: worktree,
      });
    const commit = () => {
      git('add', '--all');
      git('commit', '--quiet', '--message', 'A version');
    };
    git('init', '--quiet');
    commit();
    expect((await install(archive)).source).to.equal(`file:${archive}`);
    expect((await install('./folders/from-folder')).source).to.equal(`file:${folder}`);
    expect((await install(`git+file://${worktree}`)).name).to.equal('from-git');
    // The folder was copied, so a later change by its author has no effect.
    await author('folders', 'from-folder', '2.0.0');
    expect((await inspectPlugin('from-folder', options())).version).to.equal('1.0.0');

    await tarball('from-tarball', '2.0.0');
    await author('worktrees', 'from-git', '2.0.0');
    commit();
    const updated = await updatePlugins({ names: [] }, options());
    expect(updated.map(({ name, old_version, version }) => [name, old_version, version])).to.deep.equal([
      ['from-tarball', '1.0.0', '2.0.0'],
      ['from-folder', '1.0.0', '2.0.0'],
      ['from-git', '1.0.0', '2.0.0'],
    ]);
  });

  it('keeps plugins from different folders separate', async () => {
    const [first, second] = [
      await author('folders', 'first', '1.0.0'),
      await author('folders', 'second', '1.0.0'),
    ];
    await install(first);
    await install(second);
    const sources = (await listPlugins(options())).map(({ name, source }) => [name, source]);
    expect(sources).to.deep.equal([
      ['first', `file:${first}`],
      ['second', `file:${second}`],
    ]);
  });

  it('runs install scripts of packages only if that is allowed', async () => {
    const archive = await tarball('scripted', '1.0.0');
    await install(archive);
    expect(await isPresent(place('script-ran'))).to.equal(false);
    await uninstallPlugin('scripted', options());
    await install(archive, { allowScripts: true });
    expect(await isPresent(place('script-ran'))).to.equal(true);
  });

  it('keeps the old version if the new one cannot be used, and reports why', async () => {
    await install(await tarball('policy', '1.0.0'));
    const list = await readFile(place('data/plugins/package.json'), 'utf8');
    const error = await refused(install(await tarball('policy', '2.0.0', { nixosNspawn: { contract: 2 } })));
    expect(error).to.include({ code: 'plugin-unusable', exitCode: 10 });
    expect(error.message).to.include(
      'it was written for contract 2, but this version of nixos-nspawn supports contract 1',
    );
    expect(await installed()).to.deep.equal([{ name: 'policy', version: '1.0.0', problem: null }]);
    expect(await readFile(place('data/plugins/package.json'), 'utf8')).to.equal(list);
  });

  for (const [what, more, why] of [
    ['a misspelt event', { oclif: { hooks: { 'after-craete': './x.js' } } }, "did you mean 'after-create'?"],
    [
      'a module that does not exist',
      { oclif: { hooks: { 'after-create': './x.js' } } },
      'x.js does not exist',
    ],
    ['nothing of use', { oclif: {}, nixosNspawn: undefined }, 'it has no events, presets or commands'],
    ['a name that is taken', { nixosNspawn: { contract: 1, name: 'first' } }, "has the name 'first'"],
  ] as const) {
    it(`refuses a plugin with ${what}`, async () => {
      await linkPlugin({ path: await author('folders', 'first', '1.0.0') }, options());
      const error = await refused(
        linkPlugin({ path: await author('folders', 'second', '1.0.0', more) }, options()),
      );
      expect(error).to.include({ code: 'plugin-unusable', exitCode: 10 });
      expect(error.message).to.include(why);
      expect(await installed()).to.deep.equal([{ name: 'first', version: '1.0.0', problem: null }]);
    });
  }

  it('reports why a package is not available, and changes nothing', async () => {
    const unknown = await refused(install('no-such-plugin'));
    expect(unknown).to.include({ code: 'plugin-not-fetched', exitCode: 11 });
    expect(unknown.message).to.equal(
      "'no-such-plugin@latest' could not be fetched: the registry has no package with this name, or does not show it to this host. The installed plugins are unchanged.",
    );
    expect(unknown.details).not.to.have.property('stderr');
    await author('published', 'policy', '1.0.0');
    expect((await refused(install('policy@9'))).message).to.contain('does not have this version or tag');
    expect(await isPresent(place('data/plugins'))).to.equal(false);
  });

  for (const [what, source, code, why] of [
    ['a path that does not exist', './missing', 'plugin-unusable', 'this path does not exist'],
    ['a tarball that does not exist', './missing.tgz', 'plugin-unusable', 'this path does not exist'],
    ['an empty folder', './empty', 'plugin-unusable', 'the folder is empty'],
    ['a folder without package.json', './bare', 'plugin-unusable', 'the folder has no package.json'],
    [
      'a folder whose package.json is broken',
      './broken',
      'plugin-unusable',
      'its package.json is not valid JSON: ',
    ],
    [
      'a folder whose package.json has no name',
      './nameless',
      'plugin-unusable',
      'its package.json has no name',
    ],
    ['a file', './bare/file', 'plugin-unusable', 'it is neither a folder nor a tarball'],
    [
      'a package that is not a plugin',
      './other',
      'plugin-unusable',
      "its package.json has no section 'oclif'",
    ],
    ['a file that only has the name of a tarball', './wrong.tgz', 'plugin-unusable', 'it is not a tarball'],
    ['a tarball without package.json', './bare.tgz', 'plugin-unusable', 'it has no package.json'],
    [
      'a registry that cannot be reached',
      'policy',
      'plugin-not-fetched',
      '127.0.0.1:1 cannot be reached (ECONNREFUSED)',
    ],
    [
      'a repository that cannot be reached',
      'git+http://127.0.0.1:1/x.git',
      'plugin-not-fetched',
      '127.0.0.1:1 cannot be reached (ECONNREFUSED)',
    ],
    [
      'an address that cannot be reached',
      'http://127.0.0.1:1/x.tgz',
      'plugin-not-fetched',
      '127.0.0.1:1 cannot be reached (ECONNREFUSED)',
    ],
  ] as const) {
    it(`explains in one sentence, without output of npm, why it fails for ${what}`, async () => {
      for (const folder of ['empty', 'bare', 'broken', 'nameless', 'other']) await mkdir(place(folder));
      await writeFile(place('bare/file'), 'text');
      await writeFile(place('broken/package.json'), '{ "name": ');
      await writeFile(place('nameless/package.json'), '{}');
      await writeFile(place('other/package.json'), '{ "name": "other", "version": "1.0.0" }');
      await writeFile(place('wrong.tgz'), 'no tarball');
      execFileSync('tar', ['-czf', place('bare.tgz'), '-C', base, 'bare']);
      process.env.npm_config_registry = 'http://127.0.0.1:1';
      const error = await refused(install(source));
      expect(error.code, error.message).to.equal(code);
      expect(error.message).to.contain(why);
      expect(error.message.split('\n')).to.have.length(1);
      expect(error.nextSteps).not.to.be.empty;
      expect(error.details).not.to.have.property('stderr');
      expect(await isPresent(place('data/plugins'))).to.equal(false);
      expect(await isPresent(place('data/plugins.new'))).to.equal(false);
    });
  }

  it('refuses to link a missing path, an empty folder and a tarball', async () => {
    await mkdir(place('empty'));
    await writeFile(place('policy.tgz'), '');
    for (const [path, why] of [
      ['missing', 'this path does not exist'],
      ['empty', 'the folder is empty'],
      ['policy.tgz', 'it is a tarball'],
    ] as const) {
      const error = await refused(linkPlugin({ path: place(path) }, options()));
      expect(error).to.include({ code: 'plugin-unusable', exitCode: 10 });
      expect(error.message).to.contain(why);
    }
  });

  it('fails within 40 s if a host does not answer', async () => {
    // The kernel drops packets to a listener whose backlog is full.
    const { silent, end } = await silentHost();
    try {
      for (const source of ['policy', `http://${silent}/x.tgz`, `git+http://${silent}/x.git`]) {
        process.env.npm_config_registry = `http://${silent}`;
        const began = performance.now();
        const error = await refused(install(source));
        expect(error.code).to.equal('plugin-not-fetched');
        expect(error.message).to.contain(`${silent} cannot be reached (ETIMEDOUT)`);
        expect(performance.now() - began, source).to.be.lessThan(40_000);
      }
    } finally {
      end();
    }
  });

  it('ends immediately when it is interrupted, and leaves nothing', async () => {
    const { silent, end } = await silentHost();
    try {
      process.env.npm_config_registry = `http://${silent}`;
      const interrupt = new AbortController();
      const onEvent = ({ type }: { type: string }) => {
        if (type === 'step-started') setTimeout(() => interrupt.abort('SIGINT'), 500);
      };
      const work = installPlugin(
        { source: 'policy', directory: base },
        { ...options(), signal: interrupt.signal, onEvent },
      );
      const began = performance.now();
      expect((await refused(work)).code).to.equal('interrupted');
      expect(performance.now() - began).to.be.lessThan(4000);
      expect((await readdir(place('data'))).filter((name) => !name.endsWith('.lock'))).to.deep.equal([]);
    } finally {
      end();
    }
  });

  it('uses a linked plugin in its own folder, and deletes only the link', async () => {
    const folder = await author('folders', 'in-work', '1.0.0');
    expect(await linkPlugin({ path: folder }, options())).to.deep.include({
      kind: 'linked',
      directory: folder,
      source: null,
    });
    await author('folders', 'in-work', '1.0.1');
    expect((await inspectPlugin('in-work', options())).version).to.equal('1.0.1');
    await uninstallPlugin('in-work', options());
    expect(await installed()).to.deep.equal([]);
    expect(await isPresent(join(folder, 'listener.js'))).to.equal(true);
  });

  it('refuses to link or use a plugin whose modules are outside of its package', async () => {
    const outside = place('outside.js');
    await writeFile(outside, "export default { event: 'after-create', listen() {} };");
    const hooks = (target: string) => ({ oclif: { hooks: { 'after-create': target } } });
    for (const [target, why] of [
      ['../../outside.js', "its module for 'after-create' is outside its package: '../../outside.js'"],
      [outside, `its module for 'after-create' is outside its package: '${outside}'`],
      [
        './links/../../../outside.js',
        "its module for 'after-create' is outside its package: './links/../../../outside.js'",
      ],
    ] as const) {
      const root = await author('work', 'policy', '1.0.0', hooks(target));
      const error = await refused(linkPlugin({ path: root }, options()));
      expect(error, target).to.include({ code: 'plugin-unusable', exitCode: 10 });
      expect(error.message).to.equal(`Plugin 'policy' was rejected, because it cannot be used: ${why}.`);
    }
    const root = await author('work', 'policy', '1.0.0', hooks('./links/listener.js'));
    await symlink(place('work'), join(root, 'links'));
    await writeFile(place('work/listener.js'), '');
    const { message } = await refused(linkPlugin({ path: root }, options()));
    expect(message).to.contain(
      `its module ${root}/links/listener.js is a link to ${place('work/listener.js')}, outside its package`,
    );
    expect(await listPlugins(options())).to.deep.equal([]);

    await author('work', 'policy', '1.0.0', hooks('./listener.js'));
    await linkPlugin({ path: root }, options());
    await rm(join(root, 'listener.js'));
    await symlink(outside, join(root, 'listener.js'));
    expect((await inspectPlugin('policy', options())).problem).to.contain(
      `is a link to ${outside}, outside its package`,
    );
    const { plugins, problems } = await discoverPlugins(options());
    expect(plugins).to.deep.equal([]);
    expect(problems.map(({ code }) => code)).to.deep.equal(['plugin-unusable']);
  });

  it('refuses to link a plugin that other users can write to', async () => {
    const folder = await author('folders', 'in-work', '1.0.0');
    await chmod(folder, 0o777);
    const error = await refused(linkPlugin({ path: folder }, options()));
    expect(error.message).to.include(`${folder} is writable by other users`);
    expect(await isPresent(place('data/plugins'))).to.equal(false);
  });

  it('refuses a data directory that other users can write to', async () => {
    await mkdir(place('data'));
    await chmod(place('data'), 0o777);
    const error = await refused(install(await tarball('policy', '1.0.0')));
    expect(error).to.include({ code: 'plugins-place-untrusted', exitCode: 10 });
  });

  it('is refused while another one is running', async () => {
    const path = place('data/plugins.lock');
    const lock = await acquireLock({ name: 'plugins', path, operation: 'plugins update', wait: 0 });
    const error = await refused(install(await tarball('policy', '1.0.0')));
    expect(error).to.include({ code: 'locked', exitCode: 6 });
    expect(error.message).to.equal(`The installed plugins are locked by PID ${process.pid}.`);
    await lock.release();
  });

  it('continues after a process that was killed before or between its two renames', async () => {
    const link = async (name: string) =>
      linkPlugin({ path: await author('folders', name, '1.0.0') }, options());
    await link('policy');
    await rename(place('data/plugins'), place('data/plugins.old'));
    await mkdir(place('data/plugins.new/half'), { recursive: true });
    await link('other');
    expect((await installed()).map(({ name }) => name)).to.deep.equal(['policy', 'other']);
    expect((await readdir(place('data'))).sort()).to.deep.equal(['plugins']);
  });
});
