import { posix } from 'node:path';
import { readText } from '../base/files.js';
import { insideFile, whyNotExecutable } from '../base/inside-files.js';
import { cannotRun } from '../errors/commands.js';
import type { NspawnError } from '../errors/nspawn-error.js';
import type { TransientCommand } from '../systemd/systemd-run.js';

/** Exit codes from systemd.exec(5), "Process Exit Codes". A command may also exit with one of them itself. */
const CODES = { directory: 200, execution: 203, user: 217 };

/**
 * Finds out why a command was never started. systemd reports this with an exit code that may also be the command's own,
 * so the cause is confirmed inside the container; null if it cannot be confirmed.
 *
 * @param code the exit code, or null if systemd-run said that the command did not start
 */
export async function whyNotBegun(
  command: TransientCommand,
  leader: number,
  code: number | null,
): Promise<NspawnError | null> {
  const root = `/proc/${leader}/root`;
  const { machine, user, directory } = command;
  if ((code ?? CODES.user) === CODES.user && (await isUnknown(root, user)))
    return cannotRun(machine, `the container has no user '${user}'`, false);
  if (
    (code ?? CODES.directory) === CODES.directory &&
    directory !== null &&
    (await insideFile(root, directory)) === null
  )
    return cannotRun(machine, `the container has no directory '${directory}'`, false);
  if ((code ?? CODES.execution) !== CODES.execution) return null;
  return whyNotExecuted(root, command);
}

async function whyNotExecuted(
  root: string,
  { machine, command: [file], searchPath, directory }: TransientCommand,
): Promise<NspawnError | null> {
  if (file.includes('/')) {
    const path = posix.resolve(directory ?? '/', file);
    const why = await whyNotExecutable(root, path);
    if (why === null) return null;
    const isAbsent = (await insideFile(root, path)) === null;
    return cannotRun(machine, `'${file}' cannot be executed, because ${why}`, isAbsent);
  }
  let reason: string | null = null;
  for (const place of searchPath) {
    const path = `${place}/${file}`;
    if ((await insideFile(root, path)) === null) continue;
    const why = await whyNotExecutable(root, path);
    if (why === null) return null;
    reason ??= `'${path}' cannot be executed, because ${why}`;
  }
  return cannotRun(machine, reason ?? `the container has no command '${file}'`, reason === null);
}

/** Whether a user name is unknown in the container. A number needs no entry. */
async function isUnknown(root: string, user: string): Promise<boolean> {
  if (user === 'root' || /^\d+$/.test(user)) return false;
  const place = await insideFile(root, '/etc/passwd');
  const users = place === null ? null : await readText(place);
  return users !== null && !users.split('\n').some((line) => line.startsWith(`${user}:`));
}
