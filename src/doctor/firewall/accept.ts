import type { Argv } from '../../base/process.js';
import type { Chain } from './model.js';

/** Prefixes of the host's interfaces for containers: a link, a zone, a port of a bridge (systemd-nspawn(1)). */
export const KINDS = ['ve', 'vz', 'vb'];

/** In firewalld, interfaces belong to a zone, and `trusted` accepts everything. */
export const trusted = (): Argv[] => [
  ...KINDS.map(
    (kind): Argv => ['firewall-cmd', '--permanent', '--zone=trusted', `--add-interface=${kind}-+`],
  ),
  ['firewall-cmd', '--reload'],
];

export const isOfIptables = ({ tool }: Chain) => tool !== 'nft';

/** nft(8) joins its arguments with spaces, so this is one argument. Its syntax requires quotes around a name with `*`. */
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

/** Accepts packets of connections that were accepted, such as replies. */
export const acceptAnswers = (chain: Chain): Argv =>
  isOfIptables(chain)
    ? iptablesAccept(chain, ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED'])
    : nftAccept(chain, ['ct', 'state', 'established,related']);

export const chainText = ({ family, table, name }: Chain) => `chain ${name} of table ${family} ${table}`;
