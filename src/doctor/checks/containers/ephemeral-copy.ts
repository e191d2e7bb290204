import type { Argv } from '../../../base/process.js';
import { asStoredName } from '../../../container/name.js';
import { asNspawnError } from '../../../errors/nspawn-error.js';
import { unusedCopies } from '../../../systemd/ephemeral-copies.js';
import { check, warning } from '../../check.js';
import { type Named, orphans } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';
import { fact } from '../../look.js';

/** What ephemeral containers left behind when they stopped; empty if systemd cannot report what is running. */
const copies = fact(async (look): Promise<readonly Named[]> => {
  try {
    return await orphans(look, await unusedCopies(look.layout.machinesDir, look.signal), new Set());
  } catch (error) {
    const { code } = asNspawnError(error);
    if (code === 'command-failed' || code === 'command-missing') return [];
    throw error;
  }
});

export const ephemeralCopy = check({
  findings: { 'ephemeral-copy': warning('It takes up disk space, and nothing uses it.') },
  look: { copies },
  judge: ({ copies }) =>
    copies.map(({ name, path }) =>
      containerProblem(
        'ephemeral-copy',
        asStoredName(name),
        `${path} is a copy of ${name} that systemd-nspawn could not delete.`,
        { commands: deletionOf(path), safe: true },
      ),
    ),
});

/** NixOS makes /var/empty immutable. Neither find(1) nor rm(1) follows a link below the path. */
const deletionOf = (path: string): Argv[] => [
  ['find', path, '-xdev', '-path', `${path}/var/empty`, '-exec', 'chattr', '-i', '--', '{}', ';'],
  ['rm', '-rf', '--one-file-system', '--', path],
];
