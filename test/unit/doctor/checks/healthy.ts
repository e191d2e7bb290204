import { containerName } from '../../../../src/container/name.js';
import { Profile } from '../../../../src/container/profile.js';
import { settingsSchema } from '../../../../src/container/settings.js';
import type { Examined } from '../../../../src/doctor/facts/containers.js';
import type { Firewall } from '../../../../src/doctor/firewall/model.js';
import { Container } from '../../../../src/host/container.js';
import { containerPlaces, hostLayout } from '../../../../src/host/layout.js';
import type { Machine } from '../../../../src/systemd/registered-machines.js';

const name = containerName('web');

export const active = { load: 'loaded', active: 'active', invocation: '' };

/** A packet filter without rules, except the complete tables of systemd. */
export const openFirewall: Firewall = {
  chains: [],
  manager: null,
  masqueraded: [],
  forwarded: [],
  systemdTable: { ip: 'whole', ip6: 'whole' },
};

/** A stopped container with its own user namespace, with which nothing is wrong. */
export const web = (different: Partial<Examined> = {}): Examined => ({
  container: new Container({
    type: 'imperative',
    places: containerPlaces(hostLayout(), name),
    generation: 1,
    settings: settingsSchema.parse({ declarative: false, userNamespacing: true }),
    problem: null,
  }),
  profile: new Profile([], 1),
  closure: '/nix/store/closure',
  fallback: null,
  displacedFiles: [],
  closureProblem: null,
  isUnfinished: false,
  unit: active,
  machine: null,
  ...different,
});

/** The same container with these settings, and optionally with another name. */
export const webWith = (settings: object, called = 'web', different: Partial<Examined> = {}): Examined => {
  const { container, ...rest } = web(different);
  return {
    ...rest,
    container: new Container({
      ...container,
      places: containerPlaces(hostLayout(), containerName(called)),
      settings: settingsSchema.parse({ declarative: false, ...settings }),
    }),
  };
};

export const runningAt = (...addresses: string[]): Machine => ({
  name,
  leader: 1,
  service: 'systemd-nspawn',
  addresses,
  isRegistered: true,
});
