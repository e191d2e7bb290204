import { sep } from 'node:path';
import { readText } from '../../base/files.js';
import { findProgram } from '../../base/programs.js';
import type { Source } from '../../container/source.js';
import { presetElsewhere } from '../../errors/remote.js';
import { hostDefaults } from '../../host/host-defaults.js';
import { flakeDirectory } from '../../nix/flake-place.js';
import { parseFlakeReference } from '../../nix/flake-reference.js';
import type { PresetModule } from '../../nix/preset-modules.js';
import type { PluginManifest } from '../../plugins/manifest.js';
import type { OperationOptions } from '../context.js';
import { askToCreate } from '../create.js';
import { stepsContext } from '../operation.js';
import { requireRoot } from '../require-root.js';
import { contributions } from '../steps/evaluation.js';
import { askToUpdate } from '../update.js';
import type { Prepared, Wish } from './messages.js';

/**
 * On the target: finds out what the caller needs to evaluate a container for this host. Presets and plugins check this
 * host, and add their modules. Nothing is changed.
 */
export async function prepareChange(
  wish: Wish,
  options: OperationOptions,
  plugins: readonly Pick<PluginManifest, 'name' | 'directory'>[],
): Promise<Prepared> {
  requireRoot(`Changing container '${wish.name}'`);
  const asked = await askFor(wish, options);
  const { source, presets, modules } = await contributions(asked, wish.verb).run(
    asked,
    stepsContext(wish.verb, asked),
  );
  const defaults = await hostDefaults(asked.context.layout);
  return {
    source,
    isThere: await isLocal(source),
    system: asked.system,
    presets: [...presets],
    modules: modules.map((module) => inPlugin(module, plugins)),
    hostDefaults: defaults === null ? null : await readText(defaults),
    daemon: await findProgram('nix-daemon'),
  };
}

const askFor = (wish: Wish, options: OperationOptions) =>
  wish.verb === 'update'
    ? askToUpdate(updateRequest(wish), options)
    : askToCreate(createRequest(wish), options);

/** The request of an update there. */
export const updateRequest = (wish: Wish) => ({
  name: wish.name,
  source: wish.source ?? undefined,
  system: wish.system ?? undefined,
  presets: wish.presets,
  dropPresets: wish.dropPresets,
  strategy: wish.strategy ?? undefined,
  start: wish.start,
  force: wish.force,
  rollBack: wish.rollBack,
  ignoreFailedUnits: wish.ignoreFailedUnits,
  caller: wish.caller,
});

/** The request of a creation there, which always has a source. */
export function createRequest(wish: Wish) {
  const { name, source, system, presets } = wish;
  if (source === null) throw new TypeError('A creation needs a source.');
  return { name, source, system: system ?? undefined, presets };
}

/** Whether the source is a file or directory of this host. */
async function isLocal(source: Source): Promise<boolean> {
  if (source.kind === 'profile') return false;
  if (source.host !== undefined) return false;
  if (source.kind === 'config') return true;
  return (await flakeDirectory(parseFlakeReference(source.reference).flake, source.directory)) !== null;
}

function inPlugin(
  { module, parameters }: PresetModule,
  plugins: readonly Pick<PluginManifest, 'name' | 'directory'>[],
): Prepared['modules'][number] {
  const plugin = plugins.find(({ directory }) => module.startsWith(directory + sep));
  if (plugin === undefined) throw presetElsewhere(module);
  return { plugin: plugin.name, file: module.slice(plugin.directory.length + 1), parameters };
}
