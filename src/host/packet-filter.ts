import { type RunOptions, run } from '../process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Everything that nftables holds, as JSON. */
export async function nftRuleset(options: Options = {}): Promise<string> {
  return (await run(['nft', '--json', 'list', 'ruleset'], options)).stdout;
}

/** The IPv4 filter in iptables' own words; iptables-save(8). */
export async function iptablesFilter(options: Options = {}): Promise<string> {
  return (await run(['iptables-save', '--table', 'filter'], options)).stdout;
}
