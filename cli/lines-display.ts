import type { PipelineEvent } from '../src/pipeline/events.js';
import type { Display } from './listr-display.js';

/** Shows pipelines of several containers at once: a line on stderr for each step that is done, with the container's name. */
export function linesDisplay(manner: { verbose: boolean }): Display {
  const onEvent = (event: PipelineEvent) => {
    const text = lineOf(event, manner.verbose);
    if (text !== null)
      process.stderr.write(`${event.container === '' ? '' : `${event.container}: `}${text}\n`);
  };
  return { onEvent, close: async () => undefined };
}

function lineOf(event: PipelineEvent, verbose: boolean): string | null {
  switch (event.type) {
    case 'step-done':
      return `${event.title} (${(event.milliseconds / 1000).toFixed(1)} s)`;
    case 'step-failed':
      return `${event.title} failed`;
    case 'step-progress':
      return verbose ? event.text : null;
    case 'recovered':
      return `an earlier '${event.operation}' was cut short; it is now ${event.outcome}`;
    case 'undoing':
      return 'failed; putting everything back';
    case 'undone':
      return 'everything is as it was before';
    case 'warning':
      return `Warning: ${event.message}`;
    case 'log':
      return verbose ? event.text : null;
    case 'plan':
    case 'step-started':
    case 'step-skipped':
      return null;
  }
}
