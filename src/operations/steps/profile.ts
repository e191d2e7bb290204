import { makeDirectory, syncDirectory } from '../../base/files.js';
import { currentGeneration } from '../../host/generations.js';
import { setProfile, switchGeneration } from '../../nix/profile.js';
import type { Step } from '../../pipeline/steps.js';
import { keepRunningUndo } from '../../pipeline/undo.js';
import { keepRunning, type Run } from '../../running/keep.js';
import type { Built, Switched, Under } from '../stages.js';

type Switch<Given> = Step<Given, Given & Switched>;

/** Makes the closure a new generation of the container's profile. */
export const setProfileStep = <Given extends Under<Built>>(): Switch<Given> => ({
  id: 'set-profile',
  title: 'Set the profile',
  run: async (given) => {
    const { places, context, closure } = given;
    const run = await willRestoreProfile(given);
    await makeDirectory(places.profileDir);
    await setProfile(places.profile, closure.path, { signal: context.signal });
    await syncDirectory(places.profileDir);
    return { ...given, run, generation: currentGeneration(places.profile) };
  },
});

/** Points the profile at a recorded generation. */
export const switchGenerationStep = <Given extends Under<Built>>(generation: number): Switch<Given> => ({
  id: 'switch-generation',
  title: `Switch to generation ${generation}`,
  run: async (given) => {
    const { places, context } = given;
    const run = await willRestoreProfile(given);
    await switchGeneration(places.profile, generation, { signal: context.signal });
    await syncDirectory(places.profileDir);
    return { ...given, run, generation };
  },
});

/** Protects the running closures, because their generation may be deleted after the switch. Returns the current run. */
async function willRestoreProfile({
  transaction,
  places,
  before,
  context,
}: Under<Built>): Promise<Run | null> {
  const { autoRootsDir } = context.layout;
  await transaction.willUndo(
    keepRunningUndo(places, null),
    { do: 'forget-roots', within: places.profileDir, autoRootsDir },
    {
      do: 'restore-profile',
      profile: places.profile,
      current: before.currentNumber,
      recorded: before.numbers,
    },
  );
  return keepRunning(places, { signal: context.signal });
}
