import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Discovery, discoverPlugins } from '../../../src/plugins/discovery.js';
import type { LifecycleFacts } from '../../../src/plugins/lifecycle.js';

/** A data directory in the form that plugin-plugins uses, with plugins that tests write into it. */
export class PluginsOnDisk {
  private constructor(readonly dataDir: string) {}
  readonly #names: string[] = [];

  static async make(): Promise<PluginsOnDisk> {
    const directory = await mkdtemp(join(tmpdir(), 'plugins-'));
    await chmod(directory, 0o755);
    return new PluginsOnDisk(directory);
  }

  remove(): Promise<void> {
    return rm(this.dataDir, { recursive: true, force: true });
  }

  /** Installs a plugin. `modules` are its files, `manifest` the content of its package.json apart from the name. */
  async install(name: string, manifest: object, modules: Record<string, string> = {}): Promise<string> {
    const directory = join(this.dataDir, 'node_modules', name);
    const files = {
      'package.json': JSON.stringify({ name, version: '1.2.3', type: 'module', ...manifest }),
      ...modules,
    };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(directory, dirname(file)), { recursive: true, mode: 0o755 });
      await writeFile(join(directory, file), text, { mode: 0o644 });
    }
    if (!this.#names.includes(name)) this.#names.push(name);
    await writeFile(
      join(this.dataDir, 'package.json'),
      JSON.stringify({
        oclif: { schema: 1, plugins: this.#names.map((one) => ({ name: one, type: 'user', tag: 'latest' })) },
      }),
      { mode: 0o644 },
    );
    return directory;
  }

  /** Installs a plugin with one listener. `body` is the body of its `listen`. */
  listening(name: string, event: string, body: string, more = ''): Promise<string> {
    return this.install(
      name,
      { oclif: { hooks: { [event]: './listener.js' } }, nixosNspawn: { contract: 1 } },
      {
        'listener.js': `export default { event: '${event}', ${more} async listen(context) { ${body} } };`,
      },
    );
  }

  discover(): Promise<Discovery> {
    return discoverPlugins({ dataDir: this.dataDir, bundledDir: '/nonexistent' });
  }
}

export const facts: LifecycleFacts = {
  operation: 'create',
  container: 'web',
  source: { kind: 'flake', reference: '.#web', directory: '/srv' },
  presets: [],
  settings: null,
  closure: null,
  oldGeneration: null,
  newGeneration: null,
};
