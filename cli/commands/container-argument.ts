import * as Args from '@oclif/core/args';

/** The container's name. The operation validates it, so that the library does too. */
export const containerArgument = Args.string({ description: 'Container name', required: true });
