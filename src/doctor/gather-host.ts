import { join } from 'node:path';
import { NspawnError } from '../errors.js';
import { controlGroups } from '../host/control-groups.js';
import { isPresent } from '../host/files.js';
import {
  defaultInterfaceV4,
  defaultInterfaceV6,
  forwardingDeniedBy,
  isForwarding,
} from '../host/forwarding.js';
import { readKernelLimits } from '../host/kernel-limits.js';
import type { Layout } from '../host/layout.js';
import { hasNssModule, nssHosts } from '../host/name-services.js';
import { distributionIds } from '../host/os-release.js';
import { hasLegacyRules, iptablesRules, nftRuleset } from '../host/packet-filter.js';
import { placeFacts, placesInUse } from '../host/place-facts.js';
import { findProgram } from '../host/programs.js';
import { listeningPorts } from '../host/sockets.js';
import { allowedUserNamespaces, usersInContainerRange } from '../host/users.js';
import { enabledFeatures, storeProblem } from '../nix/health.js';
import { containerLinks } from '../systemd/container-links.js';
import { systemdVersion } from '../systemd/systemctl.js';
import { type UnitState, unitStates } from '../systemd/unit-states.js';
import type { ForwardingFacts, HostFacts, NixFacts } from './facts.js';
import {
  type IptablesSource,
  iptablesMappings,
  iptablesMasqueraded,
  parseIptables,
} from './firewall/iptables.js';
import type { Chain, Firewall } from './firewall/model.js';
import { parseRuleset } from './firewall/nftables.js';
import { missingNix, missingPrograms } from './programs.js';
import { SERVICES } from './services.js';

interface Request {
  layout: Layout;
  signal: AbortSignal;
  /** More units to ask for in the same call. */
  containerUnits: readonly string[];
}

/** Looks at everything of the host that the checks judge; each command is asked once, all of them side by side. */
export async function gatherHost({ layout, signal, containerUnits }: Request): Promise<HostFacts> {
  const missingCommands = await missingPrograms();
  const has = (name: string) => !missingCommands.includes(name);
  const [isBooted, isNixOS] = await Promise.all([
    isPresent('/run/systemd/system'),
    isPresent(join(layout.root, 'etc', 'NIXOS')),
  ]);
  const asksSystemd = isBooted && has('systemctl');
  const [
    distribution,
    version,
    cgroup,
    units,
    hosts,
    hasMyMachines,
    ipv4,
    ipv6,
    filter,
    links,
    nix,
    places,
    inContainerRange,
    namespaces,
    listening,
    limits,
  ] = await Promise.all([
    distributionIds(layout),
    has('systemctl') ? systemdVersion({ signal }) : 0,
    controlGroups(),
    asksSystemd
      ? unitStates([...Object.values(SERVICES), ...containerUnits], { signal })
      : new Map<string, UnitState>(),
    nssHosts(layout),
    isNixOS ? null : hasNssModule(layout, 'mymachines'),
    forwarding(layout, 'IPv4', defaultInterfaceV4),
    forwarding(layout, 'IPv6', defaultInterfaceV6),
    packetFilter(signal),
    isBooted && has('networkctl') ? containerLinks({ signal }) : [],
    nixFacts(signal),
    Promise.all(placesInUse(layout).map((place) => placeFacts(layout, place))),
    usersInContainerRange(layout),
    allowedUserNamespaces(),
    listeningPorts(),
    readKernelLimits(),
  ]);
  return {
    isRoot: process.geteuid?.() === 0,
    isNixOS,
    distribution,
    isBooted,
    systemdVersion: version,
    cgroup,
    missingCommands,
    units,
    nssHosts: hosts,
    hasMyMachines,
    forwarding: { IPv4: ipv4, IPv6: ipv6 },
    firewall: { ...filter, manager: managerOf(units) },
    links,
    nix,
    places,
    now: new Date(),
    users: { namespaces, inContainerRange },
    listening,
    limits,
  };
}

async function forwarding(
  layout: Layout,
  family: 'IPv4' | 'IPv6',
  uplinkOf: () => Promise<string | null>,
): Promise<ForwardingFacts> {
  const kernel = family === 'IPv4' ? 'ipv4' : 'ipv6';
  const [uplink, deniedBy] = await Promise.all([
    uplinkOf(),
    forwardingDeniedBy(layout, `${family}Forwarding`),
  ]);
  return { uplink, deniedBy, enabled: uplink === null ? null : await isForwarding(kernel, uplink) };
}

const UNSEEN: Omit<Firewall, 'manager'> = {
  chains: null,
  masqueraded: null,
  forwarded: null,
  systemdTable: { ip: 'absent', ip6: 'absent' },
};

/** What filters and translates packets; the kernel shows it to root alone. */
async function packetFilter(signal: AbortSignal): Promise<Omit<Firewall, 'manager'>> {
  if (process.geteuid?.() !== 0 || (await findProgram('nft')) === null) return UNSEEN;
  const { hasIptablesRules, ...ruleset } = parseRuleset(await nftRuleset({ signal }));
  const printed = await iptablesTexts(hasIptablesRules, signal);
  const chains = printed.flatMap(({ text, source }) => parseIptables(text, source));
  const isReadBetter = ({ family, table, name }: Chain) =>
    chains.some((chain) => chain.family === family && chain.table === table && chain.name === name);
  return {
    ...ruleset,
    chains: [...ruleset.chains.filter((chain) => !isReadBetter(chain)), ...chains],
    masqueraded: [...ruleset.masqueraded, ...printed.flatMap(({ text }) => iptablesMasqueraded(text))],
    forwarded: [
      ...ruleset.forwarded,
      ...printed.flatMap(({ text, source }) => iptablesMappings(text, source)),
    ],
  };
}

/** What the programs of the iptables family print where there are rules that only they can spell out. */
async function iptablesTexts(
  hasRules: boolean,
  signal: AbortSignal,
): Promise<{ text: string; source: IptablesSource }[]> {
  const texts = await Promise.all(
    (['ip', 'ip6'] as const).map(async (family) => {
      const isLegacy = await hasLegacyRules(family);
      if (!hasRules && !isLegacy) return [];
      // Where both kinds are installed, the plain name is nftables' (iptables-nft(8)).
      const tools = [...(isLegacy ? [`${family}tables-legacy`] : []), `${family}tables`];
      const found = await Promise.all(tools.map((tool) => findProgram(`${tool}-save`)));
      return Promise.all(
        tools
          .filter((_, index) => found[index] !== null)
          .map(async (tool) => ({
            text: await iptablesRules(`${tool}-save`, { signal }),
            source: { family, tool },
          })),
      );
    }),
  );
  return texts.flat();
}

function managerOf(units: ReadonlyMap<string, UnitState>): Firewall['manager'] {
  const isActive = (unit: string) => units.get(unit)?.active === 'active';
  if (isActive(SERVICES.firewalld)) return 'firewalld';
  return isActive(SERVICES.ufw) ? 'ufw' : null;
}

async function nixFacts(signal: AbortSignal): Promise<NixFacts> {
  const missing = await missingNix();
  if (missing.length > 0) return { missing, storeProblem: null, features: null };
  const [problem, features] = await Promise.all([storeProblem({ signal }), featuresOf(signal)]);
  return { missing, storeProblem: problem, features };
}

async function featuresOf(signal: AbortSignal): Promise<string[] | null> {
  try {
    return await enabledFeatures({ signal });
  } catch (error) {
    if (!(error instanceof NspawnError) || signal.aborted) throw error;
    return null;
  }
}
