import { fileState, putFile } from '../../base/files.js';
import { journalLinks } from '../../host/journal-links.js';
import type { Layout, Places } from '../../host/layout.js';
import type { Transaction } from '../../pipeline/transaction.js';
import type { Undo } from '../../pipeline/undo.js';

/**
 * The links on the host to journals of the container, if these are already deleted or will be deleted with its state.
 */
export async function journalsOf(layout: Layout, name: string, stateGoes: boolean): Promise<string[]> {
  return (await journalLinks(layout))
    .filter((link) => link.name === name && (stateGoes || link.isDangling))
    .map(({ path }) => path);
}

/** Removes links of the container. Can be undone. */
export async function removeLinks(paths: readonly string[], transaction: Transaction): Promise<void> {
  for (const path of paths) {
    const before = await fileState(path);
    if (before.kind !== 'link') continue;
    await transaction.willUndo({ do: 'put-file', path, state: before });
    await putFile(path, { kind: 'absent' });
  }
}

/** Removes the links to journals that an undo deletes with the container's root. Record it before the root is made. */
export const forgetJournalLinks = ({ journalsDir, machinesDir }: Layout, { name }: Places): Undo => ({
  do: 'forget-journal-links',
  name,
  journalsDir,
  machinesDir,
  since: Date.now(),
});
