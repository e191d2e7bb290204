import type { Listener } from 'nixos-nspawn/plugin';
import { dropEntry, putEntry } from './inventory.js';

/** Runs when the container is complete. An error here becomes a warning, and the container remains. */
export const afterCreate = {
  event: 'after-create',
  async listen({ config, container, root, log }) {
    const { owner, contact = null } = section(config);
    await putEntry(root, { container, owner, contact });
    log.info(`${container} belongs to ${owner}`);
  },
} satisfies Listener<'after-create'>;

export const afterRemove = {
  event: 'after-remove',
  async listen({ container, root }) {
    await dropEntry(root, container);
  },
} satisfies Listener<'after-remove'>;

/** Users write this section, so it can contain anything. */
function section(config: unknown): { owner: string; contact?: string | null } {
  if (
    typeof config === 'object' &&
    config !== null &&
    'owner' in config &&
    typeof config.owner === 'string'
  ) {
    const contact = 'contact' in config && typeof config.contact === 'string' ? config.contact : null;
    return { owner: config.owner, contact };
  }
  throw new Error('nixosContainer.plugins.inventory has no owner');
}
