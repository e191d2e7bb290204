/**
 * nixos-nspawn as a library: the operations of the command line, typed, and without any output.
 *
 * Each operation takes a request and options, returns what the command prints with `--json`, and throws a
 * `NspawnError`.
 */

export { observeProcesses } from './base/process.js';
export type { Source } from './container/source.js';
export { ERROR_CODES, type ErrorCode, type ErrorKind } from './errors/codes.js';
export { ExitCode, worstExitCode } from './errors/exit-codes.js';
export { type ErrorDocument, errorDocument, NspawnError } from './errors/nspawn-error.js';
export {
  type Addresses,
  type AddressesRequest,
  addressesSchema,
  containerAddresses,
} from './operations/addresses.js';
export {
  type SharedPlan,
  type SharedResult,
  sharedPlanSchema,
  sharedResultSchema,
} from './operations/adopt.js';
export {
  type AutostartEntry,
  type AutostartPreview,
  type AutostartRequest,
  autostartContainers,
  autostartEntrySchema,
  autostartExitCode,
  autostartPreviewSchema,
  previewAutostart,
} from './operations/autostart.js';
export {
  type AutostartUnit,
  autostartUnitSchema,
  type InstallRequest,
  installAutostart,
  uninstallAutostart,
} from './operations/autostart-unit.js';
export { type UnitFileView, unitFilesOf, unitFileViewSchema } from './operations/cat.js';
export { type ContainerView, containerViewSchema } from './operations/container-view.js';
export type { OperationOptions } from './operations/context.js';
export { type CopyRequest, type CopyResult, copyFiles, copyResultSchema } from './operations/copy.js';
export {
  type ChangeResult,
  type CreatePlan,
  type CreateRequest,
  changeResultSchema,
  createContainer,
  createPlanSchema,
  planCreate,
} from './operations/create.js';
export { type DiffRequest, type DiffResult, diffGenerations, diffResultSchema } from './operations/diff.js';
export {
  type DoctorRequest,
  type DoctorResult,
  doctorExitCode,
  doctorResultSchema,
  examine,
} from './operations/doctor.js';
export { documents, errorDocumentSchema, jsonSchemas } from './operations/documents.js';
export { type Edited, type EditRequest, editSource } from './operations/edit.js';
export { attachLogin, attachShell } from './operations/enter.js';
export {
  type GenerationsRequest,
  type GenerationView,
  generationViewSchema,
  listGenerations,
} from './operations/generations.js';
export { type ListRequest, listContainers } from './operations/list.js';
export {
  type AttachLogsRequest,
  attachLogs,
  followLogs,
  type LogsRequest,
  readLogs,
} from './operations/logs.js';
export {
  type MigratePlan,
  type MigrateRequest,
  type MigrateResult,
  migrateContainer,
  migratePlanSchema,
  migrateResultSchema,
  planMigration,
} from './operations/migrate.js';
export {
  type FinishMigrationPlan,
  type FinishMigrationRequest,
  type FinishMigrationResult,
  finishMigration,
  finishMigrationPlanSchema,
  finishMigrationResultSchema,
  planFinishMigration,
} from './operations/migrate-finish.js';
export {
  planUndoMigration,
  type UndoMigrationPlan,
  type UndoMigrationRequest,
  type UndoMigrationResult,
  undoMigration,
  undoMigrationPlanSchema,
  undoMigrationResultSchema,
} from './operations/migrate-undo.js';
export {
  type TranslateRequest,
  type Translation,
  translateContainers,
  translationSchema,
} from './operations/migration.js';
export { type InstallPluginRequest, installPlugin } from './operations/plugins/install.js';
export { type LinkPluginRequest, linkPlugin } from './operations/plugins/link.js';
export { inspectPlugin, listPlugins } from './operations/plugins/list.js';
export { uninstallPlugin } from './operations/plugins/uninstall.js';
export {
  type UpdatedPlugin,
  type UpdatePluginsRequest,
  updatedPluginSchema,
  updatePlugins,
} from './operations/plugins/update.js';
export { type PluginView, pluginViewSchema } from './operations/plugins/view.js';
export {
  type PowerOutcome,
  type PowerPreview,
  type PowerRequest,
  type PowerVerb,
  powerContainers,
  powerExitCode,
  powerOutcomeSchema,
  powerPreviewSchema,
  previewPower,
} from './operations/power.js';
export {
  listPresets,
  type PresetList,
  type PresetOptions,
  type PresetView,
  presetListSchema,
  presetViewSchema,
  showPreset,
} from './operations/presets.js';
export {
  type PrunePreview,
  type PruneRequest,
  type PruneResult,
  previewPrune,
  pruneGenerations,
  prunePreviewSchema,
  pruneResultSchema,
} from './operations/prune.js';
export {
  planRemove,
  type RemovePlan,
  type RemoveRequest,
  type RemoveResult,
  removeContainer,
  removePlanSchema,
  removeResultSchema,
} from './operations/remove.js';
export {
  planRename,
  type RenamePlan,
  type RenameRequest,
  type RenameResult,
  renameContainer,
  renamePlanSchema,
  renameResultSchema,
} from './operations/rename.js';
export {
  planReset,
  type ResetPlan,
  type ResetRequest,
  type ResetResult,
  resetContainer,
  resetPlanSchema,
  resetResultSchema,
} from './operations/reset.js';
export {
  planRollback,
  type RollbackPlan,
  type RollbackRequest,
  type RollbackResult,
  rollbackContainer,
  rollbackPlanSchema,
  rollbackResultSchema,
} from './operations/rollback.js';
export {
  type AttachCommandRequest,
  attachCommand,
  type RunRequest,
  type RunResult,
  runInContainer,
} from './operations/run.js';
export { type StatusView, statusOfAll, statusOfOne, statusViewSchema } from './operations/status.js';
export {
  planUpdate,
  type UpdatePlan,
  type UpdateRequest,
  type UpdateResult,
  updateContainer,
  updatePlanSchema,
  updateResultSchema,
} from './operations/update.js';
export {
  type UpdateAllRequest,
  type UpdateOutcome,
  updateAll,
  updateOutcomeSchema,
} from './operations/update-all.js';
export type { PipelineEvent } from './pipeline/events.js';
export { type Discovery, type DiscoveryOptions, discoverPlugins } from './plugins/discovery.js';
export { type DispatchOptions, pluginLifecycle } from './plugins/dispatcher.js';
export type { Lifecycle } from './plugins/lifecycle.js';
