import { type OldContainer, withoutLength } from './old-container.js';
import type { Settings } from './settings.js';

/**
 * Settings of an old container on the host that a configuration which was not made from them does not have, as
 * sentences.
 *
 * @param networks the texts of the configuration's .network files for the host
 */
export function differencesOf(old: OldContainer, settings: Settings, networks: string): string[] {
  const ports = settings.forwardPorts.map(
    ({ protocol, hostPort, containerPort }) => `${protocol}:${hostPort}:${containerPort ?? hostPort}`,
  );
  const sources = settings.bindMounts.map((mount) => mount.split(':')[0]);
  const addresses = old.bridge === null ? old.addresses.flatMap(({ host }) => host ?? []) : [];
  return [
    ...old.ports
      .map(({ protocol, hostPort, containerPort }) => `${protocol}:${hostPort}:${containerPort}`)
      .filter((port) => !ports.includes(port))
      .map((port) => `The configuration does not forward the port ${port}.`),
    ...old.binds
      .filter(({ hostPath }) => !sources.includes(hostPath))
      .map(({ hostPath }) => `The configuration does not mount ${hostPath}.`),
    ...addresses
      .filter((address) => !networks.includes(withoutLength(address)))
      .map((address) => `The host's end of the link does not have the address ${address}.`),
    ...(old.bridge !== settings.bridge
      ? [`The bridge is ${settings.bridge ?? 'none'}, not ${old.bridge ?? 'none'}.`]
      : []),
    ...(old.autoStart === settings.activation.autoStart
      ? []
      : [`The container ${old.autoStart ? 'no longer' : 'now'} starts with the host.`]),
  ];
}

/** What a configuration names differently in the new container, as sentences. */
export const formerNames = (configuration: string | null): string[] =>
  configuration !== null && /\beth0\b/.test(configuration)
    ? ['The configuration names eth0, but the interface in the container is now host0.']
    : [];
