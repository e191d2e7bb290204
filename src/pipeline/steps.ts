import { channel } from 'node:diagnostics_channel';
import { interrupted } from '../errors/commands.js';
import { asNspawnError } from '../errors/nspawn-error.js';
import type { Listener } from './events.js';

/** What a running step reports. */
export interface Task {
  /** Replaces the step's single line of progress. */
  progress(text: string): void;
  /** Adds a line of full output, shown under --verbose. */
  log(text: string): void;
  signal: AbortSignal;
}

/** A step with a result: later steps know `Out`, earlier ones know only `In`. */
export interface Step<In, Out> {
  /** Identifies the step for programs. It stays the same when the title changes. */
  id: string;
  title: string;
  /** Why the step is not needed, and what is known without it; null if it is needed. */
  skip?: (given: In) => Promise<Skipped<Out> | null>;
  /** Whether the display omits the step if it is skipped. */
  isUnobtrusive?: boolean;
  run: (given: In, task: Task) => Promise<Out>;
}

export interface Skipped<Out> {
  reason: string;
  known: Out;
}

/** A step without a result. It can be placed anywhere as long as its input is known. */
export interface Act<In> {
  /** Identifies the step for programs. It stays the same when the title changes. */
  id: string;
  title: string;
  /** Why the step is not needed; null if it is needed. */
  skip?: (given: In) => string | null | Promise<string | null>;
  /** Whether the display omits the step if it is skipped. */
  isUnobtrusive?: boolean;
  run: (given: In, task: Task) => Promise<void>;
}

export interface StepsContext {
  container: string;
  operation: string;
  signal: AbortSignal;
  listener: Listener;
}

/**
 * Steps that run one after the other, and the stages between them. A step can only be added after the steps whose
 * results it needs. The compiler rejects any other order.
 */
export class Steps<In, Out> {
  readonly #titles: readonly string[];
  readonly #run: (given: In, runner: Runner) => Promise<Out>;

  private constructor(titles: readonly string[], run: (given: In, runner: Runner) => Promise<Out>) {
    this.#titles = titles;
    this.#run = run;
  }

  /** Starts without steps, from what is known before the first one. */
  static from<Known>(): Steps<Known, Known> {
    return new Steps([], async (given: Known) => given);
  }

  /** Adds a step with a result. */
  learn<Next>(step: Step<Out, Next>): Steps<In, Next> {
    return new Steps([...this.#titles, step.title], async (given, runner) =>
      runner.run(step, await this.#run(given, runner)),
    );
  }

  /** Adds steps without a result. */
  act(...acts: readonly Act<Out>[]): Steps<In, Out> {
    return acts.reduce<Steps<In, Out>>((steps, act) => steps.learn(learningNothing(act)), this);
  }

  /** Appends other steps. */
  and<Next>(next: Steps<Out, Next>): Steps<In, Next> {
    return new Steps([...this.#titles, ...next.#titles], async (given, runner) =>
      next.#run(await this.#run(given, runner), runner),
    );
  }

  /** Runs the steps and reports each to the listener. Stops at the first one that fails. */
  async run(given: In, context: StepsContext): Promise<Out> {
    const { container, operation, listener } = context;
    listener({ container, type: 'plan', operation, steps: this.#titles });
    return this.#run(given, new Runner(context));
  }
}

/** Runs steps that take no input. */
export const runSteps = (acts: readonly Act<void>[], context: StepsContext): Promise<void> =>
  Steps.from<void>()
    .act(...acts)
    .run(undefined, context);

/** Adds a reason to skip a step. `known` is what is known without the step. */
export function unless<Reason, In extends Reason, Out>(
  reason: (given: Reason) => string | null,
  step: Step<In, Out>,
  known: (given: In) => Out,
): Step<In, Out> {
  return {
    ...step,
    skip: async (given) => {
      const why = reason(given);
      return why === null ? ((await step.skip?.(given)) ?? null) : { reason: why, known: known(given) };
    },
  };
}

/** The same for a step without a result. */
export function actUnless<Reason, In>(
  reason: (given: Reason) => string | null,
  act: Act<In>,
): Act<Reason & In> {
  return { ...act, skip: async (given) => reason(given) ?? (await act.skip?.(given)) ?? null };
}

/** Ctrl-C during the last step still undoes everything, unless the change is committed. @throws `interrupted` */
export function requireUninterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted(signal.reason);
}

function learningNothing<In>({ skip, run, ...shown }: Act<In>): Step<In, In> {
  return {
    ...shown,
    skip: async (given) => {
      const reason = (await skip?.(given)) ?? null;
      return reason === null ? null : { reason, known: given };
    },
    run: async (given, task) => {
      await run(given, task);
      return given;
    },
  };
}

/**
 * Reports each step to code in the same process that is not the listener of the operation, such as a tracer. The
 * messages are the events of steps.
 */
const watchers = channel('nixos-nspawn:steps');

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** One run of some steps: counts them and reports them to the listener. */
class Runner {
  readonly #context: StepsContext;
  #next = 0;

  constructor(context: StepsContext) {
    this.#context = context;
  }

  async run<In, Out>(step: Step<In, Out>, given: In): Promise<Out> {
    const { signal } = this.#context;
    const { id, title, isUnobtrusive } = step;
    const index = this.#next;
    this.#next += 1;
    requireUninterrupted(signal);
    const skipped = (await step.skip?.(given)) ?? null;
    if (skipped !== null) {
      const { reason, known } = skipped;
      this.#tell({
        type: 'step-skipped',
        step: index,
        id,
        title,
        reason,
        ...(isUnobtrusive ? { silent: true } : {}),
      });
      return known;
    }
    const started = performance.now();
    this.#tell({ type: 'step-started', step: index, id, title });
    try {
      const known = await step.run(given, {
        signal,
        progress: (text) => this.#tell({ type: 'step-progress', step: index, text }),
        log: (text) => this.#tell({ type: 'log', text }),
      });
      this.#tell({ type: 'step-done', step: index, id, title, milliseconds: performance.now() - started });
      return known;
    } catch (error) {
      const failure = asNspawnError(error);
      this.#tell({ type: 'step-failed', step: index, id, title, error: failure });
      throw failure;
    }
  }

  #tell(event: DistributiveOmit<Parameters<Listener>[0], 'container'>): void {
    const { container, listener } = this.#context;
    listener({ container, ...event });
    watchers.publish({ container, ...event });
  }
}
