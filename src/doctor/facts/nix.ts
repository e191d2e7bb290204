import { NspawnError } from '../../errors/nspawn-error.js';
import { enabledFeatures, storeProblem as problemOfStore } from '../../nix/health.js';
import { fact } from '../look.js';
import { missingNix } from './programs.js';

/** What Nix printed when it could not open its store; null if it could, or if Nix is missing. */
export const storeProblem = fact(
  async (look): Promise<string | null> =>
    (await look.at(missingNix)).length > 0 ? null : problemOfStore({ signal: look.signal }),
);

/** The experimental features that are enabled for everybody; null if Nix does not report them. */
export const features = fact(async (look): Promise<readonly string[] | null> => {
  if ((await look.at(missingNix)).length > 0) return null;
  try {
    return await enabledFeatures({ signal: look.signal });
  } catch (error) {
    if (!(error instanceof NspawnError) || look.signal.aborted) throw error;
    return null;
  }
});
