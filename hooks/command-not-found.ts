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
  const spoken = id.replaceAll(':', ' ');
  const ids = config.commandIDs.map((known) => known.replaceAll(':', ' '));
  const meant = nearest(spoken, ids);
  const next =
    meant === null ? `'${config.bin} --help' lists the commands.` : `Did you mean '${config.bin} ${meant}'?`;
  reportError(usage(`'${spoken}' is no command of ${config.bin}.`, [next]), { json, verbose: false });
};

export default hook;
