/** Pseudo-random numbers, which are the same for the same seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(among: readonly [T, ...T[]]): T {
    return among[this.below(among.length)] ?? among[0];
  }

  /** A word of `least` to `most` random parts. */
  word(among: readonly [string, ...string[]], least: number, most: number): string {
    return Array.from({ length: least + this.below(most - least + 1) }, () => this.pick(among)).join('');
  }
}

/** Strings that have a special meaning for shells, paths, terminals, systemd, Nix or option parsers. */
const SHARP = [
  '/',
  '..',
  '../',
  '.',
  '-',
  '--',
  '_',
  '@',
  '%n',
  ':',
  ';',
  '|',
  '&',
  '*',
  '#',
  '?',
  '=',
  '~',
  '\\',
  '\\x2d',
  ' ',
  '\t',
  '\n',
  '\r',
  '\u0001',
  '\u001b[2J',
  '\u007f',
  '"',
  "'",
  '$(touch canary)',
  '`touch canary`',
  '$' + '{canary}',
  'é',
  '名',
  '\u{1f40d}',
  '\u202e',
  '\u200b',
  '\u2028',
  '\ufeff',
] as const;

const PLAIN = ['w', 'e', 'b', '7'] as const;

/** Names that are known to break tools, then generated ones. */
export function hostileNames(dice: Dice, count: number): string[] {
  const known = [
    '',
    '.',
    '..',
    '-',
    '--',
    '--help',
    '--json',
    '-rf',
    '../db',
    '/etc/passwd',
    'w/../db',
    'web.',
    '.web',
    'web-',
    'w..b',
    'w'.repeat(64),
    'w'.repeat(65),
    'é'.repeat(40),
    'w'.repeat(5000),
    ' web',
    'web\n',
    'db/../../etc',
    '__proto__',
    'constructor',
  ];
  const made = Array.from({ length: count - known.length }, () => hostileWord(dice));
  return [...known, ...made];
}

/** Plain letters around at least one special string. */
export function hostileWord(dice: Dice): string {
  return `${dice.word(PLAIN, 0, 3)}${dice.word(SHARP, 1, 3)}${dice.word(PLAIN, 0, 3)}`;
}

export function hostileReferences(dice: Dice, count: number): string[] {
  const known = [
    '',
    '#',
    '##',
    '#"',
    '-',
    '--impure',
    '-#web',
    '.#a#b',
    '.#a.',
    '.#.a',
    '.#"a',
    '.#""',
    '.#"a"b',
    '.\n#web',
    `path:${'a/'.repeat(3000)}#web`,
    `.#${'a.'.repeat(2000)}a`,
    'git+ssh://-oProxyCommand=touch canary/x#web',
    '$(touch canary)#web',
    '.#$(touch canary)',
    '.#"$' + '{builtins.abort "x"}"',
  ];
  const made = Array.from(
    { length: count - known.length },
    () =>
      `${dice.pick(['.', 'path:', 'github:', ''])}${hostileWord(dice)}${dice.pick(['#', ''])}${hostileWord(dice)}`,
  );
  return [...known, ...made];
}

/** Texts for a data.json: invalid JSON, JSON of another shape, and documents in which single values are wrong. */
export function hostileDocuments(dice: Dice, count: number, elsewhere: string): string[] {
  const known = [
    '',
    ' ',
    '{',
    '{}}',
    'null',
    'true',
    '0',
    '1e999',
    '"web"',
    '[]',
    '\ufeff{}',
    '\u0000',
    'undefined',
    '<html>',
    '{"a":1,"a":',
    '['.repeat(100_000),
    `{"plugins":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    `{"unknown":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    `{"unknown":"${'x'.repeat(1_000_000)}"}`,
    `{"bindMounts":${JSON.stringify(Array.from({ length: 2000 }, (_, at) => `../${at}:/x`))}}`,
    JSON.stringify({ bindMounts: [`${elsewhere}/etc/passwd/below:/x`] }),
    JSON.stringify({ bindMounts: [`${elsewhere}/${'a'.repeat(300)}:/x`] }),
    JSON.stringify({ bindMounts: [`${elsewhere}/${'a/'.repeat(3000)}:/x`] }),
    JSON.stringify({ bindMounts: [`${elsewhere}/srv/circle/x:/x`] }),
    JSON.stringify({ bindMounts: ['relative:/x', '/a/../../etc:/x', '/a\u001b[2J:/x'] }),
    '{"bindMounts":5}',
    '{"bindMounts":{"0":"/x"}}',
    '{"bindMounts":[["/x"]]}',
    '{"__proto__":{"declarative":false},"constructor":{"prototype":null}}',
    '{"version":99,"schema":"https://example.org/other","containers":{"db":{}}}',
    '{"name":"db","unit":"db.nspawn","networks":["10-uplink.network"]}',
  ];
  // The tool creates the sources of bind mounts on the host, so only those above are used, which must fail.
  const fields = [
    'declarative',
    'activation',
    'forwardPorts',
    'credentials',
    'zone',
    'bridge',
    'ephemeral',
    'sharedNix',
    'userNamespacing',
    'plugins',
    'binds',
    'name',
  ] as const;
  const values: readonly [() => unknown, ...(() => unknown)[]] = [
    () => null,
    () => -1,
    () => 1.5e300,
    () => true,
    () => hostileWord(dice),
    () => [],
    () => [null],
    () => [hostileWord(dice)],
    () => [{ hostPort: 70_000 }],
    () => [{ hostPort: '80', protocol: hostileWord(dice) }],
    () => ({}),
    () => ({ strategy: hostileWord(dice) }),
    () => ({ [hostileWord(dice)]: [[[]]] }),
    () => [{ id: 1, path: null }],
  ];
  const made = Array.from({ length: count - known.length }, () =>
    JSON.stringify({ [dice.pick(fields)]: dice.pick(values)(), [dice.pick(fields)]: dice.pick(values)() }),
  );
  return [...known, ...made];
}
