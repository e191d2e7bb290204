import { asNspawnError } from '../errors/nspawn-error.js';

/**
 * Runs the body of a function of the library, which then throws only NspawnErrors, whatever fails in it. Reading the
 * host's files fails with errors of Node.js.
 */
export async function withKnownErrors<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    throw asNspawnError(error);
  }
}
