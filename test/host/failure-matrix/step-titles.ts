/** The steps at which faults happen: their IDs, and their names in the tables of the manual. */
export const STEP_TITLES = {
  'write-configuration': 'Write the configuration',
  build: 'Evaluate and build',
  'plan-activation': 'Plan the activation',
  'set-profile': 'Set the profile',
  'switch-generation': 'Switch to generation 1',
  'write-units': 'Write unit files',
  'prepare-state': 'Prepare state directories',
  'remember-source': 'Record the source',
  start: 'Start',
  activate: 'Activate',
  stop: 'Stop',
  'remove-units': 'Remove unit files',
  'remove-profile': 'Remove the profile',
  'delete-state': 'Delete the state directory',
  'rename-generations': 'Prepare the generations',
  'pair-names': 'Record both names',
  'move-state': 'Move the state directory',
  'stop-old': 'Stop and block the old container',
  'remember-migration': 'Record the migration',
  'count-free': 'Compute the space that can be freed',
  'forget-generations': 'Delete 3 generations',
} as const;

export type StepId = keyof typeof STEP_TITLES;
