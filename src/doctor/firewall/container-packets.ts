import { droppedBy } from './evaluate.js';
import type { Chain, Packet } from './model.js';

/** A port that a client may send its request from, and so the port that the reply goes to. */
export const ANY_CLIENT_PORT = 50_000;

/** Stands for the link of a container, as long as there is none. */
const ANY_LINK = 've-any';

export const linkNames = (links: readonly { name: string }[]): string[] =>
  links.length === 0 ? [ANY_LINK] : links.map(({ name }) => name);

/** The first chain that drops such a packet from one of these links; null if none does. */
export function firstDrop(
  chains: readonly Chain[],
  links: readonly string[],
  packet: Omit<Packet, 'in'>,
): Chain | null {
  for (const link of links) {
    const chain = droppedBy({ ...packet, in: link }, chains);
    if (chain !== null) return chain;
  }
  return null;
}
