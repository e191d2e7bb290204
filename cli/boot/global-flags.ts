/** Flags that may precede the command, as in the Python tool; `true` if a value follows. */
const GLOBAL_FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['--unit-file-dir', true],
  ['--wait', true],
  ['--hook-timeout', true],
  ['--target-host', true],
  ['--sudo', false],
  ['--no-plugins', false],
  ['--verbose', false],
  ['-v', false],
  ['--json', false],
]);

export const isGlobalFlag = (word: string) => GLOBAL_FLAGS.has(word);

/**
 * Moves global flags from before the command to after it, where oclif reads them. oclif's hooks would be too late: they
 * run only after the command was looked up.
 */
export function globalFlagsLast(argv: readonly string[]): string[] {
  const moved: string[] = [];
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? '';
    const takesValue = GLOBAL_FLAGS.get(word.split('=')[0] ?? '');
    if (takesValue === undefined) break;
    const words = takesValue && !word.includes('=') ? 2 : 1;
    moved.push(...argv.slice(at, at + words));
    at += words;
  }
  const rest = argv.slice(at);
  if (moved.length === 0 || rest.length === 0) return [...argv];
  const end = rest.indexOf('--');
  return end === -1 ? [...rest, ...moved] : [...rest.slice(0, end), ...moved, ...rest.slice(end)];
}
