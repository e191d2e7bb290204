// Has a module import by a function what it knows at run only.

/** `await import(path)`; one of a package has its name in quotes, and esbuild bundles it. */
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
