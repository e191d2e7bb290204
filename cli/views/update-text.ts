import type { RollbackPlan, RollbackResult } from '../../src/operations/rollback.js';
import type { UpdatePlan, UpdateResult } from '../../src/operations/update.js';
import type { UpdateOutcome } from '../../src/operations/update-all.js';
import { containerText } from './container-text.js';
import { differenceLines } from './diff-text.js';
import { table } from './table.js';

const DONE = { none: 'not activated', reload: 'reloaded', restart: 'restarted', start: 'started' } as const;

export function updateText(result: UpdateResult): string {
  const { name } = result;
  if (!result.changed)
    return [
      `Container ${name} already has this configuration; nothing was done.`,
      ...credentialLines(result),
    ].join('\n');
  return [
    `Container ${name} updated successfully (${how(result)}). Details:`,
    containerText(result),
    ...credentialLines(result),
  ].join('\n');
}

export function rollbackText(result: RollbackResult): string {
  return `Container ${result.name} rolled back from generation ${result.old_generation} to ${result.generation} (${how(result)}). Details:\n${containerText(result)}`;
}

/** The credentials that a running container still has with the content of its start. */
const credentialLines = ({
  name,
  activation,
  changed_credentials: changed,
}: Pick<UpdateResult, 'name' | 'activation' | 'changed_credentials'>) =>
  activation === 'restart' || activation === 'start'
    ? []
    : changed.map(
        (id) => `The content of credential ${id} has changed. Only a restart of ${name} passes it.`,
      );

const how = (result: Pick<UpdateResult, 'activation' | 'reasons' | 'dependents'>) =>
  `${DONE[result.activation]}: ${why(result)}`;

const why = ({ reasons, dependents }: Pick<UpdateResult, 'reasons' | 'dependents'>) =>
  [
    reasons.join(', '),
    ...(dependents.length === 0 ? [] : [`restarts ${dependents.join(', ')} too, because of 'requires'`]),
  ].join('; ');

export function rollbackPlanText(plan: RollbackPlan): string {
  const to = `${plan.name} from generation ${plan.old_generation} to ${plan.generation}`;
  return [
    `Would switch ${to} (${plan.activation === 'none' ? 'not activated' : plan.activation}: ${why(plan)}).`,
    ...(plan.difference ? differenceLines(plan.difference) : []),
  ].join('\n');
}

export function updatePlanText(plan: UpdatePlan): string {
  const head = `Would ${plan.activation === 'none' ? 'not activate' : plan.activation} ${plan.name}: ${why(plan)}.`;
  const built = plan.would_change
    ? [`Built: ${plan.closure}`, ...(plan.difference ? differenceLines(plan.difference) : [])]
    : ['The current generation already has this configuration.'];
  return [head, ...credentialLines(plan), ...built].join('\n');
}

export function outcomeTable(outcomes: readonly UpdateOutcome[]): string {
  if (outcomes.length === 0) return 'No imperative containers.';
  return table(outcomes, [
    { title: 'NAME', value: ({ name }) => name, narrows: 'cut' },
    { title: 'OUTCOME', value: ({ outcome }) => outcome },
    { title: 'GENERATION', value: generationText },
    { title: 'ACTIVATION', value: ({ activation }) => activation },
    { title: 'WHY', value: ({ message }) => message ?? '', narrows: 'wrap' },
  ]);
}

function generationText({ old_generation: before, generation: after }: UpdateOutcome): string {
  if (after === null) return '-';
  return before === null || before === after ? String(after) : `${before} -> ${after}`;
}
