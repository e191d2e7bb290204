/** A device node, by its numbers. */
export interface DeviceNode {
  kind: 'char' | 'block';
  major: number;
  minor: number;
}

/** A line of /proc/devices: a driver and its major number. */
export interface DeviceClass {
  kind: 'char' | 'block';
  major: number;
  name: string;
}

/** What a service permits: DevicePolicy= and DeviceAllow= of systemd.resource-control(5). */
export interface DeviceRules {
  policy: string;
  /** A path or a class, without the mode. */
  allowed: readonly string[];
}

/** Pseudo devices that DevicePolicy=closed permits, as major and minor numbers of character devices. */
const PSEUDO = new Set(['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:2']);

/** The major numbers of pseudo terminals in /dev/pts. */
const isPts = ({ kind, major }: DeviceNode) => kind === 'char' && major >= 136 && major <= 143;

/**
 * Whether a service may use a device.
 *
 * @param nodes the devices at the paths in the rules
 */
export function isPermitted(
  device: DeviceNode,
  { policy, allowed }: DeviceRules,
  { nodes, classes }: { nodes: ReadonlyMap<string, DeviceNode>; classes: readonly DeviceClass[] },
): boolean {
  if (policy === 'auto' && allowed.length === 0) return true;
  if (policy !== 'strict' && device.kind === 'char') {
    if (PSEUDO.has(`${device.major}:${device.minor}`) || isPts(device)) return true;
  }
  return allowed.some((rule) => {
    const [, kind, pattern] = /^(char|block)-(.+)$/.exec(rule) ?? [];
    if (pattern === undefined) {
      const node = nodes.get(rule);
      return node !== undefined && isSame(node, device);
    }
    if (kind !== device.kind) return false;
    return pattern === '*' || classesOf(device, classes).some((name) => matcher(pattern).test(name));
  });
}

/** The names of a device's driver in /proc/devices. */
export const classesOf = (device: DeviceNode, classes: readonly DeviceClass[]): string[] =>
  classes.filter(({ kind, major }) => kind === device.kind && major === device.major).map(({ name }) => name);

const isSame = (a: DeviceNode, b: DeviceNode) =>
  a.kind === b.kind && a.major === b.major && a.minor === b.minor;

/** Matches a whole name with a pattern of `*` and `?`. */
export function matcher(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}

export const isPattern = (path: string): boolean => /[*?]/.test(path);

/** Parses /proc/devices. */
export function deviceClasses(text: string): DeviceClass[] {
  const classes: DeviceClass[] = [];
  let kind: DeviceClass['kind'] = 'char';
  for (const line of text.split('\n')) {
    if (line.startsWith('Block')) kind = 'block';
    const [, major, name] = /^ *(\d+) (.+)$/.exec(line) ?? [];
    if (name !== undefined) classes.push({ kind, major: Number(major), name });
  }
  return classes;
}
