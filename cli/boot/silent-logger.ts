import type { Logger } from '@oclif/core/interfaces';

const quiet = () => undefined;

/**
 * Takes the place of oclif's own log where DEBUG asks for none: that one loads the package `debug`, which looks at the
 * terminal's colours.
 */
export const silentLogger: Logger = {
  namespace: 'oclif',
  child: () => silentLogger,
  debug: quiet,
  error: quiet,
  info: quiet,
  trace: quiet,
  warn: quiet,
};
