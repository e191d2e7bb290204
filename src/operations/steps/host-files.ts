import { dirname, join } from 'node:path';
import { isPresent, putFile, readText, removeEmptyDirectory } from '../../base/files.js';
import type { HostFiles } from '../../container/host-file-names.js';
import { pathInTheWay } from '../../errors/places.js';
import { type FileChange, foreignAmong, planHostFiles } from '../../host/host-file-changes.js';
import type { Layout, Places } from '../../host/layout.js';
import { inParallel } from '../../pipeline/parallel.js';
import type { Act } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import type { Undo } from '../../pipeline/undo.js';
import { reloadNetworks } from '../../systemd/networkctl.js';
import { reloadIfChanged } from '../../systemd/systemctl.js';
import { hostFilesOf } from '../host-files.js';
import { warnOfSharedPorts } from '../shared-ports.js';
import type { Built, Under } from '../stages.js';
import { warnOfUnknownZone } from '../unknown-zone.js';
import { applyPresetFiles } from './preset-files.js';

/** Links the container's units into place, removes those of an earlier generation, and reloads systemd. */
export const hostFilesAct: Act<Under<Built>> = {
  id: 'write-units',
  title: 'Write unit files',
  run: async (given) => {
    const { context, places, transaction, presetFiles, record, closure } = given;
    const files = await hostFilesOf(closure, context.signal);
    await applyHostFiles(context.layout, places, transaction, files, {
      signal: context.signal,
      networksRewritten: await networksRewritten(given),
    });
    if (presetFiles !== null)
      await applyPresetFiles(
        context.layout,
        places,
        transaction,
        { wanted: presetFiles, former: record?.hostFiles ?? [] },
        context.signal,
      );
    await warnOfSharedPorts(places.name, closure.settings, context);
    await warnOfUnknownZone(places.name, closure.settings, context);
  },
};

/** Whether the content of a .network file changed although its link, which leads through the profile, did not. */
async function networksRewritten({ before, closure: { path, files } }: Built): Promise<boolean> {
  const former = before.current;
  if (former === null || former.path === path) return false;
  const textsIn = (closure: string) =>
    Promise.all(files.networks.map((file) => readText(join(closure, 'nixos-nspawn', file))));
  const [was, is] = await Promise.all([textsIn(former.path), textsIn(path)]);
  return was.some((text, index) => text !== is[index]);
}

interface ApplyOptions {
  signal?: AbortSignal | undefined;
  /** Make networkd read its files again even if no link changes; default false. */
  networksRewritten?: boolean | undefined;
}

/** Changes a container's files on the host to `files` (null: none). Can be undone. @throws `path-in-the-way` */
export async function applyHostFiles(
  layout: Layout,
  places: Places,
  transaction: Transaction,
  files: HostFiles | null,
  { signal, networksRewritten = false }: ApplyOptions = {},
): Promise<void> {
  const changes = await planHostFiles(layout, places, files);
  const [foreign] = foreignAmong(changes, places);
  if (foreign !== undefined) throw pathInTheWay(foreign);
  const units = changes.some(({ tells }) => tells === 'units');
  const networks = networksRewritten || changes.some(({ tells }) => tells === 'networks');
  await transaction.willUndo(
    ...(units ? [{ do: 'reload-units' } as const] : []),
    ...(networks ? [{ do: 'reload-networks' } as const] : []),
    ...(await Promise.all(changes.map(undosOf))).flat(),
  );
  await inParallel(changes, changes.length, applyChange);
  if (units) await reloadIfChanged(places.service, { signal });
  if (networks) await reloadNetworks({ signal });
}

async function undosOf({ path, before, after }: FileChange): Promise<Undo[]> {
  if (before.kind === 'other') throw pathInTheWay(path);
  const directory = dirname(path);
  const isNew = after.kind !== 'absent' && !(await isPresent(directory));
  return [
    ...(isNew ? [{ do: 'remove-directory', path: directory } as const] : []),
    { do: 'put-file', path, state: before },
  ];
}

async function applyChange({ path, after }: FileChange): Promise<void> {
  await putFile(path, after);
  const directory = dirname(path);
  if (after.kind === 'absent' && directory.endsWith('.service.d')) await removeEmptyDirectory(directory);
}
