// Patches of third-party code rely on its exact form. If a patch finds something unexpected, the build must fail.

/**
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} expected
 */
export function expectFound(what, found, expected) {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b)
    throw new Error(
      `${what}: expected ${b}, found ${a}. Read what has changed in the packages, then state it in scripts/bundle.`,
    );
}
