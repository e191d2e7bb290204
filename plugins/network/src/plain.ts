import type { PresetKit } from 'nixos-nspawn/plugin';
import { requireOneLink } from './one-link.js';

/** `host` and `none`: the container gets no network interface. */
export const host = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'host',
    summary: "The host's own network, shared; the container's ports are the host's",
    parameters: z.object({}),
    example: 'host',
    brings: ["no interface of the container's own; its networkd and firewall are off"],
    apply: (_, context) => {
      requireOneLink(context);
      return { modules: [{ module: file('nix/host.nix'), parameters: {} }] };
    },
  });

export const none = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'none',
    summary: 'No network but a loopback',
    parameters: z.object({}),
    example: 'none',
    brings: ["no interface but the container's own loopback"],
    apply: (_, context) => {
      requireOneLink(context);
      return { modules: [{ module: file('nix/none.nix'), parameters: {} }] };
    },
  });
