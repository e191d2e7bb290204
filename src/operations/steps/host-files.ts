import { dirname, join } from 'node:path';
import type { HostFiles } from '../../container/host-files.js';
import { pathInTheWay } from '../../error-catalog.js';
import { isPresent, putFile, readText, removeEmptyDirectory } from '../../host/files.js';
import { type FileChange, foreignAmong, planHostFiles } from '../../host/host-files.js';
import type { Layout, Places } from '../../host/layout.js';
import type { Step } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import { reloadNetworks } from '../../systemd/networkctl.js';
import { daemonReload } from '../../systemd/systemctl.js';
import { builtClosure, type Change } from '../change.js';
import { warnOfSharedPorts } from '../shared-ports.js';
import { warnOfUnknownZone } from '../unknown-zone.js';
import { applyPresetFiles } from './preset-files.js';

/** Links the container's units into place, takes away what an earlier generation had, and tells systemd. */
export function hostFilesStep(change: Change): Step {
  return {
    title: 'Write unit files',
    run: async () => {
      const { context, places, transaction, presetFiles, record } = change;
      await applyHostFiles(context.layout, places, transaction, builtClosure(change).files, {
        signal: context.signal,
        networksRewritten: await networksRewritten(change),
      });
      if (presetFiles !== null)
        await applyPresetFiles(
          context.layout,
          places,
          transaction,
          { wanted: presetFiles, former: record?.hostFiles ?? [] },
          context.signal,
        );
      await warnOfSharedPorts(places.name, builtClosure(change).settings, context);
      await warnOfUnknownZone(places.name, builtClosure(change).settings, context);
    },
  };
}

/** Whether a .network file whose link stays as it is says something else: the link leads through the profile. */
async function networksRewritten(change: Change): Promise<boolean> {
  const former = change.before.current;
  const { path, files } = builtClosure(change);
  if (former === null || former.path === path) return false;
  const textsIn = (closure: string) =>
    Promise.all(files.networks.map((file) => readText(join(closure, 'nixos-nspawn', file))));
  const [was, is] = await Promise.all([textsIn(former.path), textsIn(path)]);
  return was.some((text, index) => text !== is[index]);
}

interface ApplyOptions {
  signal?: AbortSignal | undefined;
  /** Have networkd read its files again also where no link changes; default false. */
  networksRewritten?: boolean | undefined;
}

/** Brings the host's files of one container to `files` (null: to none), undoable; @throws `path-in-the-way`. */
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
  if (units) await transaction.willUndo({ do: 'reload-units' });
  if (networks) await transaction.willUndo({ do: 'reload-networks' });
  for (const change of changes) await applyChange(change, transaction);
  if (units) await daemonReload({ signal });
  if (networks) await reloadNetworks({ signal });
}

async function applyChange({ path, before, after }: FileChange, transaction: Transaction): Promise<void> {
  if (before.kind === 'other') throw pathInTheWay(path);
  const directory = dirname(path);
  if (after.kind !== 'absent' && !(await isPresent(directory))) {
    await transaction.willUndo({ do: 'remove-directory', path: directory });
  }
  await transaction.willUndo({ do: 'put-file', path, state: before });
  await putFile(path, after);
  if (after.kind === 'absent' && directory.endsWith('.service.d')) await removeEmptyDirectory(directory);
}
