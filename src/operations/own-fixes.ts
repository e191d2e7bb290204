import type { ContainerName } from '../container/name.js';
import type { OwnMend } from '../doctor/finding.js';
import { readClosure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import { containerPlaces } from '../host/layout.js';
import { hiddenNames, removeTree } from '../host/trees.js';
import { guarded } from '../pipeline/guarded.js';
import type { Context } from './context.js';
import { hostFilesOf } from './host-files.js';
import { applyHostFiles } from './steps/host-files.js';

/**
 * Makes a change that fixes a finding of doctor. Takes the container's lock, which also undoes or finishes what an
 * interrupted run left behind.
 */
export async function applyOwnFix(own: OwnMend, name: ContainerName, context: Context): Promise<void> {
  const { layout, signal } = context;
  const places = containerPlaces(layout, name);
  await guarded(places, { operation: 'doctor', ...context }, async (transaction) => {
    switch (own) {
      case 'recover':
        return;
      case 'delete-remnants':
        for (const place of [places.stateDir, places.profileDir])
          for (const path of await hiddenNames(place)) await removeTree(path);
        return;
      case 'restore-files': {
        const { current } = await readProfile(places.profile);
        if (current === null) return;
        const files = await hostFilesOf(await readClosure(current.path, name), signal);
        await applyHostFiles(layout, places, transaction, files, { signal });
      }
    }
  });
}
