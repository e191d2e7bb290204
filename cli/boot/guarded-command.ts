import type { Command, Interfaces } from '@oclif/core';
import { runAttached } from '../../src/base/process.js';
import { asResult, RESULT_DESCRIPTOR, resultDescriptor } from '../outputs/output.js';
import { wantsJson } from './wanted-output.js';

/** The first descriptor after the standard streams. */
const DESCRIPTOR = 3;

/**
 * A plugin's command, guarded so that only its result reaches standard output with --json.
 *
 * Anything that the command, or a program that it starts, writes to descriptor 1 would end up inside the JSON document.
 * So the command runs in a second process of the tool, whose descriptor 1 is standard error. That process returns the
 * document on another descriptor. A command without oclif's --json is not guarded.
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

/** A stand-in that oclif runs instead of the command. It loads nothing of the command into this process. */
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
  // oclif uses only `run` of a command that it has found.
  return { run } as unknown as Command.Class;
}

/** What a plugin's module exports: a command for any version of oclif, or something that only looks like one. */
interface Loaded {
  run: (argv?: string[], config?: Interfaces.LoadOptions) => Promise<unknown>;
  prototype?: { logJson?: (json: unknown) => void };
}

/** Wraps the command so that its document, and nothing else, is written to the descriptor for the result. */
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
