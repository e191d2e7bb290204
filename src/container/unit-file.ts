/** One of systemd's configuration files: sections, their keys, and each key's values in the order in which they stand. */
export type UnitFile = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * Reads a .nspawn file, a drop-in or a .network file after systemd.syntax(7): sections and keys that stand several
 * times are joined, `#` and `;` begin comment lines, also among continued lines, and a backslash at a line's end
 * joins the next one by a space. An empty value is kept as '': what it resets is for whoever knows the key.
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
    // systemd warns of such a line and goes on.
    if (at < 1) continue;
    const keys = entry(sections, section, () => new Map<string, string[]>());
    entry(keys, line.slice(0, at).trimEnd(), () => []).push(line.slice(at + 1).trimStart());
  }
  return sections;
}

/** The values of one key; none where the file does not have it. */
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

/** What differs between two files, in the order in which the first and then the second have it. */
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
