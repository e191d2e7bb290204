/** One of systemd's configuration files: its sections, their keys, and each key's values in file order. */
export type UnitFile = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * Parses a .nspawn file, a drop-in or a .network file by the rules of systemd.syntax(7). Repeated sections and keys are
 * merged. `#` and `;` begin comment lines, even between continued lines. A backslash at the end of a line joins it to
 * the next one with a space. An empty value is kept as '', because what it resets depends on the key.
 */
export function parseUnitFile(text: string): UnitFile {
  const sections = new Map<string, Map<string, string[]>>();
  let section = '';
  for (const line of logicalLines(text)) {
    const header = /^\[(.*)\]$/.exec(line);
    if (header?.[1] !== undefined) {
      section = header[1];
      continue;
    }
    const at = line.indexOf('=');
    // systemd logs a warning about such a line and ignores it.
    if (at < 1) continue;
    const keys = entry(sections, section, () => new Map<string, string[]>());
    entry(keys, line.slice(0, at).trimEnd(), () => []).push(line.slice(at + 1).trimStart());
  }
  return sections;
}

/** The values of one key; none if the file does not have it. */
export function unitValues(file: UnitFile, section: string, key: string): readonly string[] {
  return file.get(section)?.get(key) ?? [];
}

/** A key whose values differ between two files. */
export interface KeyChange {
  section: string;
  key: string;
  before: readonly string[];
  after: readonly string[];
}

/**
 * Compares two files. The changes are in the order of the first file, followed by keys that only the second file has.
 */
export function compareUnitFiles(before: UnitFile, after: UnitFile): KeyChange[] {
  const changes: KeyChange[] = [];
  for (const section of new Set([...before.keys(), ...after.keys()])) {
    const keys = new Set([...(before.get(section)?.keys() ?? []), ...(after.get(section)?.keys() ?? [])]);
    for (const key of keys) {
      const [was, is] = [unitValues(before, section, key), unitValues(after, section, key)];
      if (was.length !== is.length || was.some((value, index) => value !== is[index]))
        changes.push({ section, key, before: was, after: is });
    }
  }
  return changes;
}

function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) continue;
    const whole: string = open === null ? line : `${open} ${line}`;
    if (line.endsWith('\\')) {
      open = whole.slice(0, -1);
      continue;
    }
    open = null;
    if (whole !== '') lines.push(whole);
  }
  if (open !== null && open !== '') lines.push(open);
  return lines;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
