import * as z from 'zod';
import type {
  Chain,
  Family,
  Firewall,
  Hook,
  PacketFamily,
  PortMapping,
  Rule,
  Test,
  Verdict,
} from './model.js';

/** The part of the output of `nft --json list ruleset` that is used (libnftables-json(5)). */
const rulesetSchema = z.looseObject({ nftables: z.array(z.record(z.string(), z.unknown())) });
const chainSchema = z.looseObject({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  hook: z.string().optional(),
  type: z.string().optional(),
  policy: z.string().optional(),
});
const ruleSchema = z.looseObject({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  expr: z.array(z.record(z.string(), z.unknown())).default([]),
});
const setSchema = z.looseObject({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  elem: z.array(z.unknown()).default([]),
});

const concat = z.looseObject({ concat: z.tuple([z.string(), z.int()]) });
const mappingSchema = z.tuple([concat, concat]);

const HOOKS: readonly string[] = ['prerouting', 'input', 'forward'] satisfies Hook[];

type Building = Omit<Chain, 'rules'> & { rules: Rule[] };

export interface Ruleset {
  chains: Chain[];
  /** Sources in systemd's own set (fw_nftables_init() in src/shared/firewall-util-nft.c). */
  masqueraded: string[];
  /** Ports in systemd's own map. */
  forwarded: PortMapping[];
  /** See Firewall. */
  systemdTable: Firewall['systemdTable'];
  /** Whether it has rules that iptables created, and that only iptables shows in full. */
  hasIptablesRules: boolean;
}

/** systemd's table, and the map in it that forwards ports. */
const SYSTEMD = 'io.systemd.nat';
const PORTS = 'map_port_ipport';

export function parseRuleset(json: string): Ruleset {
  const chains: Building[] = [];
  const sources: string[] = [];
  const forwarded: PortMapping[] = [];
  const table = { ip: new Set<string>(), ip6: new Set<string>() };
  let hasIptablesRules = false;
  for (const object of rulesetSchema.parse(JSON.parse(json)).nftables) {
    if ('chain' in object) {
      const chain = toChain(chainSchema.parse(object.chain));
      if (chain !== null) chains.push(chain);
    }
    if ('set' in object) {
      const { table: owner, name, elem } = setSchema.parse(object.set);
      if (owner === SYSTEMD && name === 'masq_saddr') sources.push(...elem.map(elementText));
    }
    if ('map' in object) {
      const { family, table: owner, name, elem } = setSchema.parse(object.map);
      if (owner === SYSTEMD && isPacketFamily(family)) {
        table[family].add(name);
        if (name === PORTS) forwarded.push(...elem.flatMap((element) => toMapping(family, element)));
      }
    }
    if ('rule' in object) {
      const { family, table: owner, chain, expr } = ruleSchema.parse(object.rule);
      hasIptablesRules ||= expr.some((part) => 'xt' in part);
      if (owner === SYSTEMD && isPacketFamily(family)) {
        if (chain === 'prerouting' && expr.some((part) => 'dnat' in part)) table[family].add('dnat');
        if (expr.some((part) => 'masquerade' in part)) table[family].add('masquerade');
      }
      chains
        .find((known) => known.family === family && known.table === owner && known.name === chain)
        ?.rules.push(toRule(expr));
    }
  }
  const systemdTable = { ip: stateOf(table.ip), ip6: stateOf(table.ip6) };
  return {
    chains,
    masqueraded: systemdTable.ip === 'whole' ? sources : sources.filter((source) => source.includes(':')),
    forwarded: forwarded.filter(({ family }) => systemdTable[family] === 'whole'),
    systemdTable,
    hasIptablesRules,
  };
}

/** `nft flush table` deletes the rules, but not the sets and maps, which no rule uses then. */
function stateOf(parts: ReadonlySet<string>): 'absent' | 'emptied' | 'whole' {
  if (parts.size === 0) return 'absent';
  return parts.has('dnat') && parts.has('masquerade') ? 'whole' : 'emptied';
}

const isPacketFamily = (family: string): family is PacketFamily => family === 'ip' || family === 'ip6';

/** `[{ concat: ['tcp', 8181] }, { concat: ['192.168.1.2', 80] }]` */
function toMapping(family: PacketFamily, element: unknown): PortMapping[] {
  const parsed = mappingSchema.safeParse(element);
  if (!parsed.success) return [];
  const [{ concat: from }, { concat: to }] = parsed.data;
  return [{ family, protocol: from[0], port: from[1], address: to[0], containerPort: to[1], tool: 'nft' }];
}

function toChain(chain: z.infer<typeof chainSchema>): Building | null {
  const { family, table, name, hook, type, policy } = chain;
  if (family !== 'ip' && family !== 'ip6' && family !== 'inet') return null;
  // Chains of the types `nat` and `route` see the same packets, but do not drop them.
  const isFilter = type === undefined || type === 'filter';
  return {
    family: family as Family,
    table,
    name,
    tool: 'nft',
    hook: isFilter && isHook(hook) ? hook : null,
    policy: policy === 'drop' ? 'drop' : 'accept',
    rules: [],
  };
}

const isHook = (hook: string | undefined): hook is Hook => hook !== undefined && HOOKS.includes(hook);

