/** One line of a systemd file, with its section. */
export interface Entry {
  section: string;
  key: string;
  value: string;
}

/** Reads the common syntax of systemd's files (systemd.syntax(7)), as far as needed to compare two of them. */
export function entries(text: string): Entry[] {
  let section = '';
  const found: Entry[] = [];
  for (const line of text.split('\n')) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      continue;
    }
    const at = line.indexOf('=');
    if (at > 0) found.push({ section, key: line.slice(0, at), value: line.slice(at + 1) });
    else if (line.trim() !== '') throw new Error(`No entry: ${line}`);
  }
  return found;
}

/** The file as sorted lines. Repeated keys keep their order, because it has a meaning. */
export function canonical(text: string): string[] {
  const lines = entries(text).map((entry, index) => ({ ...entry, index }));
  lines.sort((a, b) => compare(a.section, b.section) || compare(a.key, b.key) || a.index - b.index);
  return lines.map(({ section, key, value }) => `[${section}] ${key}=${value}`);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
