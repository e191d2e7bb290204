import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Adds `closure` to the profile as a new generation and makes it the current one. */
export async function setProfile(profile: string, closure: string, options: Options = {}): Promise<void> {
  await run(['nix-env', '--profile', profile, '--set', closure], options);
}

/** Makes an existing generation the current one. */
export async function switchGeneration(
  profile: string,
  generation: number,
  options: Options = {},
): Promise<void> {
  await run(['nix-env', '--profile', profile, '--switch-generation', String(generation)], options);
}

/** Deletes generations. Nix refuses to delete the current one. */
export async function deleteGenerations(
  profile: string,
  generations: readonly number[],
  options: Options = {},
): Promise<void> {
  await run(['nix-env', '--profile', profile, '--delete-generations', ...generations.map(String)], options);
}
