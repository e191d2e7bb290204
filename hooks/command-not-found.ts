import type { Hook } from '@oclif/core';
import { reportError } from '../cli/report.js';
import { usage } from '../src/error-catalog.js';
import { nearest } from '../src/nearest.js';

/** Answers for a verb that does not exist: no command runs then, so nobody else would, in JSON or in text. */
const hook: Hook<'command_not_found'> = async ({ config, id, argv = [] }) => {
  const words = id.split(':');
  const verb = words.slice(0, -1).join(':');
  const json = argv.includes('--json');
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
  // oclif joins a wrong verb and the arguments after it into one id: 'craete web' comes as 'craete:web'.
  const ids = config.commandIDs.map((known) => known.replaceAll(':', ' '));
  const spoken = config.findTopic(words[0] ?? '') ? words.join(' ') : (words[0] ?? '');
  const meant = nearest(spoken, ids);
  const next =
    meant === null ? `'${config.bin} --help' lists the commands.` : `Did you mean '${config.bin} ${meant}'?`;
  reportError(usage(`'${spoken}' is no command of ${config.bin}.`, [next]), { json, verbose: false });
};

export default hook;
