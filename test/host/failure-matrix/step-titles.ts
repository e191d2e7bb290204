/** The steps at which faults happen: their IDs, and their names in the tables of the manual. */
export const STEP_TITLES = {
  build: 'Evaluate and build',
  'plan-activation': 'Plan the activation',
  'set-profile': 'Set the profile',
  'switch-generation': 'Switch to generation 1',
  'write-units': 'Write unit files',
  'prepare-state': 'Prepare state directories',
  'remember-source': 'Remember the source',
  start: 'Start',
  activate: 'Activate',
  stop: 'Stop',
  'remove-units': 'Take away unit files',
  'remove-profile': 'Forget the profile',
  'delete-state': 'Delete the state directory',
  'count-free': 'Count what becomes free',
  'forget-generations': 'Forget 3 generations',
} as const;

export type StepId = keyof typeof STEP_TITLES;
