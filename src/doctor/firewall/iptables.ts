import type { Chain, PacketFamily, PortMapping, Rule, Test, Verdict } from './model.js';

type Building = Omit<Chain, 'rules'> & { rules: Rule[] };

const HOOKS: Readonly<Record<string, Chain['hook']>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
};
/** Tables in which packets are dropped. */
const FILTERING = new Set(['raw', 'mangle', 'filter', 'security']);
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ACCEPT: { do: 'accept' },
  DROP: { do: 'drop' },
  REJECT: { do: 'drop' },
  RETURN: { do: 'return' },
};
/** Targets after which the evaluation goes on with the next rule. */
const PASSING = new Set(['LOG', 'NFLOG', 'MARK', 'CONNMARK', 'AUDIT', 'TRACE', 'CHECKSUM', 'TCPMSS', 'CT']);

/** The program of the iptables family that printed a text, and the packets that its rules apply to. */
export interface IptablesSource {
  family: PacketFamily;
  /** The program that changes these rules. */
  tool: string;
}

/** The filtering chains in the output of iptables-save(8). */
export function parseIptables(text: string, { family, tool }: IptablesSource): Chain[] {
  const chains: Building[] = [];
  const find = (table: string, name: string) =>
    chains.find((chain) => chain.table === table && chain.name === name);
  for (const { table, line } of linesOf(text)) {
    if (!FILTERING.has(table)) continue;
    const head = /^:(\S+) (\S+)/.exec(line);
    if (head?.[1] !== undefined) {
      chains.push({
        family,
        table,
        name: head[1],
        tool,
        hook: HOOKS[head[1]] ?? null,
        policy: head[2] === 'DROP' ? 'drop' : 'accept',
        rules: [],
      });
    }
    const rule = /^-A (\S+) ?(.*)$/.exec(line);
    if (rule?.[1] !== undefined) find(table, rule[1])?.rules.push(parseRule(words(rule[2] ?? '')));
  }
  return chains;
}

/** The ports that systemd-nspawn forwards with iptables (fw_iptables_add_local_dnat()). */
export function iptablesMappings(text: string, { family }: IptablesSource): PortMapping[] {
  return linesOf(text).flatMap(({ table, line }) => {
    if (table !== 'nat' || !line.startsWith('-A PREROUTING ') || !line.includes(' -j DNAT ')) return [];
    const protocol = / -p (\S+)/.exec(line)?.[1];
    const port = / --dport (\d+)/.exec(line)?.[1];
    const to = / --to-destination \[?([^\s\]]+?)\]?:(\d+)(?:\s|$)/.exec(line);
    if (protocol === undefined || port === undefined || to?.[1] === undefined) return [];
    return [
      {
        family,
        protocol,
        port: Number(port),
        address: to[1],
        containerPort: Number(to[2]),
        tool: 'iptables',
      },
    ];
  });
}

/** The sources that systemd masquerades with iptables (fw_iptables_add_masquerade()). */
export function iptablesMasqueraded(text: string): string[] {
  return linesOf(text).flatMap(({ table, line }) => {
    const source = /^-A POSTROUTING -s (\S+) .*-j MASQUERADE/.exec(line)?.[1];
    return table === 'nat' && source !== undefined ? [source] : [];
  });
}

function linesOf(text: string): { table: string; line: string }[] {
  let table = '';
  return text.split('\n').map((line) => {
    if (line.startsWith('*')) table = line.slice(1).trim();
    return { table, line };
  });
}

function parseRule(all: readonly string[]): Rule {
  const tests: Test[] = [];
  let verdict: Verdict = { do: 'go-on' };
  let not = false;
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? '';
    const value = all[at + 1] ?? '';
    if (word === '!') {
      not = true;
      continue;
    }
    if (!word.startsWith('-')) continue;
    if (word === '-j') verdict = VERDICTS[value] ?? passing(value) ?? { do: 'jump', chain: value };
    else if (word === '-g') verdict = { do: 'goto', chain: value };
    else if (word === '-m' || word.startsWith('--log') || word === '--reject-with' || word === '--comment') {
      // An option of a target or of an extension. The conditions of an extension are read one by one.
    } else tests.push(parseTest(word, value, not));
    not = false;
  }
  return { tests, verdict };
}

const passing = (target: string): Verdict | null => (PASSING.has(target) ? { do: 'go-on' } : null);

function parseTest(word: string, value: string, not: boolean): Test {
  switch (word) {
    case '-i':
      return { on: 'in', interfaces: [value], not };
    case '-o':
      return { on: 'out', interfaces: [value], not };
    case '-p':
      return { on: 'protocol', protocols: value === 'all' ? ['tcp', 'udp'] : [value], not };
    case '--dport':
    case '--dports':
      return { on: 'port', ranges: value.split(',').map(portRange), not };
    case '--ctstatus':
      return value === 'DNAT' ? { on: 'translated', not } : { on: 'unknown' };
    case '--ctstate':
    case '--state':
      // Here, DNAT is also a state (iptables-extensions(8)).
      if (value === 'DNAT') return { on: 'translated', not };
      return { on: 'state', states: value.toLowerCase().split(','), not };
    default:
      return { on: 'unknown' };
  }
}

function portRange(text: string): readonly [number, number] {
  const [from, to] = text.split(':');
  return [Number(from), Number(to ?? from)];
}

/** The words of a line. Quoted text (comments, prefixes) is one word. */
const words = (line: string) => line.match(/"(?:\\.|[^"])*"|\S+/g) ?? [];
