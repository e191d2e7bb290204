import {
  type DefaultRenderer,
  Listr,
  ListrLogger,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from 'listr2';
import { type PipelineEvent, recoveryText } from '../../src/pipeline/events.js';
import { marked } from '../views/colour.js';

export interface Display {
  onEvent: (event: PipelineEvent) => void;
  /** Restores the terminal to its final state; may be called twice. */
  close: () => Promise<void>;
}

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

interface Shown {
  title: string;
  /** Resolves when the pipeline reaches the step. The value says whether to show it. */
  reached: Promise<boolean>;
  reach: (isShown: boolean) => void;
  /** When it began, as performance.now(); null if it is not running. */
  since: number | null;
  /** Settles when the step ends. */
  ended: Promise<string | null>;
  end: (skipped: string | null) => void;
  fail: (error: Error) => void;
  wrapper: Wrapper | null;
  latest: string;
}

/**
 * Draws a pipeline's events on a terminal with listr2. The pipeline runs independently. Each listr2 task only waits for
 * its step to end, so listr2's own rollback and signal listeners are not used.
 */
export function listrDisplay(): Display {
  let steps: Shown[] = [];
  let drawing: Promise<unknown> = Promise.resolve();
  const note = (text: string) => process.stderr.write(`${text}\n`);

  const clock = setInterval(() => steps.forEach(showElapsed), 1000).unref();

  const finish = async () => {
    for (const step of steps) notReached(step);
    await drawing;
    steps = [];
    clearInterval(clock);
  };

  const onEvent = (event: PipelineEvent) => {
    switch (event.type) {
      case 'plan':
        steps = event.steps.map(shown);
        if (steps.length > 0) drawing = draw(steps);
        return;
      case 'step-started':
        begin(steps[event.step]);
        return;
      case 'step-progress':
        report(steps[event.step], event.text);
        return;
      case 'step-skipped':
        steps[event.step]?.reach(!event.silent);
        steps[event.step]?.end(event.reason);
        return;
      case 'step-done':
        end(steps[event.step]);
        return;
      case 'step-failed':
        steps[event.step]?.fail(new Error(event.title));
        for (const step of steps.slice(event.step + 1)) notReached(step);
        return;
      case 'recovered':
        note(recoveryText(event));
        return;
      case 'undoing':
        void finish().then(() => note(`${event.container}: failed; undoing the change`));
        return;
      case 'undone':
        void finish().then(() => note(`${event.container}: the change was undone`));
        return;
      case 'warning':
        note(`${marked('Warning')} ${event.message}`);
    }
  };
  return { onEvent, close: finish };
}

function shown(title: string): Shown {
  let end: Shown['end'] = () => undefined;
  let fail: Shown['fail'] = () => undefined;
  const ended = new Promise<string | null>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // Avoid an unhandled rejection: a step may fail before listr2 waits for it.
  ended.catch(() => undefined);
  let reach: Shown['reach'] = () => undefined;
  const reached = new Promise<boolean>((resolve) => {
    reach = resolve;
  });
  return { title, reached, reach, since: null, ended, end, fail, wrapper: null, latest: '' };
}

function begin(step: Shown | undefined): void {
  if (step === undefined) return;
  step.since = performance.now();
  step.reach(true);
}

function end(step: Shown | undefined): void {
  if (step === undefined) return;
  showElapsed(step);
  step.since = null;
  step.end(null);
}

function notReached(step: Shown): void {
  // This has no effect on a running step, which is already shown.
  step.reach(false);
  step.end('not reached');
}

/** Seconds after which a step shows its duration. */
const LONG = 2;

function showElapsed(step: Shown): void {
  if (step.since === null || step.wrapper === null) return;
  const seconds = Math.floor((performance.now() - step.since) / 1000);
  if (seconds >= LONG) step.wrapper.title = `${step.title} (${seconds} s)`;
}

function draw(steps: readonly Shown[]): Promise<unknown> {
  const output = new ProcessOutput(process.stderr, process.stderr);
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      enabled: isShown(step),
      task: async (_: unknown, wrapper: Wrapper) => {
        step.wrapper = wrapper;
        if (step.latest !== '') wrapper.output = step.latest;
        const skipped = await step.ended;
        // The renderer shows this text instead of the title.
        if (skipped !== null) wrapper.skip(`${step.title} (${skipped})`);
      },
    })),
    {
      renderer: 'default',
      registerSignalListeners: false,
      rendererOptions: { logger: new ListrLogger({ processOutput: output }), collapseErrors: true },
      fallbackRendererOptions: { logger: new ListrLogger({ processOutput: output }) },
    },
  );
  // Ignore the failure here, because the pipeline reports it.
  return list.run().catch(() => undefined);
}

/** listr2 calls this for all tasks at the start, before any step is reached, and again when each task's turn comes. */
function isShown(step: Shown): () => true | Promise<boolean> {
  let turn = 0;
  return () => {
    turn += 1;
    return turn === 1 || step.reached;
  };
}

function report(step: Shown | undefined, text: string): void {
  if (step === undefined) return;
  step.latest = text;
  if (step.wrapper) step.wrapper.output = text;
}
