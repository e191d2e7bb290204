import type { SharedPlan, SharedResult } from '../../src/operations/adopt.js';
import type { MigratePlan, MigrateResult } from '../../src/operations/migrate.js';
import type { FinishMigrationPlan } from '../../src/operations/migrate-finish.js';
import type { UndoMigrationPlan } from '../../src/operations/migrate-undo.js';
import { containerText } from './container-text.js';

type Plan = MigratePlan | SharedPlan;

/** What `migrate --dry-run` prints. */
export function migrationPlanText(plan: Plan): string {
  if ('would_move_drop_in' in plan) {
    const { name, would_move_drop_in: move } = plan;
    const lines = [`Nothing has to be migrated for ${name}: both tools use the same files.`];
    if (move !== null) lines.push('With --yes, would move its drop-in:', `  ${move.from} -> ${move.to}`);
    return lines.join('\n');
  }
  const { name, would_restart: restarts, would_move: move, would_copy: copies, untranslated } = plan;
  return [
    `Would ${restarts ? 'stop, migrate and start' : 'migrate'} ${name}:`,
    ...(move === null ? [] : [`  ${copies ? 'copy  ' : 'move  '} ${move.from} -> ${move.to}`]),
    ...plan.would_create.map((path) => `  create ${path}`),
    `  block  ${plan.would_block}`,
    ...plan.would_keep.map((path) => `  keep   ${path}`),
    ...untranslated.map((sentence) => `Would lose: ${sentence}`),
  ].join('\n');
}

/** What `migrate --undo --dry-run` prints. */
export function undoPlanText(plan: UndoMigrationPlan): string {
  const { name, would_restart: restarts, would_move: move, would_copy: copies } = plan;
  return [
    `Would go back to the old container ${name}${restarts ? ', and start it' : ''}:`,
    ...(move === null ? [] : [`  ${copies ? 'copy   ' : 'move   '} ${move.from} -> ${move.to}`]),
    ...plan.would_delete.map((path) => `  delete  ${path}`),
    `  unblock ${plan.would_unblock}`,
  ].join('\n');
}

/** What `migrate --finish --dry-run` prints. */
export const finishPlanText = ({ name, would_delete: paths }: FinishMigrationPlan): string =>
  [`Would finish the migration of ${name}:`, ...paths.map((path) => `  delete ${path}`)].join('\n');

export function migratedText(result: MigrateResult): string {
  const { name, kept } = result;
  return [
    `Container ${name} is now a container of nixos-nspawn. Details:`,
    containerText(result),
    `The old container is kept until 'migrate --finish ${name}':`,
    ...kept.map((path) => `  ${path}`),
    `'migrate --undo ${name}' goes back to it.`,
  ].join('\n');
}

/** @param asked whether the drop-in was to be moved */
export function sharedText({ name, temporary_drop_in: path }: SharedResult, asked: boolean): string {
  const same = `Nothing has to be migrated for ${name}: both tools use the same files.`;
  if (path !== null)
    return `${same}\nThe next reboot removes ${path}. The next update, or --yes here, moves it to /etc.`;
  return asked ? `${same} Its drop-in survives a reboot.` : same;
}
