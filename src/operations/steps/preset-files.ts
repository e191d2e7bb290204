import { basename, dirname, join } from 'node:path';
import { isPresent, putFile } from '../../base/files.js';
import { pathInTheWay } from '../../errors/places.js';
import { hostFileShared } from '../../errors/presets.js';
import type { Layout, Places } from '../../host/layout.js';
import { planSharedFiles, type SharedFileChange } from '../../host/shared-files.js';
import { inParallel } from '../../pipeline/parallel.js';
import type { Transaction } from '../../pipeline/transaction.js';
import type { Undo } from '../../pipeline/undo.js';
import type { PresetHostFile } from '../../plugins/lifecycle.js';
import { deleteLink, reloadNetworks } from '../../systemd/networkctl.js';

export interface PresetFiles {
  wanted: readonly PresetHostFile[];
  /** Paths of the files that the container had before. */
  former: readonly string[];
}

/**
 * Changes the host files of a container's presets to `wanted`. Can be undone. Earlier files that only this container
 * used are removed. Those that other containers use are kept.
 *
 * @throws NspawnError `host-file-shared`, `path-in-the-way`
 */
export async function applyPresetFiles(
  layout: Layout,
  places: Places,
  transaction: Transaction,
  { wanted, former }: PresetFiles,
  signal?: AbortSignal,
): Promise<void> {
  const recordsDir = dirname(places.record);
  const { changes, conflicts, foreign } = await planPresetFiles(layout, places, { wanted, former });
  const [conflict] = conflicts;
  if (conflict !== undefined) throw hostFileShared(conflict.path, conflict.users);
  if (foreign[0] !== undefined) throw pathInTheWay(foreign[0]);
  if (changes.length === 0) return;
  const undos = await Promise.all(changes.map((change) => undosOf(change, places.name, recordsDir)));
  await transaction.willUndo({ do: 'reload-networks' }, ...undos.flat());
  await inParallel(changes, changes.length, ({ path, after }) => putFile(path, after));
  // Delete the device while networkd still knows its configuration. Otherwise networkd leaves its masquerading in
  // place.
  for (const { path, before, after } of changes) {
    const device = deviceOf(path, before);
    if (after.kind === 'absent' && device !== null) await deleteLink(device, { signal });
  }
  await reloadNetworks({ signal });
}

/** Whether `applyPresetFiles` would change something, or would fail. */
export async function presetFilesDiffer(
  layout: Layout,
  places: Places,
  files: PresetFiles,
): Promise<boolean> {
  const { changes, conflicts, foreign } = await planPresetFiles(layout, places, files);
  return changes.length + conflicts.length + foreign.length > 0;
}

export async function planPresetFiles(layout: Layout, places: Places, { wanted, former }: PresetFiles) {
  const here = hostFilesOnDisk(layout, wanted);
  return planSharedFiles(places.name, here, former, dirname(places.record));
}

/** Presets use paths in /etc/systemd/network. The layout determines where that directory is. */
export const hostFilesOnDisk = (layout: Layout, files: readonly PresetHostFile[]) =>
  files.map(({ path, content }) => ({ path: join(layout.networkDir, basename(path)), content }));

async function undosOf(
  { path, before, after }: SharedFileChange,
  container: string,
  recordsDir: string,
): Promise<Undo[]> {
  const directory = dirname(path);
  const isNew = after.kind !== 'absent' && !(await isPresent(directory));
  const device = before.kind === 'absent' ? deviceOf(path, after) : null;
  return [
    ...(isNew ? [{ do: 'remove-directory', path: directory } as const] : []),
    ...(device === null ? [] : [{ do: 'delete-link', name: device, container, path, recordsDir } as const]),
    { do: 'restore-shared-file', path, state: before, container, recordsDir },
  ];
}

/** The device that networkd creates for a .netdev file. It stays until it is deleted. */
function deviceOf(path: string, state: SharedFileChange['after']): string | null {
  if (!path.endsWith('.netdev') || state.kind !== 'file') return null;
  return /^Name=(\S+)$/m.exec(state.content)?.[1] ?? null;
}
