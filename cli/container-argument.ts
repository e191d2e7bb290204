import { Args } from '@oclif/core';

/** The container's name; its rule is the operation's to check, so that the library has it too. */
export const containerArgument = Args.string({ description: 'Container name', required: true });
