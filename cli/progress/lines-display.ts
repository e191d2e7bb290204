import { type PipelineEvent, recoveryText } from '../../src/pipeline/events.js';
import { marked } from '../views/colour.js';
import type { Display } from './listr-display.js';

interface Manner {
  verbose: boolean;
  /** Whether several containers' pipelines run at once: each line then names its container. */
  several: boolean;
  /** Print only ASCII characters, for a terminal that cannot show others. */
  ascii?: boolean;
}

/** Shows pipelines as lines on stderr, for logs and for several containers at once. Skipped steps are not shown. */
export function linesDisplay(
  manner: Manner,
  write = (text: string): unknown => process.stderr.write(text),
): Display {
  const onEvent = (event: PipelineEvent) => {
    const glyphs = manner.ascii ? ASCII : UNICODE;
    const text = manner.several ? lineOfOne(event, manner.verbose) : lineOf(event, manner.verbose, glyphs);
    if (text !== null) write(`${text}\n`);
  };
  return { onEvent, close: async () => undefined };
}

const UNICODE = { started: '❯', done: '✔', failed: '✖' };
const ASCII: typeof UNICODE = { started: '>', done: 'ok', failed: 'failed:' };

function lineOf(event: PipelineEvent, verbose: boolean, glyphs: typeof UNICODE): string | null {
  switch (event.type) {
    case 'step-started':
      return `${glyphs.started} ${event.title}`;
    case 'step-done':
      return `${glyphs.done} ${event.title} (${duration(event)})`;
    case 'step-failed':
      return `${glyphs.failed} ${event.title}`;
    case 'recovered':
    case 'undoing':
    case 'undone':
      return `${event.container}: ${told(event)}`;
    default:
      return saidBetween(event, verbose);
  }
}

/** Lines of different containers are interleaved, so each step is shown only once, when it ends. */
function lineOfOne(event: PipelineEvent, verbose: boolean): string | null {
  const text = textOfOne(event, verbose);
  return text === null || event.container === '' ? text : `${event.container}: ${text}`;
}

function textOfOne(event: PipelineEvent, verbose: boolean): string | null {
  switch (event.type) {
    case 'step-done':
      return `${event.title} (${duration(event)})`;
    case 'step-failed':
      return `${event.title} failed`;
    case 'step-progress':
      return verbose ? event.text : null;
    case 'recovered':
    case 'undoing':
    case 'undone':
      return told(event);
    default:
      return saidBetween(event, verbose);
  }
}

function told(event: Extract<PipelineEvent, { type: 'recovered' | 'undoing' | 'undone' }>): string {
  switch (event.type) {
    case 'recovered':
      return recoveryText(event);
    case 'undoing':
      return 'failed; undoing the change';
    case 'undone':
      return 'the change was undone';
  }
}

function saidBetween(event: PipelineEvent, verbose: boolean): string | null {
  switch (event.type) {
    case 'warning':
      return `${marked('Warning')} ${event.message}`;
    case 'log':
      return verbose ? event.text : null;
    default:
      return null;
  }
}

const duration = ({ milliseconds }: { milliseconds: number }) => `${(milliseconds / 1000).toFixed(1)} s`;
