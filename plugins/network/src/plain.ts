import type { PresetKit } from 'nixos-nspawn/plugin';
import { requireOneLink } from './one-link.js';

/** `host` and `none`: the container gets no network interface. */
export const host = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'host',
    summary: 'The network of the host; the ports of the container are ports of the host',
    parameters: z.object({}),
    example: 'host',
    brings: ['no interface for the container; its networkd and firewall are off'],
    apply: (_, context) => {
      requireOneLink(context);
      return { modules: [{ module: file('nix/host.nix'), parameters: {} }] };
    },
  });

export const none = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'none',
    summary: 'No network except the loopback',
    parameters: z.object({}),
    example: 'none',
    brings: ['no interface except the loopback'],
    apply: (_, context) => {
      requireOneLink(context);
      return { modules: [{ module: file('nix/none.nix'), parameters: {} }] };
    },
  });
