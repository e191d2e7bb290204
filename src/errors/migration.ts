import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** @param meant the existing name that the caller probably meant */
export function noOldContainer(name: string, meant: string | null): NspawnError {
  return new NspawnError({
    code: 'no-such-container',
    exitCode: ExitCode.noSuchContainer,
    message: `NixOS's own module 'containers' has no container ${quote(name)} on this host.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      "'ls /etc/nixos-containers' lists them. Containers of nixos-nspawn need no migration.",
    ],
    details: { name },
  });
}
