import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { showUnit } from './systemctl.js';

/** systemd keeps a link here for each active unit, whose target is the id of its run. systemd-journald reads it. */
export const UNITS = '/run/systemd/units';

export const invocationName = (service: string) => `invocation:${service}`;

export const invocationLink = (service: string) => join(UNITS, invocationName(service));

/** systemd's id of the service's current run; empty if it never ran. */
export async function invocationOf(service: string, signal?: AbortSignal): Promise<string> {
  try {
    return await readlink(invocationLink(service));
  } catch (error) {
    if (!isMissing(error) && !(isErrno(error) && error.code === 'EACCES')) throw error;
  }
  return (await showUnit(service, ['InvocationID'], { signal })).get('InvocationID') ?? '';
}
