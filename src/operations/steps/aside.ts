import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isPresent, syncDirectory } from '../../base/files.js';
import { hiddenName } from '../../host/trees.js';
import type { Transaction } from '../../pipeline/transaction.js';

/**
 * Renames a tree to a hidden name next to it. This removes it in one step, and an undo restores it in one step. It is
 * deleted after the commit.
 *
 * @param replaces whether another tree is made at the path, which an undo deletes
 * @returns the hidden name; null if there is no tree
 */
export async function moveAside(
  path: string,
  transaction: Transaction,
  { replaces = false } = {},
): Promise<string | null> {
  if (!(await isPresent(path))) return null;
  const hidden = hiddenName(path);
  await transaction.willUndo({ do: 'move', from: hidden, to: path, ...(replaces && { replaces }) });
  await rename(path, hidden);
  await syncDirectory(dirname(path));
  return hidden;
}
