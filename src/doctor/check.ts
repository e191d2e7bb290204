import type { Finding, Problem, Severity } from './finding.js';
import type { Fact, Look } from './look.js';

/** How serious a finding is, and a sentence that says why it matters. */
export interface Meaning {
  severity: Severity;
  why: string;
}

export const error = (why: string): Meaning => ({ severity: 'error', why });
export const warning = (why: string): Meaning => ({ severity: 'warning', why });
export const note = (why: string): Meaning => ({ severity: 'note', why });

/** One question about the host or its containers, with every finding that can be the answer. */
export interface Check {
  /** By the id of the finding; `docs/doctor.md` has a section for each id. */
  findings: Readonly<Record<string, Meaning>>;
  examine: (look: Look) => Promise<Finding[]>;
}

/** A check whose judgement can be called on its own, with facts that a test made up. */
export interface JudgingCheck<V> extends Check {
  judge: (facts: V) => Finding[];
}

interface Definition<V extends object, Id extends string> {
  findings: Readonly<Record<Id, Meaning>>;
  /** The facts that `judge` needs, by the name that it uses. */
  look: { [K in keyof V]: Fact<V[K]> };
  /** Pure: it reads nothing but these facts. */
  judge: (facts: V) => Problem<NoInfer<Id>>[];
}

export function check<V extends object, Id extends string>({
  findings,
  look: wanted,
  judge,
}: Definition<V, Id>): JudgingCheck<V> {
  const judged = (facts: V) => judge(facts).map((problem) => ({ ...problem, ...findings[problem.id] }));
  return { findings, judge: judged, examine: async (look) => judged(await look.all(wanted)) };
}
