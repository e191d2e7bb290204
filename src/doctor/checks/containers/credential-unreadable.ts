import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isClosedToUser, isErrno, isMissing } from '../../../errors/system-calls.js';
import { check, error } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** Why systemd cannot read a credential: one of two known reasons, or the error code of the kernel. */
type Obstacle = 'absent' | 'directory' | { errno: string };

interface Unreadable {
  id: string;
  path: string;
  obstacle: Obstacle;
}

/** Credentials without an absolute path are looked up in systemd's credential stores. */
const containers = eachContainer(({ container: { settings } }) =>
  unreadable((settings?.credentials ?? []).filter(({ path }) => isAbsolute(path))),
);

export const credentialUnreadable = check({
  findings: {
    'credential-unreadable': error(
      'systemd does not start a container if one of its credentials cannot be read.',
    ),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen }) =>
      seen.map(({ id, path, obstacle }) =>
        containerProblem(
          'credential-unreadable',
          name,
          `${path}, the credential ${id} of ${name}, ${obstacleText(obstacle)}.`,
          {
            advice: `Put a file there that root can read, or remove it from the credentials of ${name} and update the container.`,
          },
        ),
      ),
    ),
});

function obstacleText(obstacle: Obstacle): string {
  if (obstacle === 'absent') return 'does not exist';
  return obstacle === 'directory' ? 'is a directory' : `cannot be read (${obstacle.errno})`;
}

async function unreadable(credentials: readonly { id: string; path: string }[]): Promise<Unreadable[]> {
  const all = await Promise.all(
    credentials.map(async ({ id, path }) => ({ id, path, obstacle: await obstacleAt(path) })),
  );
  return all.flatMap(({ id, path, obstacle }) => (obstacle === null ? [] : [{ id, path, obstacle }]));
}

/** systemd reads a file or a socket (systemd.exec(5), LoadCredential=). */
async function obstacleAt(path: string): Promise<Obstacle | null> {
  try {
    if ((await stat(path)).isDirectory()) return 'directory';
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    if (isMissing(error)) return 'absent';
    // Root, and so systemd, may be able to read it.
    if (isClosedToUser(error)) return null;
    if (isErrno(error)) return { errno: error.code ?? 'unknown error' };
    throw error;
  }
}
