import type { Listener } from 'nixos-nspawn/plugin';
import { dropEntry, putEntry } from './inventory.js';

/** Runs when the container is whole: what is thrown here is a warning, and the container stays. */
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

/** The section is the user's to write, so it can hold anything. */
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
  throw new Error('nixosContainer.plugins.inventory names no owner');
}
