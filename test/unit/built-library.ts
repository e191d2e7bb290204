import './built-program.js';

/**
 * The built library, which also uses the built worker for plugins. From the sources, each call of a plugin would start
 * a compiler.
 */
export const builtLibrary = async (): Promise<typeof import('../../src/index.js')> =>
  import(new URL('../../dist/src/index.js', import.meta.url).href);
