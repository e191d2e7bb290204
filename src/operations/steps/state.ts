import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bindSources, type Settings } from '../../container/settings.js';
import { isPresent, putText } from '../../host/files.js';
import type { Step } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import { builtClosure, type Change } from '../change.js';

/** Makes what the container's first start needs: its root with `usr` and `etc/os-release`, and the sources of its binds. */
export function stateStep(change: Pick<Change, 'places' | 'transaction' | 'closure'>): Step {
  return {
    title: 'Prepare state directories',
    run: async () => {
      await makeRoot(change.places.stateDir, change.transaction);
      await makeBindSources(builtClosure(change).settings, change.transaction);
    },
  };
}

/**
 * systemd-nspawn(1) takes a directory for an operating system's root only if it has `/usr` and an os-release file.
 * What is there already (a container's state that outlived it) stays as it is.
 */
async function makeRoot(root: string, transaction: Transaction): Promise<void> {
  if (!(await isPresent(root))) {
    await transaction.willUndo({ do: 'remove-tree', path: root });
    await mkdir(root, { recursive: true, mode: 0o755 });
    await chmod(root, 0o755);
  }
  for (const inner of ['usr', 'etc']) await makeDirectories(join(root, inner), transaction);
  const release = join(root, 'etc', 'os-release');
  if (!(await isPresent(release))) {
    await transaction.willUndo({ do: 'put-file', path: release, state: { kind: 'absent' } });
    await putText(release, '');
  }
}

async function makeBindSources(settings: Settings, transaction: Transaction): Promise<void> {
  for (const source of bindSources(settings)) await makeDirectories(source, transaction);
}

/** Like `mkdir -p`, each directory on the way recorded, so that just those made here can go again. */
async function makeDirectories(path: string, transaction: Transaction): Promise<void> {
  const missing: string[] = [];
  for (let place = path; !(await isPresent(place)); place = dirname(place)) missing.push(place);
  for (const place of missing.reverse()) {
    await transaction.willUndo({ do: 'remove-directory', path: place });
    await mkdir(place, { mode: 0o755 });
    await chmod(place, 0o755);
  }
}
