import { type Generation, previousGeneration } from './generation.js';

export interface PruneRule {
  /** How many of the newest stay; null for no such rule. */
  keep: number | null;
  /** Generations made at this moment or later stay; null for no such rule. */
  since: Date | null;
}

/** What must outlive any rule, beside the current generation and the one before it. */
export interface InUse {
  current: number;
  /** Closures that the running machine booted or has switched to. */
  closures: ReadonlySet<string>;
}

export const keepReasons = ['current', 'running', 'rollback', 'newest', 'recent'] as const;
export type KeepReason = (typeof keepReasons)[number];

export interface PrunePlan {
  /** Newest first, both. */
  forget: Generation[];
  keep: { generation: Generation; reasons: KeepReason[] }[];
}

/**
 * Which generations go: those that no given rule keeps, but never the current one, one whose closure runs,
 * or the one that a rollback would go to.
 */
export function planPrune(generations: readonly Generation[], rule: PruneRule, inUse: InUse): PrunePlan {
  const newestFirst = [...generations].sort((a, b) => b.number - a.number);
  const rollback = previousGeneration(generations, inUse.current);
  const plan: PrunePlan = { forget: [], keep: [] };
  for (const [rank, generation] of newestFirst.entries()) {
    const reasons: KeepReason[] = [];
    if (generation.number === inUse.current) reasons.push('current');
    if (inUse.closures.has(generation.path)) reasons.push('running');
    if (generation.number === rollback?.number) reasons.push('rollback');
    if (rule.keep !== null && rank < rule.keep) reasons.push('newest');
    if (rule.since !== null && generation.created >= rule.since) reasons.push('recent');
    if (reasons.length > 0) plan.keep.push({ generation, reasons });
    else plan.forget.push(generation);
  }
  return plan;
}
