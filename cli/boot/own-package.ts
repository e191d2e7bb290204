import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '@oclif/core';
import { Plugin } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';

/** Returns a module of the built program. `path` has no extension: `commands/list`. */
export type BuiltModules = (path: string) => unknown;

/**
 * The tool's own commands, as listed in oclif.manifest.json by the build.
 *
 * oclif's Plugin sorts the commands with `localeCompare`, whose first call loads ICU's tables: 13 of 85 ms of a start
 * (`--version`, Node.js 20). It would also resolve and read a file for each command, although the program contains it.
 */
export class BuiltPackage extends Plugin {
  readonly #modules: BuiltModules;

  constructor(root: string, modules: BuiltModules) {
    super({ root, isRoot: true, type: 'core' });
    this.root = root;
    this.#modules = modules;
  }

  override async load(): Promise<void> {
    const [pjson, manifest] = await Promise.all([
      json<PJSON>(join(this.root, 'package.json')),
      json<Plugin['manifest']>(join(this.root, 'oclif.manifest.json')),
    ]);
    const { name, version, oclif } = pjson;
    Object.assign(this, { pjson, name, version, manifest, type: 'core', moduleType: 'module' });
    this.alias = name;
    this.isRoot = true;
    this.valid = true;
    this.hasManifest = true;
    this.hooks = Object.fromEntries(
      Object.entries(oclif.hooks ?? {}).map(([event, hooks]) => [
        event,
        [hooks]
          .flat()
          .map((hook) =>
            typeof hook === 'string'
              ? { identifier: 'default', target: hook }
              : { ...hook, identifier: hook.identifier ?? 'default' },
          ),
      ]),
    );
    this.commandIDs = Object.keys(manifest.commands).sort();
    this.commands = this.commandIDs.map((id) => this.#loadable(id));
  }

  override async findCommand(id: string): Promise<Command.Class> {
    const { relativePath = [] } = this.#listed(id);
    const [, ...path] = relativePath;
    const { default: command } = this.#modules(path.join('/').replace(/\.cjs$/, '')) as {
      default: Command.Class;
    };
    return Object.assign(command, { id, plugin: this });
  }

  #loadable(id: string): Command.Loadable {
    return {
      ...this.#listed(id),
      load: () => this.findCommand(id),
      pluginAlias: this.alias,
      pluginType: this.type,
    };
  }

  #listed(id: string): Command.Cached {
    const command = this.manifest.commands[id];
    if (command === undefined) throw new Error(`oclif.manifest.json lists no command ${id}.`);
    return command;
  }
}

/** The same from the sources, even if there is a build. oclif reads every command to list them. */
export async function sourcePackage(root: string): Promise<Plugin> {
  const pjson = await json<PJSON>(join(root, 'package.json'));
  const oclif = JSON.parse(
    JSON.stringify(pjson.oclif).replaceAll('./dist/', './').replaceAll('.cjs"', '.ts"'),
  ) as PJSON['oclif'];
  const plugin = new Plugin({
    root,
    isRoot: true,
    type: 'core',
    pjson: { ...pjson, oclif },
    ignoreManifest: true,
  });
  await plugin.load();
  return plugin;
}

const json = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T;
