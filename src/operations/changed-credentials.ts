import { compareCredentials } from '../systemd/credentials.js';
import { machineLeader } from '../systemd/registered-machines.js';
import type { Built, Under } from './stages.js';

/** The credentials of the new generation whose content differs from what the running container was given. */
export async function changedCredentials({ places, closure, context }: Under<Built>): Promise<string[]> {
  const { credentials } = closure.settings;
  if (credentials.length === 0) return [];
  const { signal } = context;
  const compared = await compareCredentials(credentials, await machineLeader(places.name, { signal }), {
    signal,
  });
  return compared.flatMap(({ id, changed }) => (changed === true ? [id] : []));
}
