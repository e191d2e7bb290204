import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { insideFile } from '../base/inside-files.js';
import { run } from '../base/process.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isErrno } from '../errors/system-calls.js';

/** A credential as the settings of a container name it. */
export interface Credential {
  id: string;
  /** The file on the host. */
  path: string;
  encrypted: boolean;
}

export interface ComparedCredential extends Credential {
  /**
   * Whether a restart would pass another content than the one that the running container has; null if it does not run,
   * or if this is unknown.
   */
  changed: boolean | null;
}

interface Options {
  signal: AbortSignal;
}

/** The largest credential that systemd-nspawn accepts (CREDENTIAL_SIZE_MAX in src/shared/creds-util.h). */
const LIMIT = 1024 * 1024;

/** Where systemd-nspawn mounts the credentials of a container (setup_credentials() in src/nspawn/nspawn.c). */
const GIVEN = '/run/host/credentials';

/**
 * Compares the files of credentials with what a running container was given at its start. Compares the content, because
 * tools for secrets replace files without changing them. No content leaves this function.
 *
 * @param leader the process id of the container's init; null if it does not run
 */
export async function compareCredentials(
  credentials: readonly Credential[],
  leader: number | null,
  options: Options,
): Promise<ComparedCredential[]> {
  return Promise.all(
    credentials.map(async (credential) => ({
      ...credential,
      changed: leader === null ? null : await hasChanged(credential, leader, options),
    })),
  );
}

async function hasChanged(credential: Credential, leader: number, options: Options): Promise<boolean | null> {
  // systemd searches several directories for a credential without a path.
  if (!isAbsolute(credential.path)) return null;
  const root = `/proc/${leader}/root`;
  const place = await readably(() => insideFile(root, `${GIVEN}/${credential.id}`));
  if (place === null) return null;
  // The container controls this path, but a link could only lead to another comparison.
  const given = await content(place, constants.O_NOFOLLOW);
  if (given === null) return null;
  const fresh = credential.encrypted ? await decrypted(credential, options) : await content(credential.path);
  return fresh === null ? null : !fresh.equals(given);
}

/** The content of a regular file, also behind links; null for others, and if this user cannot read it. */
function content(path: string, flags = 0): Promise<Buffer | null> {
  return readably(async () => {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    try {
      const stat = await file.stat();
      return stat.isFile() && stat.size <= LIMIT ? await file.readFile() : null;
    } finally {
      await file.close();
    }
  });
}

/** Two encryptions of the same content differ, so encrypted files are compared by their content. */
async function decrypted({ id, path }: Credential, { signal }: Options): Promise<Buffer | null> {
  try {
    const { stdout } = await run(
      ['systemd-creds', 'decrypt', '--transcode=base64', `--name=${id}`, '--', path, '-'],
      { signal },
    );
    return Buffer.from(stdout, 'base64');
  } catch (error) {
    if (error instanceof NspawnError && error.code !== 'interrupted') return null;
    throw error;
  }
}

/** Null if the kernel refuses: the file does not exist, the container has just ended, or only root can read it. */
async function readably<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}