type Expression = Readonly<Record<string, unknown>>;

/** Statements after which the evaluation goes on with the next rule. */
const PASSING = new Set([
  'counter',
  'log',
  'comment',
  'mangle',
  'notrack',
  'set',
  'quota',
  'flow',
  'ct helper',
]);

function toRule(expressions: readonly Expression[]): Rule {
  const tests: Test[] = [];
  let verdict: Verdict = { do: 'go-on' };
  for (const expression of expressions) {
    const [[word, body] = ['', null]] = Object.entries(expression);
    if (word === 'match') tests.push(...toTests(body));
    else if (word === 'vmap') verdict = toChoice(body);
    else if (isVerdict(word)) verdict = toVerdict(expression);
    else if (!PASSING.has(word)) tests.push({ on: 'unknown' });
  }
  return { tests, verdict };
}

const isVerdict = (word: string) => ['accept', 'drop', 'reject', 'return', 'jump', 'goto'].includes(word);

function toVerdict(expression: unknown): Verdict {
  if (!isObject(expression)) return { do: 'go-on' };
  const [[word, body] = ['', null]] = Object.entries(expression);
  if (word === 'reject' || word === 'drop') return { do: 'drop' };
  if (word === 'accept' || word === 'return') return { do: word };
  if ((word === 'jump' || word === 'goto') && isObject(body))
    return { do: word, chain: String(body.target ?? '') };
  return { do: 'go-on' };
}

/** `ct state vmap { established : accept, new : jump … }` */
function toChoice(body: unknown): Verdict {
  if (!isObject(body) || !isObject(body.data) || !Array.isArray(body.data.set)) return { do: 'go-on' };
  const choices = body.data.set.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return [];
    const tests = toTests({ op: '==', left: body.key, right: pair[0] });
    return [{ tests, verdict: toVerdict(pair[1]) }];
  });
  return { do: 'choose', choices };
}

function toTests(body: unknown): Test[] {
  const unknown: Test[] = [{ on: 'unknown' }];
  if (!isObject(body)) return unknown;
  const not = body.op === '!=';
  const key = keyOf(body.left);
  const values = valuesOf(body.right);
  if (key === null) return unknown;
  // A condition on a header that the packet does not have is always false.
  const header: Test[] = key.header === null ? [] : [{ on: 'protocol', protocols: [key.header], not: false }];
  if (values === null) return [...header, ...unknown];
  return [...header, toTest(key.on, values, not)];
}

function toTest(on: Key['on'], values: readonly unknown[], not: boolean): Test {
  switch (on) {
    case 'in':
    case 'out':
      return { on, interfaces: values.map(String), not };
    case 'protocol':
      return { on, protocols: values.map(String), not };
    case 'state':
      return { on, states: values.map(String), not };
    case 'translated':
      return values.includes('dnat') ? { on, not } : { on: 'unknown' };
    case 'port': {
      const ranges = values.map(rangeOf).filter((range) => range !== null);
      return ranges.length === values.length ? { on, ranges, not } : { on: 'unknown' };
    }
    case 'unknown':
      return { on };
  }
}

interface Key {
  on: Test['on'];
  /** The protocol whose header is compared; null if every packet has that header. */
  header: string | null;
}

function keyOf(left: unknown): Key | null {
  if (!isObject(left)) return null;
  const any = (on: Test['on']): Key => ({ on, header: null });
  if (isObject(left.meta)) {
    const { key } = left.meta;
    if (key === 'iifname' || key === 'iif') return any('in');
    if (key === 'oifname' || key === 'oif') return any('out');
    return key === 'l4proto' ? any('protocol') : null;
  }
  if (isObject(left.ct)) {
    if (left.ct.key === 'status') return any('translated');
    return left.ct.key === 'state' ? any('state') : null;
  }
  if (!isObject(left.payload)) return null;
  const { protocol, field } = left.payload;
  if ((protocol === 'ip' && field === 'protocol') || (protocol === 'ip6' && field === 'nexthdr'))
    return any('protocol');
  if (typeof protocol !== 'string' || protocol === 'ip' || protocol === 'ip6' || protocol === 'ether')
    return null;
  return { on: field === 'dport' ? 'port' : 'unknown', header: protocol === 'th' ? null : protocol };
}

/** The values of a right-hand side: a single one, a list, or an anonymous set; null for a named set. */
function valuesOf(right: unknown): unknown[] | null {
  if (typeof right === 'string') return right.startsWith('@') ? null : [right];
  if (typeof right === 'number') return [right];
  if (Array.isArray(right)) return right;
  if (isObject(right)) {
    if (Array.isArray(right.set)) return right.set;
    if ('range' in right) return [right];
  }
  return null;
}

function rangeOf(value: unknown): readonly [number, number] | null {
  if (typeof value === 'number') return [value, value];
  if (isObject(value) && Array.isArray(value.range)) {
    const [from, to] = value.range;
    if (typeof from === 'number' && typeof to === 'number') return [from, to];
  }
  return null;
}

function elementText(element: unknown): string {
  if (isObject(element) && isObject(element.prefix)) return `${element.prefix.addr}/${element.prefix.len}`;
  if (isObject(element) && Array.isArray(element.range)) return element.range.join('-');
  return String(element);
}

const isObject = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
