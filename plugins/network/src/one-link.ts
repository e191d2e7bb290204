import type { PresetContext } from 'nixos-nspawn/plugin';

/** Presets that choose what the container is linked to. They exclude each other. */
const LINKS: readonly string[] = ['zone', 'bridge', 'macvlan', 'ipvlan', 'host', 'none'];

/** The container's preset that chooses its link; null if it keeps its own link to the host. */
export const linkPreset = ({ presets }: Pick<PresetContext, 'presets'>): string | null =>
  presets.map(({ name }) => shortName(name)).find((name) => LINKS.includes(name)) ?? null;

/** Refuses if two presets each choose a link for the container. */
export function requireOneLink(context: PresetContext): void {
  const [first, second] = context.presets
    .map(({ name }) => shortName(name))
    .filter((name) => LINKS.includes(name));
  if (second !== undefined)
    context.refuse(`Presets '${first}' and '${second}' exclude each other.`, ['Use only one of them.']);
}

/** Refuses if another preset replaces the container's own link to the host, which `preset` needs. */
export function requireOwnLink(context: PresetContext, preset: string): void {
  const link = linkPreset(context);
  if (link !== null)
    context.refuse(
      `Preset '${preset}' needs the container's own link to the host, which '${link}' removes.`,
      ['Omit one of them.'],
    );
}

const shortName = (name: string) => name.replace(/^.*\//, '');
