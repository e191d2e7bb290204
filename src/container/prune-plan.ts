import type { Generation } from './generation.js';
import type { Profile } from './profile.js';

export interface PruneRule {
  /** How many of the newest generations to keep; null for no such rule. */
  keep: number | null;
  /** Keep generations made at this time or later; null for no such rule. */
  since: Date | null;
}

export const keepReasons = ['current', 'running', 'rollback', 'newest', 'recent'] as const;
export type KeepReason = (typeof keepReasons)[number];

export interface PrunePlan {
  /** Both lists are sorted newest first. */
  forget: Generation[];
  keep: { generation: Generation; reasons: KeepReason[] }[];
}

/**
 * Decides which generations to delete: those that no given rule keeps. The current generation, the previous one, and
 * those whose closure is in `running` are always kept.
 *
 * @param running closures that the running container booted or has switched to
 */
export function planPrune(profile: Profile, rule: PruneRule, running: ReadonlySet<string>): PrunePlan {
  const plan: PrunePlan = { forget: [], keep: [] };
  for (const [rank, generation] of profile.newestFirst.entries()) {
    const reasons: KeepReason[] = [];
    if (generation.number === profile.currentNumber) reasons.push('current');
    if (running.has(generation.path)) reasons.push('running');
    if (generation.number === profile.previous?.number) reasons.push('rollback');
    if (rule.keep !== null && rank < rule.keep) reasons.push('newest');
    if (rule.since !== null && generation.created >= rule.since) reasons.push('recent');
    if (reasons.length > 0) plan.keep.push({ generation, reasons });
    else plan.forget.push(generation);
  }
  return plan;
}
