/** A command line without the flags that say where it runs. */
export function withoutTarget(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const kept = own.filter(
    (word, at) =>
      word !== '--sudo' &&
      word !== '--target-host' &&
      !word.startsWith('--target-host=') &&
      own[at - 1] !== '--target-host',
  );
  return [...kept, ...(end === -1 ? [] : argv.slice(end))];
}

/**
 * Whether the command gets a terminal on the target. It then shows and asks what it would here. JSON must not pass
 * through a terminal, which changes line ends.
 */
export function wantsTerminal(flags: Readonly<Record<string, unknown>>, json: boolean | undefined): boolean {
  if (json) return false;
  const { stdin, stdout, stderr } = process;
  const wish = typeof flags.tty === 'boolean' ? flags.tty : true;
  return wish && stdin.isTTY && stdout.isTTY && stderr.isTTY;
}

/** Whether ssh may ask for a password or about a host's key. */
export const canAsk = (): boolean => process.stdin.isTTY || process.stderr.isTTY;
