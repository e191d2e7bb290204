import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { discoverPlugins } from '../../../src/plugins/discovery.js';
import { door } from '../built-program.js';
import { PluginsOnDisk } from './plugin-on-disk.js';

const counter = fileURLToPath(new URL('../../fixtures/count-files.mjs', import.meta.url));
const PLUGINS = 5;

/*
 * Times vary, but counts do not: how many accesses to files each installed plugin adds to a command.
 */
describe('an installed plugin', () => {
  let none: PluginsOnDisk;
  let several: PluginsOnDisk;
  let scratch: string;

  before(async () => {
    none = await PluginsOnDisk.make();
    several = await PluginsOnDisk.make();
    scratch = await mkdtemp(join(tmpdir(), 'start-up-'));
    for (let number = 0; number < PLUGINS; number++) {
      const command = { id: `greet-${number}`, flags: {}, args: {}, isESM: true, relativePath: ['greet.js'] };
      const manifest = {
        oclif: {
          commands: { strategy: 'pattern', target: './commands' },
          hooks: { 'after-build': './listener.js', 'after-create': './listener.js', presets: './presets.js' },
        },
        nixosNspawn: { contract: 1, presets: [`preset-${number}`] },
      };
      await several.install(`plugin-${number}`, manifest, {
        'listener.js': "throw new Error('a listener was loaded');",
        'presets.js': "throw new Error('presets were loaded');",
        'oclif.manifest.json': JSON.stringify({ version: '1.2.3', commands: { [command.id]: command } }),
      });
    }
  });

  after(async () => {
    await none.remove();
    await several.remove();
    await rm(scratch, { recursive: true });
  });

  /** Counts the accesses of a command to the file system, and lists the modules of plugins that it loads. */
  async function costs({ dataDir }: PluginsOnDisk, ...words: string[]) {
    const count = join(scratch, 'count');
    const coverage = join(scratch, 'coverage');
    const { status, stderr } = spawnSync(process.execPath, ['--import', counter, door, ...words], {
      encoding: 'utf8',
      env: {
        ...process.env,
        NIXOS_NSPAWN_DATA_DIR: dataDir,
        NIXOS_NSPAWN_ROOT: scratch,
        COUNT_FILES: count,
        NODE_V8_COVERAGE: coverage,
        // What the first run stores in the cache is not caused by a plugin.
        NODE_DISABLE_COMPILE_CACHE: '1',
      },
    });
    expect(status, stderr).to.equal(0);
    const [report = ''] = await readdir(coverage);
    const { result } = JSON.parse(await readFile(join(coverage, report), 'utf8')) as {
      result: { url: string }[];
    };
    await rm(coverage, { recursive: true });
    return {
      files: Number(await readFile(count, 'utf8')),
      modules: result.map(({ url }) => url).filter((url) => url.includes(dataDir)),
    };
  }

  it('is found in these tests', async () => {
    const { plugins, problems } = await discoverPlugins({ dataDir: several.dataDir });
    expect(problems).to.deep.equal([]);
    expect(plugins.filter(({ kind }) => kind === 'installed')).to.have.length(PLUGINS);
  });

  it('adds nothing to commands that call no plugin', async () => {
    expect(await costs(several, 'list', '--json')).to.deep.equal(await costs(none, 'list', '--json'));
  });

  for (const [words, most] of [
    [['plugins', '--json'], 14],
    [['__complete', 'presets'], 12],
    [['--help'], 16],
  ] as const) {
    it(`costs '${words.join(' ')}' at most ${most} accesses to files, without loading its code`, async () => {
      const [with5, without] = [await costs(several, ...words), await costs(none, ...words)];
      const each = (with5.files - without.files) / PLUGINS;
      expect(each).to.be.greaterThan(0);
      expect(each).to.be.at.most(most);
      expect(with5.modules).to.deep.equal([]);
    });
  }
});
