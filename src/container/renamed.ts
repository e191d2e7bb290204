/*
 * A container's closure names the container in its files for the host. When the container gets another name, these
 * files must name the new one.
 */

/** Interfaces that systemd-nspawn names after the container (systemd.nspawn(5), VirtualEthernet= and Bridge=). */
const LINKS = ['ve', 'vb'] as const;

/** What precedes a container's name in paths, units and interfaces. */
const BEFORE = [
  '/var/lib/machines/',
  '/run/systemd/machines/',
  '/run/systemd/nspawn/unix-export/',
  '/nix/var/nix/profiles/per-nspawn/',
  'systemd-nspawn@',
  '--machine=',
  ...LINKS.map((link) => `${link}-`),
];

/** The name of a file in a closure's `nixos-nspawn/` for the other name of the container. */
export function renamedFile(file: string, from: string, to: string): string {
  // Some are for newer versions of systemd: `NAME.nspawn.systemd-261`.
  const unit = `${from}.nspawn`;
  if (file === unit || file.startsWith(`${unit}.systemd-`)) return `${to}${file.slice(from.length)}`;
  const [, start, name] = /^(\d\d-(?:ve|vb)-)(.+)\.network$/.exec(file) ?? [];
  return start !== undefined && name === from ? `${start}${to}.network` : file;
}

/** The text of such a file for the other name. Names that only begin with the former one are left as they are. */
export function renamedText(text: string, from: string, to: string): string {
  const before = BEFORE.map(literal).join('|');
  const whole = new RegExp(
    `(?<![A-Za-z0-9_])(${before})${literal(from)}(?!\\.(?!service\\b)[A-Za-z0-9]|[A-Za-z0-9_-])`,
    'g',
  );
  return text.replace(whole, (_, start: string) => `${start}${to}`);
}

/** The text of `data.json` for the other name. */
export function renamedData(text: string, from: string, to: string): string {
  const data: unknown = JSON.parse(renamedText(text, from, to));
  if (typeof data !== 'object' || data === null || !('name' in data) || data.name !== from)
    return renamedText(text, from, to);
  return JSON.stringify({ ...data, name: to });
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
