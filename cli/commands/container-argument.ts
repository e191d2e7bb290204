import * as Args from '@oclif/core/args';

/** The container's name; its rule is the operation's to check, so that the library has it too. */
export const containerArgument = Args.string({ description: 'Container name', required: true });
