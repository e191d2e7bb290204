import './built-program.js';

/**
 * The library as it is built, and so with the thread of plugins as it is built: from the sources, each call of a plugin
 * would begin with a compiler.
 */
export const builtLibrary = async (): Promise<typeof import('../../src/index.js')> =>
  import(new URL('../../dist/src/index.js', import.meta.url).href);
