import type { NspawnError } from '../errors/nspawn-error.js';

/**
 * What an operation reports while it runs, both to the terminal's display and to callers of the library. A step is
 * identified by its position in the plan (`step`) and by an `id` that stays the same when its title changes.
 */
export type PipelineEvent = { container: string } & (
  | { type: 'plan'; operation: string; steps: readonly string[] }
  | { type: 'recovered'; operation: string; outcome: 'undone' | 'finished' }
  | { type: 'step-started'; step: number; id: string; title: string }
  | { type: 'step-progress'; step: number; text: string }
  /** `silent`: the display may omit the step, because it was not needed. */
  | { type: 'step-skipped'; step: number; id: string; title: string; reason: string; silent?: true }
  | { type: 'step-done'; step: number; id: string; title: string; milliseconds: number }
  | { type: 'step-failed'; step: number; id: string; title: string; error: NspawnError }
  | { type: 'undoing'; reason: NspawnError }
  | { type: 'undone' }
  | { type: 'log'; text: string }
  | { type: 'warning'; code: string; message: string }
);

export type Listener = (event: PipelineEvent) => void;

/** Says in a sentence what happened to an operation that an earlier run left half-done. */
export const recoveryText = ({
  container,
  operation,
  outcome,
}: Pick<Extract<PipelineEvent, { type: 'recovered' }>, 'container' | 'operation' | 'outcome'>) =>
  `An earlier '${operation}' of '${container}' was interrupted. It is now ${outcome}.`;

/** The entry that an event adds to a result's `warnings`; null if it only reports progress. */
export function warningOf(event: PipelineEvent): { code: string; message: string } | null {
  if (event.type === 'warning') return { code: event.code, message: event.message };
  return event.type === 'recovered' ? { code: 'recovered', message: recoveryText(event) } : null;
}
