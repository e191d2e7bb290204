import type { PowerOutcome, PowerVerb } from '../../src/operations/power.js';

const DONE: Readonly<Record<PowerVerb, string>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  kill: 'killed',
};

/** A line for each container that is as it was wanted; failures are told as errors. */
export function powerText(verb: PowerVerb, outcomes: readonly PowerOutcome[], signal?: string): string {
  if (outcomes.length === 0) return `There is no container to ${verb}.`;
  return outcomes
    .filter(({ error }) => error === null)
    .map(({ name, changed }) =>
      changed
        ? `Container ${name} ${signal === undefined ? DONE[verb] : `was sent ${signal}`}.`
        : `Container ${name} ${verb === 'start' ? 'runs already' : 'does not run'}; nothing was done.`,
    )
    .join('\n');
}
