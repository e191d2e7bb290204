import type { Argv } from '../../process.js';
import type { Chain } from './model.js';

/** Kinds of interfaces of containers: of one, of a zone, of a further link. */
export const KINDS = ['ve', 'vz', 'vb'];

/** In firewalld, interfaces belong to a zone; `trusted` lets all through. */
export const trusted = (): Argv[] => [
  ...KINDS.map(
    (kind): Argv => ['firewall-cmd', '--permanent', '--zone=trusted', `--add-interface=${kind}-+`],
  ),
  ['firewall-cmd', '--reload'],
];

export const isOfIptables = ({ tool }: Chain) => tool !== 'nft';

/** One word for nft(8), which parses its arguments joined by spaces; a name with `*` needs its quotes there. */
export function nftAccept({ family, table, name }: Chain, match: readonly string[]): Argv {
  const words = match.map((word) => (word.endsWith('*') ? `"${word}"` : word));
  return ['nft', ['insert', 'rule', family, table, name, ...words, 'accept'].join(' ')];
}

/** The same for a chain of iptables. */
export const iptablesAccept = ({ tool, table, name }: Chain, match: readonly string[]): Argv => [
  tool,
  ...(table === 'filter' ? [] : ['-t', table]),
  '-I',
  name,
  ...match,
  '-j',
  'ACCEPT',
];

/** Lets through what belongs to connections that were let through: answers. */
export const acceptAnswers = (chain: Chain): Argv =>
  isOfIptables(chain)
    ? iptablesAccept(chain, ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED'])
    : nftAccept(chain, ['ct', 'state', 'established,related']);

export const chainText = ({ family, table, name }: Chain) => `chain ${name} of table ${family} ${table}`;
