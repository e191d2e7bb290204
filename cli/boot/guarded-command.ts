import type { Command, Interfaces } from '@oclif/core';
import { runAttached } from '../../src/base/process.js';
import { asResult, RESULT_DESCRIPTOR, resultDescriptor } from '../outputs/output.js';
import { wantsJson } from './wanted-output.js';

/** The first one after the standard streams. */
const DESCRIPTOR = 3;

/**
 * A plugin's command, of which nothing but the result reaches standard output under --json.
 *
 * What the command, or a program that it starts, writes to descriptor 1 would stand in the middle of the document. So it
 * runs in a second process of the tool, whose descriptor 1 is standard error, and which hands over the document on
 * another one. A command that has no --json of oclif's writes what it wants.
 */
export async function guardedCommand(
  command: Command.Loadable,
  args: readonly string[],
  load: () => Promise<Command.Class>,
): Promise<Command.Class> {
  if (!command.enableJsonFlag || !wantsJson(args)) return load();
  if (resultDescriptor() === null) return apart();
  return telling(await load());
}

/** What oclif runs in the place of the command, of which nothing is loaded here. */
function apart(): Command.Class {
  const program = [...process.execArgv, ...process.argv.slice(1)];
  const run = async () => {
    let document = '';
    process.exitCode = await runAttached([process.execPath, ...program], {
      env: { [RESULT_DESCRIPTOR]: String(DESCRIPTOR) },
      onResult: (text) => {
        document += text;
      },
    });
    process.stdout.write(document);
  };
  // oclif asks nothing else of a command that it has found.
  return { run } as unknown as Command.Class;
}

/** What a plugin's module exports: a command of oclif's, of whichever version, or what only looks like one. */
interface Loaded {
  run: (argv?: string[], config?: Interfaces.LoadOptions) => Promise<unknown>;
  prototype?: { logJson?: (json: unknown) => void };
}

/** The command with its document, and nothing else, on the descriptor for the result. */
function telling(command: Command.Class): Command.Class {
  const loaded = command as unknown as Loaded;
  const { prototype, run } = loaded;
  const logJson = prototype?.logJson;
  if (prototype === undefined || logJson === undefined)
    loaded.run = (argv, config) => asResult(() => run.call(command, argv, config));
  else
    prototype.logJson = function (json: unknown) {
      asResult(() => logJson.call(this, json));
    };
  return command;
}
