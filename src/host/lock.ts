import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { makeDirectory } from '../base/files.js';
import { flock } from '../base/flock.js';
import { type LockHolder, locked } from '../errors/locks.js';
import type { NspawnError } from '../errors/nspawn-error.js';
import { isErrno, isMissing, naming } from '../errors/system-calls.js';
import { jsonIn } from '../text/json.js';

const holderSchema = z.object({ pid: z.int(), operation: z.string() });

export interface Lock {
  release(): Promise<void>;
}

export interface LockRequest {
  name: string;
  path: string;
  /** What the holder is doing, for the message that other processes show. */
  operation: string;
  /** Seconds to wait for another holder; 0 gives up at once. */
  wait: number;
  signal?: AbortSignal | undefined;
  /** The error if another process holds the lock. Default: the error for a container. */
  taken?: (holder: LockHolder) => NspawnError;
}

/**
 * Locks one container for this process.
 *
 * The lock is flock(2) on an open file description that only this process has, so the kernel releases it however the
 * process ends. Releasing the lock removes the file. A process that locked a file which was removed meanwhile notices
 * the different inode and tries again.
 *
 * @throws NspawnError `locked` naming the holder.
 */
export async function acquireLock(request: LockRequest): Promise<Lock> {
  const { taken = (holder: LockHolder) => locked(request.name, holder) } = request;
  await makeDirectory(dirname(request.path), 0o700);
  for (;;) {
    const file = await open(request.path, 'a+', 0o600);
    try {
      if (!(await flock(file.fd, request.wait, request.signal))) throw taken(await holder(file));
      if (await isSameFile(file, request.path)) {
        await nameHolder(file, request);
        return {
          release: async () => {
            await unlink(request.path);
            await file.close();
          },
        };
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
  }
}

/** Whether another process holds the lock now. */
export async function isLocked(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  try {
    // Closing the description releases the lock if it was acquired here.
    return !(await flock(file.fd, 0));
  } finally {
    await file.close();
  }
}

/** Like `isLocked`, but false if this user has no permission to open the lock, which is usual without root. */
export async function isSeenLocked(path: string): Promise<boolean> {
  try {
    return await isLocked(path);
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return false;
    throw error;
  }
}

/** Writes who holds the lock. If that fails (for example, /run is full), the file is removed again. */
async function nameHolder(file: FileHandle, { path, operation }: LockRequest): Promise<void> {
  try {
    await naming(path, file.truncate(0));
    await naming(path, file.write(JSON.stringify({ pid: process.pid, operation })));
  } catch (error) {
    await unlink(path);
    throw error;
  }
}

async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  try {
    return (await file.stat()).ino === (await stat(path)).ino;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function holder(file: FileHandle): Promise<LockHolder> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
  const text = buffer.toString('utf8', 0, bytesRead);
  // The holder writes its name just after it locks the file, so the name may not be there yet.
  if (text === '') return { pid: null, operation: null };
  const parsed = holderSchema.safeParse(jsonIn(text));
  return parsed.success ? parsed.data : { pid: null, operation: null };
}
