import { interrupted } from '../error-catalog.js';
import { asNspawnError } from '../errors.js';
import type { Listener } from './events.js';

/** What a running step can say of itself. */
export interface Task {
  /** Replaces the step's one line of progress. */
  progress(text: string): void;
  /** A line of full output, shown under --verbose. */
  log(text: string): void;
  signal: AbortSignal;
}

/** One step of an operation; `run` records how to undo each change in the transaction before making it. */
export interface Step {
  title: string;
  /** A reason why the step is not needed; null where it is. */
  skip?: () => string | null | Promise<string | null>;
  /** Where it is not needed, nobody needs to know of it. */
  isUnobtrusive?: boolean;
  run: (task: Task) => Promise<void>;
}

export interface StepsContext {
  container: string;
  operation: string;
  signal: AbortSignal;
  listener: Listener;
}

/** Ctrl-C during the last step still takes all back, as long as the change is not committed. @throws `interrupted` */
export function requireUninterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted(signal.reason);
}

/** Runs the steps one after the other and tells the listener; stops at the first that fails. */
export async function runSteps(steps: readonly Step[], context: StepsContext): Promise<void> {
  const { container, signal } = context;
  const tell: Tell = (event) => context.listener({ container, ...event });
  tell({ type: 'plan', operation: context.operation, steps: steps.map((step) => step.title) });
  for (const [index, step] of steps.entries()) {
    requireUninterrupted(signal);
    await runStep(step, index, signal, tell);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Tell = (event: DistributiveOmit<Parameters<Listener>[0], 'container'>) => void;

async function runStep(step: Step, index: number, signal: AbortSignal, tell: Tell): Promise<void> {
  const { title } = step;
  const reason = (await step.skip?.()) ?? null;
  if (reason !== null) {
    tell({
      type: 'step-skipped',
      step: index,
      title,
      reason,
      ...(step.isUnobtrusive ? { silent: true } : {}),
    });
    return;
  }
  const started = performance.now();
  tell({ type: 'step-started', step: index, title });
  try {
    await step.run({
      signal,
      progress: (text) => tell({ type: 'step-progress', step: index, text }),
      log: (text) => tell({ type: 'log', text }),
    });
  } catch (error) {
    const known = asNspawnError(error);
    tell({ type: 'step-failed', step: index, title, error: known });
    throw known;
  }
  tell({ type: 'step-done', step: index, title, milliseconds: performance.now() - started });
}
