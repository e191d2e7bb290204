import type { Chain, Rule, Test, Verdict } from './model.js';

type Building = Omit<Chain, 'rules'> & { rules: Rule[] };

const HOOKS: Readonly<Record<string, Chain['hook']>> = { INPUT: 'input', FORWARD: 'forward' };
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ACCEPT: { do: 'accept' },
  DROP: { do: 'drop' },
  REJECT: { do: 'drop' },
  RETURN: { do: 'return' },
};
/** Targets that end nothing. */
const PASSING = new Set(['LOG', 'NFLOG', 'MARK', 'CONNMARK', 'AUDIT', 'TRACE', 'CHECKSUM', 'TCPMSS']);

/** The table `filter` of what iptables-save(8) prints. */
export function parseIptables(text: string): Chain[] {
  const chains = new Map<string, Building>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (table !== 'filter') continue;
    const head = /^:(\S+) (\S+)/.exec(line);
    if (head?.[1] !== undefined) {
      chains.set(head[1], {
        family: 'ip',
        table,
        name: head[1],
        hook: HOOKS[head[1]] ?? null,
        policy: head[2] === 'DROP' ? 'drop' : 'accept',
        rules: [],
      });
    }
    const rule = /^-A (\S+) ?(.*)$/.exec(line);
    if (rule?.[1] !== undefined) chains.get(rule[1])?.rules.push(parseRule(words(rule[2] ?? '')));
  }
  return [...chains.values()];
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
      // What a target or an extension is told besides; an extension's own words are read one by one.
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
    case '--ctstate':
    case '--state':
      return { on: 'state', states: value.toLowerCase().split(','), not };
    default:
      return { on: 'unknown' };
  }
}

function portRange(text: string): readonly [number, number] {
  const [from, to] = text.split(':');
  return [Number(from), Number(to ?? from)];
}

/** Words of a line; quoted ones (comments, prefixes) count as one. */
const words = (line: string) => line.match(/"(?:\\.|[^"])*"|\S+/g) ?? [];
