import type { Source } from '../container/source.js';
import { requireBuildingHost } from '../doctor/preflight.js';
import { readProfile } from '../host/generations.js';
import type { Places } from '../host/layout.js';
import { type PresetChoice, readRecord } from '../host/record.js';
import { nixSystem } from '../nix/system.js';
import type { Context } from './context.js';
import type { AskedToBuild } from './stages.js';

/** Checks that the host can build and run a container. Warns of what may prevent it. */
export async function requireHostToBuild(context: Context, { name: container }: Places): Promise<void> {
  for (const { id, what, why } of await requireBuildingHost(context))
    context.listener({ container, type: 'warning', code: id, message: `${what} ${why}` });
}

interface Request {
  source: Source;
  presets?: readonly PresetChoice[] | undefined;
  system?: string | undefined;
}

/** What the build of a container that does not exist yet begins with. */
export async function askedToBuild(
  { source, presets = [], system }: Request,
  { profile, record }: Places,
): Promise<AskedToBuild> {
  return {
    before: await readProfile(profile),
    // Another tool may have removed a container of this name, but not its record. The files of its presets are removed
    // unless the new container needs them.
    record: await readRecord(record),
    source,
    presets,
    system: nixSystem(system),
    modules: [],
    presetFiles: source.kind === 'profile' ? null : [],
  };
}
