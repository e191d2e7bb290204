/**
 * nixos-nspawn as a library: the operations of the command line, typed and silent.
 *
 * Each takes a request and options, gives what the command prints under `--json`, and throws a `NspawnError`.
 */
export { type ErrorDocument, ExitCode, errorDocument, NspawnError } from './errors.js';
export type { Source } from './nix/source.js';
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
  type InstallRequest,
  installAutostart,
  uninstallAutostart,
} from './operations/autostart-unit.js';
export { type ContainerView, containerViewSchema } from './operations/container-view.js';
export type { OperationOptions } from './operations/context.js';
export {
  type ChangeResult,
  type CreatePlan,
  type CreateRequest,
  createContainer,
  planCreate,
} from './operations/create.js';
export { type DiffRequest, type DiffResult, diffGenerations, diffResultSchema } from './operations/diff.js';
export {
  type GenerationsRequest,
  type GenerationView,
  generationViewSchema,
  listGenerations,
} from './operations/generations.js';
export { type ListRequest, listContainers } from './operations/list.js';
export {
  type PrunePreview,
  type PruneRequest,
  type PruneResult,
  previewPrune,
  pruneGenerations,
  pruneResultSchema,
} from './operations/prune.js';
export {
  planRemove,
  type RemovePlan,
  type RemoveRequest,
  type RemoveResult,
  removeContainer,
} from './operations/remove.js';
export type { PipelineEvent } from './pipeline/events.js';
