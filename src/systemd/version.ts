import type { RunOptions } from '../base/process.js';
import { versionByVarlink } from './machined.js';
import { systemctlVersion } from './systemctl.js';

/** The running systemd's major version; 0 if it is unknown. */
export async function systemdVersion(options: Pick<RunOptions, 'signal'> = {}): Promise<number> {
  const version = (await versionByVarlink(options)) ?? (await systemctlVersion(options));
  return Number(/^\d+/.exec(version ?? '')?.[0] ?? 0);
}
