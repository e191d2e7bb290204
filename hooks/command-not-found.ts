import type { Command, Hook } from '@oclif/core';
import { isGlobalFlag } from '../cli/boot/global-flags.js';
import { wantsJson } from '../cli/boot/wanted-output.js';
import { reportError } from '../cli/outputs/report.js';
import type { NspawnError } from '../src/errors/nspawn-error.js';
import {
  noCommandAfter,
  optionBeforeCommand,
  surplusArgument,
  unknownCommand,
  unknownOption,
} from '../src/errors/usage.js';
import { nearest } from '../src/text/nearest.js';

/** Reports an unknown command. No command runs in this case, so the hook prints the error, in JSON or as text. */
const hook: Hook<'command_not_found'> = async ({ config, id, argv = [] }) => {
  const words = id.split(':');
  const verb = words.slice(0, -1).join(':');
  const json = wantsJson(argv);
  if (verb !== '' && config.findCommand(verb)) {
    reportError(surplusArgument(verb.replaceAll(':', ' '), words.at(-1) ?? '', config.bin), {
      json,
      verbose: false,
    });
    return;
  }
  if (id.startsWith('-')) {
    reportError(strayOption(id.split(/[=:]/)[0] ?? id, config), { json, verbose: false });
    return;
  }
  // oclif joins an unknown command and its arguments into one id: 'craete web' becomes 'craete:web'.
  const ids = config.commandIDs.map((known) => known.replaceAll(':', ' '));
  const spoken = config.findTopic(words[0] ?? '') ? words.join(' ') : (words[0] ?? '');
  reportError(unknownCommand(spoken, nearest(spoken, ids), config.bin), { json, verbose: false });
};

/** The error for an option where the command should be. */
function strayOption(
  option: string,
  { bin, commands }: { bin: string; commands: readonly Command.Loadable[] },
): NspawnError {
  const flagsOf = (command: Command.Loadable) => Object.keys(command.flags).map((name) => `--${name}`);
  const takers = commands.filter((command) => flagsOf(command).includes(option)).map(({ id }) => id);
  if (isGlobalFlag(option)) return noCommandAfter(option, bin);
  const [taker] = takers;
  if (taker !== undefined) return optionBeforeCommand(option, taker.replaceAll(':', ' '), bin);
  return unknownOption(option, nearest(option, [...new Set(commands.flatMap(flagsOf))]), bin);
}

export default hook;
