import { asNspawnError } from '../errors/nspawn-error.js';

/**
 * Makes a function of the library throw only NspawnErrors, whatever fails in it. Reading the host's files fails with
 * errors of Node.js.
 */
export const throwingKnownErrors =
  <Args extends unknown[], Result>(
    operation: (...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) =>
  async (...args) => {
    try {
      return await operation(...args);
    } catch (error) {
      throw asNspawnError(error);
    }
  };
