import type { PowerOutcome, PowerPreview, PowerVerb } from '../../src/operations/power.js';

const DONE: Readonly<Record<PowerVerb, string>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  kill: 'killed',
};

/** One line for each container that is in the wanted state. Failures are reported separately, as errors. */
export function powerText(verb: PowerVerb, outcomes: readonly PowerOutcome[], signal?: string): string {
  if (outcomes.length === 0) return `No containers to ${verb}.`;
  return outcomes
    .filter(({ error }) => error === null)
    .map(({ name, changed }) =>
      changed
        ? `Container ${name} ${signal === undefined ? DONE[verb] : `was sent ${signal}`}.`
        : `${asWanted(verb, name)}; nothing was done.`,
    )
    .join('\n');
}

/** One line for each container for which the command would not be refused. */
export function powerPreviewText(
  verb: PowerVerb,
  previews: readonly PowerPreview[],
  signal?: string,
): string {
  if (previews.length === 0) return `No containers to ${verb}.`;
  return previews
    .filter(({ error }) => error === null)
    .map(({ name, would_change: wouldChange }) =>
      wouldChange
        ? `Would ${signal === undefined ? `${verb} ${name}` : `send ${signal} to ${name}`}.`
        : `${asWanted(verb, name)}; nothing would be done.`,
    )
    .join('\n');
}

/** A restart is not needed only if it was requested for changed credentials. */
const AS_WANTED: Readonly<Record<PowerVerb, string>> = {
  start: 'is already running',
  stop: 'is not running',
  restart: 'has no changed credentials',
  kill: 'is not running',
};

const asWanted = (verb: PowerVerb, name: string) => `Container ${name} ${AS_WANTED[verb]}`;
