import type { Logger } from '@oclif/core/interfaces';

const quiet = () => undefined;

/**
 * Replaces oclif's logger unless DEBUG is set. oclif's logger loads the package `debug`, which detects the terminal's
 * colours.
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
