import { findProgram } from '../../base/programs.js';
import { hasLegacyRules, iptablesRules, nftRuleset } from '../../host/packet-filter.js';
import type { UnitState } from '../../systemd/unit-states.js';
import {
  type IptablesSource,
  iptablesMappings,
  iptablesMasqueraded,
  parseIptables,
} from '../firewall/iptables.js';
import type { Chain, Firewall } from '../firewall/model.js';
import { parseRuleset } from '../firewall/nftables.js';
import { fact } from '../look.js';
import { isRoot } from './host.js';
import { machines } from './machines.js';
import { SERVICES, units } from './systemd.js';

/** What filters and translates packets, and the program that manages it. */
export const packetFilter = fact(async (look): Promise<Firewall> => {
  // The addresses come first: systemd-nspawn forwards a port as soon as the container has an address.
  await look.at(machines);
  const [rules, states] = await Promise.all([rulesSeen(await look.at(isRoot), look.signal), look.at(units)]);
  return { ...rules, manager: managerOf(states) };
});

type Rules = Omit<Firewall, 'manager'>;

const UNSEEN: Rules = {
  chains: null,
  masqueraded: null,
  forwarded: null,
  systemdTable: { ip: 'absent', ip6: 'absent' },
};

/** Only root may read the rules. */
async function rulesSeen(mayRead: boolean, signal: AbortSignal): Promise<Rules> {
  if (!mayRead || (await findProgram('nft')) === null) return UNSEEN;
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

/** The output of iptables-save and its variants, if there are rules that only they show in full. */
async function iptablesTexts(
  hasRules: boolean,
  signal: AbortSignal,
): Promise<{ text: string; source: IptablesSource }[]> {
  const texts = await Promise.all(
    (['ip', 'ip6'] as const).map(async (family) => {
      const isLegacy = await hasLegacyRules(family);
      if (!hasRules && !isLegacy) return [];
      // If both kinds are installed, the plain name belongs to nftables (iptables-nft(8)).
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

function managerOf(states: ReadonlyMap<string, UnitState>): Firewall['manager'] {
  const isActive = (unit: string) => states.get(unit)?.active === 'active';
  if (isActive(SERVICES.firewalld)) return 'firewalld';
  return isActive(SERVICES.ufw) ? 'ufw' : null;
}
