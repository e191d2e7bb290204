import type { Chain, Packet, Test, Verdict } from './model.js';

/** How many jumps between chains may be nested. The kernel has the same limit (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/**
 * The chain that drops the packet; null if none does. Some conditions cannot be evaluated without a real packet. A rule
 * that might accept the packet is taken to accept it, and a rule that might drop it is taken not to, so that doctor
 * reports no false problem.
 */
export function droppedBy(packet: Packet, chains: readonly Chain[]): Chain | null {
  const own = chains.filter(({ family }) => family === 'inet' || family === packet.family);
  return (
    own.find(
      (chain) => chain.hook === packet.hook && (verdictOf(packet, chain, own, 0) ?? chain.policy) === 'drop',
    ) ?? null
  );
}

type Outcome = 'accept' | 'drop' | null;

function verdictOf(packet: Packet, chain: Chain, all: readonly Chain[], depth: number): Outcome {
  if (depth > DEEPEST) return null;
  for (const { tests, verdict } of chain.rules) {
    const truths = tests.map((test) => holds(test, packet));
    if (truths.includes(false)) continue;
    const chosen = choose(verdict, packet);
    const isSure = !truths.includes(null);
    if (chosen.do === 'accept') return 'accept';
    if (chosen.do === 'drop' && isSure) return 'drop';
    if (chosen.do === 'return' && isSure) return null;
    if (chosen.do === 'jump' || chosen.do === 'goto') {
      const next = all.find(
        ({ family, table, name }) =>
          family === chain.family && table === chain.table && name === chosen.chain,
      );
      const outcome = next === undefined ? null : verdictOf(packet, next, all, depth + 1);
      if (outcome === 'accept' || (outcome === 'drop' && isSure)) return outcome;
      if (chosen.do === 'goto' && isSure) return null;
    }
  }
  return null;
}

function choose(verdict: Verdict, packet: Packet): Exclude<Verdict, { do: 'choose' }> {
  if (verdict.do !== 'choose') return verdict;
  const chosen = verdict.choices.find(({ tests }) => tests.every((test) => holds(test, packet) === true));
  return chosen === undefined ? { do: 'go-on' } : choose(chosen.verdict, packet);
}

/** Null if that cannot be evaluated. */
function holds(test: Test, packet: Packet): boolean | null {
  switch (test.on) {
    case 'in':
      return matches(test.interfaces, packet.in) !== test.not;
    case 'out':
      return (packet.out !== null && matches(test.interfaces, packet.out)) !== test.not;
    case 'protocol':
      return test.protocols.includes(packet.protocol) !== test.not;
    case 'port':
      return test.ranges.some(([from, to]) => from <= packet.port && packet.port <= to) !== test.not;
    case 'state':
      return test.states.includes(packet.state) !== test.not;
    case 'translated':
      return packet.translated !== test.not;
    case 'unknown':
      return null;
  }
}

/** nftables writes `ve-*`, iptables `ve-+`. */
function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    /[*+]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}
