import type { NspawnError } from '../errors.js';

/** What an operation tells while it runs; the terminal's display and the library's callers both listen. */
export type PipelineEvent = { container: string } & (
  | { type: 'plan'; operation: string; steps: readonly string[] }
  | { type: 'recovered'; operation: string; outcome: 'undone' | 'finished' }
  | { type: 'step-started'; step: number; title: string }
  | { type: 'step-progress'; step: number; text: string }
  | { type: 'step-skipped'; step: number; title: string; reason: string }
  | { type: 'step-done'; step: number; title: string; milliseconds: number }
  | { type: 'step-failed'; step: number; title: string; error: NspawnError }
  | { type: 'undoing'; reason: NspawnError }
  | { type: 'undone' }
  | { type: 'log'; text: string }
  | { type: 'warning'; code: string; message: string }
);

export type Listener = (event: PipelineEvent) => void;
