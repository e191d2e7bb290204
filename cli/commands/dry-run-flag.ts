import * as Flags from '@oclif/core/flags';

/** The flag of commands that can show what they would do. */
export const dryRunFlag = {
  'dry-run': Flags.boolean({ char: 'n', description: 'Show what would be done, and change nothing' }),
};
