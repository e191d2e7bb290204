/** The versions of one package in a closure. A closure may contain several. */
export interface PackageVersions {
  package: string;
  versions: string[];
}

export interface PackageChange {
  package: string;
  before: string[];
  after: string[];
}

export interface PackageDifference {
  added: PackageVersions[];
  removed: PackageVersions[];
  changed: PackageChange[];
}

/**
 * Suffixes that nixpkgs gives to the outputs of one package (`openssl-3.0.14-bin`). They are removed, because otherwise
 * every output would count as a separate version.
 */
const OUTPUTS = /-(?:bin|dev|devdoc|doc|info|lib|libgcc|man|dist|debug|static|terminfo|data|out)$/;

/**
 * Splits a store path into name and version by Nix's own rule: the version begins after the first dash that is not
 * followed by a letter (nix-env(1), "--upgrade"; parsed by DrvName). Returns null for a path without a version: it is a
 * unit, a script or a configuration file, not a package.
 */
function packageOf(storePath: string): { name: string; version: string } | null {
  const file = /^.*\/[0-9a-z]{32}-(.+)$/.exec(storePath)?.[1];
  if (file === undefined) return null;
  const parts = /^(.+?)-([^a-zA-Z-].*)$/.exec(file);
  if (parts?.[1] === undefined || parts[2] === undefined) return null;
  return { name: parts[1], version: parts[2].replace(OUTPUTS, '') };
}

/** Compares the packages of two closures, given their store paths. The result is sorted by name. */
export function comparePackages(before: Iterable<string>, after: Iterable<string>): PackageDifference {
  const [was, is] = [versions(before), versions(after)];
  const difference: PackageDifference = { added: [], removed: [], changed: [] };
  for (const name of [...new Set([...was.keys(), ...is.keys()])].sort(byText)) {
    const [old, fresh] = [was.get(name), is.get(name)];
    if (old === undefined) difference.added.push({ package: name, versions: fresh ?? [] });
    else if (fresh === undefined) difference.removed.push({ package: name, versions: old });
    else if (old.join('\0') !== fresh.join('\0'))
      difference.changed.push({ package: name, before: old, after: fresh });
  }
  return difference;
}

/** The versions of each package, sorted as text with numbers. */
function versions(paths: Iterable<string>): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const path of paths) {
    const parsed = packageOf(path);
    if (parsed === null) continue;
    const known = found.get(parsed.name) ?? new Set();
    found.set(parsed.name, known.add(parsed.version));
  }
  return new Map([...found].map(([name, set]) => [name, [...set].sort(byText)]));
}

const { compare: byText } = new Intl.Collator('en', { numeric: true });
