import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { packageDirectory } from '../../src/base/package-directory.js';
import { remoteOtherVersion } from '../../src/errors/remote.js';
import { ordersDirectory } from '../../src/operations/remote/places.js';
import { PROTOCOL, RUN_ORDER } from '../../src/text/protocol.js';
import { TARGET_VARIABLE } from '../commands/target-variable.js';
import { marked } from '../views/colour.js';

/**
 * Prepares this process to work for the tool of another host: on this host, whatever the environment says.
 *
 * @param verb the command that follows
 * @throws NspawnError `remote-other-version` if that tool speaks another version of the protocol
 */
export async function becomeAgent(protocol: string | undefined, verb: string | undefined): Promise<void> {
  delete process.env[TARGET_VARIABLE];
  exitOnSignals();
  if (protocol !== String(PROTOCOL)) throw remoteOtherVersion(protocol ?? '', PROTOCOL, ownVersion());
  if (verb !== RUN_ORDER) await tellLostChanges();
}

/** Says what became of changes whose caller lost the connection. */
async function tellLostChanges(): Promise<void> {
  if (!existsSync(ordersDirectory({}))) return;
  const { lostChanges } = await import('../../src/operations/remote/outcomes.js');
  for (const text of await lostChanges()) process.stderr.write(`${marked('Warning')} ${text}\n`);
}

/**
 * Exits with 128 + N on signal N, unless the command itself handles the signal. ssh does not tell the caller which signal
 * ended a command, and the caller would take it for a lost connection.
 */
function exitOnSignals(): void {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
