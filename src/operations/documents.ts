import * as z from 'zod';
import { addressesSchema } from './addresses.js';
import { sharedPlanSchema, sharedResultSchema } from './adopt.js';
import { autostartEntrySchema, autostartPreviewSchema } from './autostart.js';
import { autostartUnitSchema } from './autostart-unit.js';
import { unitFileViewSchema } from './cat.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import { copyResultSchema } from './copy.js';
import { changeResultSchema, createPlanSchema } from './create.js';
import { diffResultSchema } from './diff.js';
import { doctorResultSchema } from './doctor.js';
import { generationViewSchema } from './generations.js';
import { migratePlanSchema, migrateResultSchema } from './migrate.js';
import { finishMigrationPlanSchema, finishMigrationResultSchema } from './migrate-finish.js';
import { undoMigrationPlanSchema, undoMigrationResultSchema } from './migrate-undo.js';
import { translationSchema } from './migration.js';
import { updatedPluginSchema } from './plugins/update.js';
import { pluginViewSchema } from './plugins/view.js';
import { powerOutcomeSchema, powerPreviewSchema } from './power.js';
import { presetListSchema, presetViewSchema } from './presets.js';
import { prunePreviewSchema, pruneResultSchema } from './prune.js';
import { removePlanSchema, removeResultSchema } from './remove.js';
import { renamePlanSchema, renameResultSchema } from './rename.js';
import { resetPlanSchema, resetResultSchema } from './reset.js';
import { rollbackPlanSchema, rollbackResultSchema } from './rollback.js';
import { statusViewSchema } from './status.js';
import { updatePlanSchema, updateResultSchema } from './update.js';
import { updateOutcomeSchema } from './update-all.js';

/**
 * Adds an optional `warnings` field for documents whose operation returns none: the command line adds it if there are
 * any.
 */
const warned = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) =>
  z.object({ ...schema.shape, warnings: warningsSchema.optional() });

const powerSchema = z.union([z.array(powerOutcomeSchema), z.array(powerPreviewSchema)]);

/** What each command prints on standard output with `--json` if it succeeds. */
export const documents = {
  addresses: warned(addressesSchema),
  autostart: z.union([
    z.array(autostartEntrySchema),
    z.array(autostartPreviewSchema),
    warned(autostartUnitSchema),
  ]),
  cat: z.array(unitFileViewSchema),
  completions: z.object({ shell: z.string(), script: z.string() }),
  copy: copyResultSchema,
  create: z.union([changeResultSchema, warned(createPlanSchema)]),
  diff: warned(diffResultSchema),
  doctor: doctorResultSchema,
  kill: powerSchema,
  list: z.array(containerViewSchema),
  'list-generations': z.array(generationViewSchema),
  migrate: z.union([
    migrateResultSchema,
    sharedResultSchema,
    finishMigrationResultSchema,
    undoMigrationResultSchema,
    warned(migratePlanSchema),
    warned(undoMigrationPlanSchema),
    warned(sharedPlanSchema),
    warned(finishMigrationPlanSchema),
    z.array(translationSchema),
  ]),
  plugins: z.array(pluginViewSchema),
  'plugins inspect': pluginViewSchema,
  'plugins install': pluginViewSchema,
  'plugins link': pluginViewSchema,
  'plugins uninstall': pluginViewSchema,
  'plugins update': z.array(updatedPluginSchema),
  presets: presetListSchema,
  'presets show': presetViewSchema,
  prune: z.union([warned(pruneResultSchema), warned(prunePreviewSchema)]),
  remove: z.union([removeResultSchema, warned(removePlanSchema)]),
  rename: z.union([renameResultSchema, warned(renamePlanSchema)]),
  reset: z.union([resetResultSchema, warned(resetPlanSchema)]),
  restart: powerSchema,
  rollback: z.union([rollbackResultSchema, warned(rollbackPlanSchema)]),
  start: powerSchema,
  status: z.union([warned(statusViewSchema), z.array(statusViewSchema)]),
  stop: powerSchema,
  update: z.union([updateResultSchema, warned(updatePlanSchema), z.array(updateOutcomeSchema)]),
} as const satisfies Record<string, z.ZodType>;

/** What any command prints instead if it fails. Additional fields are facts of that error. */
export const errorDocumentSchema = z.object({
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    exit_code: z.int(),
    next_steps: z.array(z.string()).readonly(),
    warnings: warningsSchema.optional(),
  }),
});

/**
 * The same as JSON Schema (draft 2020-12), by command. The schema of the error is `error`. Fields may be added, but are
 * never removed.
 */
export function jsonSchemas(): Record<string, object> {
  const all = Object.entries({ ...documents, error: errorDocumentSchema });
  return Object.fromEntries(
    all.map(([command, schema]) => {
      const title = command === 'error' ? 'any command that fails, with --json' : `${command} --json`;
      const described = z.toJSONSchema(schema, {
        override: ({ jsonSchema }) => {
          if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        },
      });
      return [command, { title: `nixos-nspawn: ${title}`, ...described }];
    }),
  );
}
