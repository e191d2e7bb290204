import { readText } from '../base/files.js';
import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Everything that nftables holds, as JSON. */
export async function nftRuleset(options: Options = {}): Promise<string> {
  return (await run(['nft', '--json', 'list', 'ruleset'], options)).stdout;
}

/** The maps of systemd's table by which it forwards ports, as JSON; null where there is no such table. */
export async function nftForwardedPorts(family: 'ip' | 'ip6', options: Options = {}): Promise<string | null> {
  const { stdout, exitCode } = await run(['nft', '--json', 'list', 'table', family, 'io.systemd.nat'], {
    ...options,
    acceptCodes: [0, 1],
  });
  return exitCode === 0 ? stdout : null;
}

/** All tables of iptables in its own words, by one of its programs: `iptables-save`, `ip6tables-legacy-save`. */
export async function iptablesRules(program: string, options: Options = {}): Promise<string> {
  return (await run([program], options)).stdout;
}

/** Whether the kernel holds rules of the older kind, which nftables does not list. */
export async function hasLegacyRules(family: 'ip' | 'ip6'): Promise<boolean> {
  const tables = await readText(`/proc/net/${family}_tables_names`);
  return tables !== null && tables.trim() !== '';
}
