import type { Command, Hook } from '@oclif/core';
import { isGlobalFlag } from '../cli/boot/global-flags.js';
import { wantsJson } from '../cli/boot/wanted-output.js';
import { reportError } from '../cli/outputs/report.js';
import { usage } from '../src/error-catalog.js';
import type { NspawnError } from '../src/errors.js';
import { nearest } from '../src/nearest.js';

/** Answers for a verb that does not exist: no command runs then, so nobody else would, in JSON or in text. */
const hook: Hook<'command_not_found'> = async ({ config, id, argv = [] }) => {
  const words = id.split(':');
  const verb = words.slice(0, -1).join(':');
  const json = wantsJson(argv);
  if (verb !== '' && config.findCommand(verb)) {
    reportError(
      usage(`'${verb.replaceAll(':', ' ')}' takes no argument '${words.at(-1)}'.`, [
        `See '${config.bin} ${verb} --help'.`,
      ]),
      {
        json,
        verbose: false,
      },
    );
    return;
  }
  if (id.startsWith('-')) {
    reportError(strayOption(id.split(/[=:]/)[0] ?? id, config), { json, verbose: false });
    return;
  }
  // oclif joins a wrong verb and the arguments after it into one id: 'craete web' comes as 'craete:web'.
  const ids = config.commandIDs.map((known) => known.replaceAll(':', ' '));
  const spoken = config.findTopic(words[0] ?? '') ? words.join(' ') : (words[0] ?? '');
  const meant = nearest(spoken, ids);
  const next =
    meant === null ? `'${config.bin} --help' lists the commands.` : `Did you mean '${config.bin} ${meant}'?`;
  reportError(usage(`'${spoken}' is no command of ${config.bin}.`, [next]), { json, verbose: false });
};

/** An option in the place of the verb. */
function strayOption(
  option: string,
  { bin, commands }: { bin: string; commands: readonly Command.Loadable[] },
): NspawnError {
  const flagsOf = (command: Command.Loadable) => Object.keys(command.flags).map((name) => `--${name}`);
  const takers = commands.filter((command) => flagsOf(command).includes(option)).map(({ id }) => id);
  if (isGlobalFlag(option))
    return usage(`There is no command after '${option}'.`, [`'${bin} --help' lists the commands.`]);
  const [taker] = takers;
  if (taker !== undefined)
    return usage(`'${option}' stands before the command.`, [
      `The options of a command stand behind it: '${bin} ${taker.replaceAll(':', ' ')} ${option}'.`,
    ]);
  const meant = nearest(option, [...new Set(commands.flatMap(flagsOf))]);
  return usage(`There is no option '${option}'.`, [
    meant === null
      ? `'${bin} --help' lists the commands, and '${bin} COMMAND --help' the options of one.`
      : `Did you mean '${meant}'?`,
  ]);
}

export default hook;
