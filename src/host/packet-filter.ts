import { readText } from '../base/files.js';
import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** The whole nftables ruleset, as JSON. */
export async function nftRuleset(options: Options = {}): Promise<string> {
  return (await run(['nft', '--json', 'list', 'ruleset'], options)).stdout;
}

/** The systemd table that forwards ports, as JSON; null if there is no such table. */
export async function nftForwardedPorts(family: 'ip' | 'ip6', options: Options = {}): Promise<string | null> {
  const { stdout, exitCode } = await run(['nft', '--json', 'list', 'table', family, 'io.systemd.nat'], {
    ...options,
    acceptCodes: [0, 1],
  });
  return exitCode === 0 ? stdout : null;
}

/** All iptables tables in its own format. `program` is for example `iptables-save` or `ip6tables-legacy-save`. */
export async function iptablesRules(program: string, options: Options = {}): Promise<string> {
  return (await run([program], options)).stdout;
}

/** Whether the kernel has legacy iptables rules, which nftables does not list. */
export async function hasLegacyRules(family: 'ip' | 'ip6'): Promise<boolean> {
  const tables = await readText(`/proc/net/${family}_tables_names`);
  return tables !== null && tables.trim() !== '';
}
