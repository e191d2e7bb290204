import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Makes `closure` a new generation of the profile, and the current one. */
export async function setProfile(profile: string, closure: string, options: Options = {}): Promise<void> {
  await run(['nix-env', '--profile', profile, '--set', closure], options);
}

/** Makes a recorded generation the current one. */
export async function switchGeneration(
  profile: string,
  generation: number,
  options: Options = {},
): Promise<void> {
  await run(['nix-env', '--profile', profile, '--switch-generation', String(generation)], options);
}

/** Forgets generations; Nix itself refuses to forget the current one. */
export async function deleteGenerations(
  profile: string,
  generations: readonly number[],
  options: Options = {},
): Promise<void> {
  await run(['nix-env', '--profile', profile, '--delete-generations', ...generations.map(String)], options);
}
