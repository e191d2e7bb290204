import type { PresetContext } from 'nixos-nspawn/plugin';

/** Presets that say what the container is linked to: it can be linked to one thing. */
const LINKS: readonly string[] = ['zone', 'bridge', 'macvlan', 'ipvlan', 'host', 'none'];

/** Among the container's presets, the one that says what it is linked to; null for the link of its own. */
export const linkPreset = ({ presets }: Pick<PresetContext, 'presets'>): string | null =>
  presets.map(({ name }) => shortName(name)).find((name) => LINKS.includes(name)) ?? null;

/** Refuses two presets that each link the container to something. */
export function requireOneLink(context: PresetContext): void {
  const [first, second] = context.presets
    .map(({ name }) => shortName(name))
    .filter((name) => LINKS.includes(name));
  if (second !== undefined)
    context.refuse(`Presets '${first}' and '${second}' exclude each other.`, ['Give one of them.']);
}

/** Refuses a preset that needs the container's own link to the host. */
export function requireOwnLink(context: PresetContext, preset: string): void {
  const link = linkPreset(context);
  if (link !== null)
    context.refuse(
      `Preset '${preset}' needs the container's own link to the host, which '${link}' takes away.`,
      ['Leave out one of the two.'],
    );
}

const shortName = (name: string) => name.replace(/^.*\//, '');
