import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export interface LockHolder {
  pid: number | null;
  operation: string | null;
}

export function locked(name: string, holder: LockHolder): NspawnError {
  const who = holder.pid === null ? 'another process' : `PID ${holder.pid}`;
  const what = holder.operation === null ? '' : `, running ${quote(holder.operation)}`;
  return new NspawnError({
    code: 'locked',
    exitCode: ExitCode.locked,
    message: `Container ${quote(name)} is locked by ${who}${what}.`,
    nextSteps: ['Wait for it to finish, or pass --wait SECONDS.'],
    details: { name, pid: holder.pid, operation: holder.operation },
  });
}

export function pluginsLocked(holder: LockHolder): NspawnError {
  const who = holder.pid === null ? 'another process' : `PID ${holder.pid}`;
  return new NspawnError({
    code: 'locked',
    exitCode: ExitCode.locked,
    message: `The installed plugins are locked by ${who}.`,
    nextSteps: ['Wait for it to finish, or pass --wait SECONDS.'],
    details: { pid: holder.pid, operation: holder.operation },
  });
}
