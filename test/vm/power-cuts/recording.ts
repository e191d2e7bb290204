import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Host, waitFor } from '../../host/host.js';
import { copySparse } from './crash.js';
import { VERBS } from './verbs.js';

/** What a disk was told while the verbs ran. */
export interface Recording {
  log: string;
  /** For each verb, positions in the log. */
  verbs: {
    /** Everything before is on the disk. */
    begin: number;
    /** The command has ended. */
    ended: number;
    /** Everything of it is on the disk. */
    settled: number;
  }[];
}

/** Milliseconds in which the kernel may write more by itself after a command has ended. */
const AFTERWARDS = 6000;

/**
 * Runs the verbs on a host whose disk records each write and each flush. The disk is a file that QEMU's storage daemon
 * offers (`--export type=fuse`), with a filter that keeps the log (`blklogwrites`).
 */
export async function record(name: string, image: string, directory: string): Promise<Recording> {
  const at = (file: string) => join(directory, file);
  const [disk, log, exported] = [at('recorded.img'), at('disk.log'), at('exported.img')];
  await copySparse(image, disk);
  for (const file of [log, exported]) await writeFile(file, '');
  const daemon = spawn(
    'qemu-storage-daemon',
    [
      ...['--blockdev', `driver=file,node-name=disk,filename=${disk},cache.no-flush=on`],
      ...['--blockdev', `driver=file,node-name=log,filename=${log},cache.no-flush=on`],
      ...['--blockdev', 'driver=blklogwrites,node-name=recorded,file=disk,log=log,log-sector-size=512'],
      ...['--export', `type=fuse,id=export,node-name=recorded,mountpoint=${exported},writable=on`],
    ],
    { stdio: 'inherit' },
  );
  const ended = new Promise((resolve, reject) => daemon.once('exit', resolve).once('error', reject));
  ended.catch(() => undefined);
  try {
    await waitFor('the disk', async () => (await stat(exported)).size > 0);
    const host = await Host.boot(name, { image: exported });
    try {
      return { log, verbs: await runVerbs(host, log) };
    } finally {
      await host.stop();
    }
  } finally {
    daemon.kill('SIGTERM');
    await ended;
  }
}

async function runVerbs(host: Host, log: string): Promise<Recording['verbs']> {
  const position = async () => (await stat(log)).size;
  const settle = async () => {
    await host.run(['sync']);
    return position();
  };
  await host.run(['mkdir', '-p', '/srv/shared']);
  // Compiles the program, and creates the directories of the first run.
  await host.run(['nixos-nspawn', 'list']);
  const verbs: Recording['verbs'] = [];
  for (const { argv, prepare } of VERBS) {
    await prepare?.(host);
    const begin = await settle();
    await host.run(['nixos-nspawn', ...argv], { timeout: 600_000 });
    const ended = await position();
    await sleep(AFTERWARDS);
    verbs.push({ begin, ended, settled: await settle() });
  }
  return verbs;
}
