import { readFile } from 'node:fs/promises';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { killUnit, showUnit, thawUnit } from './systemctl.js';

/*
 * Ends a container without its cooperation. machined's "terminate" only asks systemd-nspawn to shut the container down
 * (SIGTERM). A hung init can ignore that until TimeoutStopSec= expires.
 */

/**
 * Kills the container's init. The kernel then kills every process in its namespace (pid_namespaces(7)). systemd-nspawn
 * keeps running and removes its mounts and links.
 */
export async function killInit(service: string): Promise<void> {
  const shown = await showUnit(service, ['MainPID', 'FreezerState']);
  // A frozen systemd-nspawn could not clean up.
  if (shown.get('FreezerState') === 'frozen') await thawUnit(service);
  const init = await initOf(Number(shown.get('MainPID') ?? 0));
  if (init !== null) kill(init);
}

/** Kills all processes in the service's control group. This includes systemd-nspawn, so its mounts are left behind. */
export async function killAll(service: string): Promise<void> {
  await killUnit(service, 'SIGKILL');
}

/** The child of a systemd-nspawn that is process 1 of its namespace (proc_pid_status(5), NSpid). */
export async function initOf(supervisor: number): Promise<number | null> {
  if (supervisor <= 0) return null;
  const children = await procText(`${supervisor}/task/${supervisor}/children`);
  for (const child of children.trim().split(' ')) {
    if (child !== '' && /^NSpid:.*\s1$/m.test(await procText(`${child}/status`))) return Number(child);
  }
  return null;
}

/** The process id of the systemd-nspawn that runs a container; null if the container has ended. */
export async function supervisorOf(leader: number): Promise<number | null> {
  const parent = /^PPid:\s*(\d+)$/m.exec(await procText(`${leader}/status`))?.[1];
  return parent === undefined ? null : Number(parent);
}

async function procText(path: string): Promise<string> {
  try {
    return await readFile(`/proc/${path}`, 'utf8');
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'ESRCH')) return '';
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error) || error.code !== 'ESRCH') throw error;
  }
}
