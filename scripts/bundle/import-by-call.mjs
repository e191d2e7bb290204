// In a module, replaces each import whose path is known only at run time with a call to a function.

/** Matches `await import(path)`. An import of a package has its name in quotes, and esbuild bundles it. */
const IMPORT = /\bawait import\((?!['"`])/g;

/**
 * @param {string} source
 * @param {string} name of the function
 * @returns {{ text: string, count: number }} `count` is the number of imports that call it.
 */
export function importByCall(source, name) {
  let count = 0;
  const text = source.replaceAll(IMPORT, () => {
    count += 1;
    return `await ${name}(`;
  });
  return { text, count };
}
