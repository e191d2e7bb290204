// Has a CommonJS module that TypeScript wrote load what it imports at the first use of it.

/** `const os_1 = require("node:os");`, as TypeScript writes an import of any form. */
const IMPORT = /^(?:const|var) (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm;

/**
 * TypeScript's CommonJS reads what it imports as a property each time, so an object that loads the module at the first
 * reading can take the module's place (as with Babel's option `lazy`). An import that is used in another way stays as it is.
 *
 * @param {string} source
 * @returns {{ text: string, count: number }} `count` is the number of imports that load on use.
 */
export function loadOnUse(source) {
  let count = 0;
  const text = source.replaceAll(IMPORT, (statement, name, load) => {
    if (!isReadAsProperties(source, name)) return statement;
    count += 1;
    return `const ${name} = new Proxy({}, { get: (loaded, key) => (loaded.it ??= ${load})[key] });`;
  });
  return { text, count };
}

/**
 * @param {string} source
 * @param {string} name
 */
function isReadAsProperties(source, name) {
  // A property of this name is another thing, but `...name` is a use.
  const use = `(?<![\\w$]|[^.]\\.)${name}`;
  const uses = source.match(new RegExp(`${use}(?![\\w$])`, 'g')) ?? [];
  const reads = source.match(new RegExp(`${use}\\.\\w`, 'g')) ?? [];
  // The declaration is no reading.
  return reads.length === uses.length - 1;
}
