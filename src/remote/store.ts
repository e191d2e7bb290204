import { type Argv, pipe, run } from '../base/process.js';
import { SEARCH } from './session.js';
import { type Connection, sshArgv } from './ssh.js';
import { remoteLine } from './words.js';

interface Rights {
  /** Whether sudo runs Nix there. */
  sudo: boolean;
  signal: AbortSignal;
}

const asRoot = (sudo: boolean, command: string) =>
  `${SEARCH}\n${sudo ? 'sudo -n env PATH="$PATH" ' : ''}${command}`;

/** Which of these store paths the host lacks. */
export async function missingThere(
  connection: Connection,
  paths: readonly string[],
  { sudo, signal }: Rights,
): Promise<string[]> {
  const line = remoteLine(asRoot(sudo, 'xargs nix-store --check-validity --print-invalid'));
  const { stdout } = await run(sshArgv(connection, line, ['-T']), { input: paths.join('\n'), signal });
  // Start files of the shell may have printed other lines.
  const printed = new Set(stdout.split('\n'));
  return paths.filter((path) => printed.has(path));
}

/** Makes root there import what `exporting` writes. Root's imports need no signatures. */
export async function importThere(
  connection: Connection,
  exporting: Argv,
  { sudo, signal }: Rights,
): Promise<void> {
  const line = remoteLine(asRoot(sudo, 'nix-store --import >/dev/null'));
  await pipe(exporting, sshArgv(connection, line, ['-T']), signal);
}
