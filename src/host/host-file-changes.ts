import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileState, fileState, isPresent, isSameState } from '../base/files.js';
import type { HostFiles } from '../container/host-file-names.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Layout, Places } from './layout.js';
import { whyUnwritable } from './writable.js';

type Wanted = Exclude<FileState, { kind: 'other' }>;

/** One path that must change, and which part of systemd must reload afterwards. */
export interface FileChange {
  path: string;
  before: FileState;
  after: Wanted;
  tells: 'units' | 'networks' | 'nobody';
}

/**
 * Plans the changes that give the host exactly these files of the container: the .nspawn link, the .network links and
 * the service's drop-in. The .network links of earlier generations are removed. `null` removes all files.
 */
export async function planHostFiles(
  layout: Layout,
  places: Places,
  files: HostFiles | null,
): Promise<FileChange[]> {
  const absent: Wanted = { kind: 'absent' };
  const wanted = new Map<string, Pick<FileChange, 'after' | 'tells'>>();
  for (const link of await linkedNetworks(layout, places))
    wanted.set(link, { after: absent, tells: 'networks' });
  wanted.set(places.dropIn, { after: absent, tells: 'units' });
  wanted.set(places.runtimeDropIn, { after: absent, tells: 'units' });
  wanted.set(places.unitFile, { after: absent, tells: 'nobody' });
  if (files !== null) {
    const link = (file: string): Wanted => ({ kind: 'link', target: join(places.hostFiles, file) });
    wanted.set(places.unitFile, { after: link(files.unit), tells: 'nobody' });
    for (const file of files.networks) {
      wanted.set(join(layout.networkDir, file), { after: link(file), tells: 'networks' });
    }
    wanted.set(await dropInPlace(layout, places), {
      after: { kind: 'file', content: files.dropIn, mode: 0o644 },
      tells: 'units',
    });
  }
  const changes: FileChange[] = [];
  for (const [path, { after, tells }] of wanted) {
    const before = await fileState(path);
    if (!isSameState(before, after)) changes.push({ path, before, after, tells });
  }
  return changes;
}

/** The changed paths that hold something which does not belong to this container. */
export function foreignAmong(changes: readonly FileChange[], places: Places): string[] {
  return changes
    .filter(({ path, before }) => {
      if (before.kind === 'absent') return false;
      if (path === places.dropIn || path === places.runtimeDropIn) return before.kind === 'other';
      return !(before.kind === 'link' && before.target.startsWith(`${places.hostFiles}/`));
    })
    .map(({ path }) => path);
}

/** The persistent drop-in if /etc is writable. Otherwise (NixOS) the runtime one, which autostart restores. */
async function dropInPlace(layout: Layout, places: Places): Promise<string> {
  const unwritable = await whyUnwritable(layout, layout.serviceDir);
  const isReadOnly = unwritable?.code === 'EROFS' || unwritable?.code === 'EACCES';
  if (!isReadOnly) return places.dropIn;
  return process.geteuid?.() === 0 ? places.runtimeDropIn : placeOfOthers(places);
}

/** Other users cannot find out whether root may write to /etc, so use the drop-in that exists. */
async function placeOfOthers({ dropIn, runtimeDropIn }: Places): Promise<string> {
  return !(await isPresent(dropIn)) && (await isPresent(runtimeDropIn)) ? runtimeDropIn : dropIn;
}

/** The links in the network directory that point into this container's profile. */
export async function linkedNetworks(layout: Layout, places: Places): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(layout.networkDir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const links = await Promise.all(
    names
      .filter((name) => name.endsWith('.network'))
      .map(async (name) => {
        const path = join(layout.networkDir, name);
        const target = await readlink(path).catch((error: unknown) => {
          // A plain file, or deleted since it was listed.
          if (isErrno(error) && (error.code === 'EINVAL' || error.code === 'ENOENT')) return '';
          throw error;
        });
        return target.startsWith(`${places.hostFiles}/`) ? path : null;
      }),
  );
  return links.filter((path) => path !== null);
}
