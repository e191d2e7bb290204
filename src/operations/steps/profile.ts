import { makeDirectory, syncDirectory } from '../../host/files.js';
import { currentGeneration } from '../../host/generations.js';
import { keepRunning } from '../../host/keep-running.js';
import { setProfile, switchGeneration } from '../../nix/profile.js';
import type { Step } from '../../pipeline/steps.js';
import { keepRunningUndo } from '../../pipeline/undo.js';
import { builtClosure, type Change } from '../change.js';

/** Makes the closure a new generation of the container's profile. */
export function setProfileStep(change: Change): Step {
  return {
    title: 'Set the profile',
    run: async () => {
      const { places, context } = change;
      await willRestoreProfile(change);
      await makeDirectory(places.profileDir);
      await setProfile(places.profile, builtClosure(change).path, { signal: context.signal });
      await syncDirectory(places.profileDir);
      change.generation = currentGeneration(places.profile);
    },
  };
}

/** Points the profile at a recorded generation. */
export function switchGenerationStep(change: Change, generation: number): Step {
  return {
    title: `Switch to generation ${generation}`,
    run: async () => {
      const { places, context } = change;
      await willRestoreProfile(change);
      await switchGeneration(places.profile, generation, { signal: context.signal });
      await syncDirectory(places.profileDir);
      change.generation = generation;
    },
  };
}

/** What runs may be a generation that the profile then no longer points at, which Nix may forget. */
async function willRestoreProfile(change: Change): Promise<void> {
  const { transaction, places, before, context } = change;
  await transaction.willUndo(keepRunningUndo(places, null));
  change.run = await keepRunning(places, { signal: context.signal });
  const { autoRootsDir } = context.layout;
  await transaction.willUndo({ do: 'forget-roots', within: places.profileDir, autoRootsDir });
  await transaction.willUndo({
    do: 'restore-profile',
    profile: places.profile,
    current: before.currentNumber,
    recorded: before.numbers,
  });
}
