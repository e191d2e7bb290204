import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  fileState,
  isPresent,
  makeDirectory,
  putFile,
  putLink,
  removeEmptyDirectory,
  syncDirectory,
} from '../../base/files.js';
import { copyWholeTree, findDifference } from '../../base/whole-trees.js';
import { copyDiffers, oldNotBlocked } from '../../errors/migration.js';
import { pathInTheWay } from '../../errors/places.js';
import type { OldPlaces } from '../../host/old-places.js';
import type { Act, Task } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import { isAtRest, stopMachine } from '../../systemd/machine.js';
import { findMachine } from '../../systemd/registered-machines.js';
import { daemonReload } from '../../systemd/systemctl.js';
import { isEnded, unitStates } from '../../systemd/unit-states.js';
import type { Guarded, Scene } from '../operation.js';

/** A container of NixOS's own module that is being replaced. */
export interface Replaced {
  readonly oldPlaces: OldPlaces;
  /** Whether it runs. */
  readonly runs: boolean;
}

/** Lets systemd start the old container again. Can be undone. */
export async function unblock(
  { mask }: OldPlaces,
  transaction: Transaction,
  { signal }: Task,
): Promise<void> {
  const state = await fileState(mask);
  if (state.kind !== 'link' || state.target !== '/dev/null') return;
  await transaction.willUndo({ do: 'reload-units' }, { do: 'put-file', path: mask, state });
  await putFile(mask, { kind: 'absent' });
  await removeEmptyDirectory(dirname(mask));
  await daemonReload({ signal });
}

/** Stops the old container, and makes sure that nothing starts it again while the new one exists. */
export const stopOldAct = ({ oldPlaces, runs }: Replaced): Act<Scene & Guarded> => ({
  id: 'stop-old',
  title: 'Stop and block the old container',
  run: async ({ places: { name }, transaction }, task) => {
    const { service } = oldPlaces;
    if (runs) await transaction.willUndo({ do: 'start-machine', name, service });
    // First stop it. systemd would not know how to stop a container whose unit is masked.
    if (!(await isAtRest(name, service))) await stopMachine(name, service, task);
    await block(oldPlaces, transaction, task);
    const state = (await unitStates([service], task)).get(service);
    if (state?.load !== 'masked') throw oldNotBlocked(name, service, state?.load ?? 'unknown');
    if (!isEnded(state.active)) throw oldNotBlocked(name, service, state.active);
    if ((await findMachine(name, task)) !== null) throw oldNotBlocked(name, service, 'running again');
  },
});

async function block({ mask }: OldPlaces, transaction: Transaction, { signal }: Task): Promise<void> {
  const before = await fileState(mask);
  if (before.kind === 'link' && before.target === '/dev/null') return;
  if (before.kind !== 'absent') throw pathInTheWay(mask);
  await transaction.willUndo(
    { do: 'reload-units' },
    ...((await isPresent(dirname(mask))) ? [] : [{ do: 'remove-directory', path: dirname(mask) } as const]),
    { do: 'put-file', path: mask, state: before },
  );
  await putLink(mask, '/dev/null');
  await daemonReload({ signal });
}

/**
 * Moves a tree within a file system, or copies it to another one and compares the copy. Both can be undone. The copied
 * tree stays.
 */
export async function transferTree(
  from: string,
  to: string,
  isMove: boolean,
  transaction: Transaction,
  { signal, progress }: Task,
): Promise<void> {
  // As in systemd's tmpfiles.d/systemd-nspawn.conf.
  await makeDirectory(dirname(to), 0o700);
  if (isMove) {
    await transaction.willUndo({ do: 'move', from: to, to: from });
    await rename(from, to);
    await syncDirectory(dirname(from));
    await syncDirectory(dirname(to));
    return;
  }
  await transaction.willUndo({ do: 'remove-tree', path: to });
  progress('copying it to another file system');
  await copyWholeTree(from, to, { signal });
  await syncDirectory(dirname(to));
  progress('comparing the copy');
  const difference = await findDifference(from, to, { signal });
  if (difference !== null) throw copyDiffers(difference.path, difference.what);
}
