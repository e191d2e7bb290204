import { printable } from '../text/printable.js';
import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** A request that does not make sense on any host. */
export function usage(message: string, nextSteps: readonly string[] = []): NspawnError {
  return new NspawnError({ code: 'usage', exitCode: ExitCode.usage, message, nextSteps });
}

const invalid = (value: string, what: string, nextSteps: readonly string[]) =>
  usage(`${quote(printable(value))} is not ${what}.`, nextSteps);

export const invalidAge = (text: string) =>
  invalid(text, 'a valid age', ['Examples: 14d (days), 36h (hours), 2w (weeks).']);

export const invalidSystem = (text: string) =>
  invalid(text, 'a valid Nix system', ['Example: x86_64-linux.']);

export const invalidSignal = (text: string) =>
  invalid(text, 'a valid signal', ["Use one that 'kill -l' lists, for example SIGHUP, RTMIN+4 or 15."]);

export const invalidJobs = (jobs: number) =>
  invalid(String(jobs), 'a valid number of jobs', ['It must be at least 1.']);

export const invalidVariable = (text: string) =>
  invalid(text, 'a valid environment variable', ["Use the form '--env NAME=VALUE'."]);

export const invalidGeneration = (text: string, container: string) =>
  invalid(text, 'a valid generation', [
    `Use a number from 'nixos-nspawn list-generations ${container}', 'current' or 'running'.`,
  ]);

export const unknownField = (field: string, meant: string | null, known: readonly string[]) =>
  invalid(field, 'a valid field for --format', [
    ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
    `The fields are: ${list(known)}.`,
  ]);

export const emptyFlag = (flag: string) =>
  usage(`The value of --${flag} is empty.`, [`Pass a value, or omit --${flag}.`]);

export const noContainerNamed = () =>
  usage('No container was given.', ['Pass the name of a container, or --all.']);

export const migrateNeedsName = () =>
  usage('No container was given.', [
    'Pass the name of the container that is taken over.',
    "'--to-nix' without a name prints declarations for all containers.",
  ]);

export const namesWithAll = () =>
  usage("'--all' cannot be combined with the name of a container.", ['Omit one of them.']);

export const jobsWithoutAll = () =>
  usage("'--jobs' can only be used with '--all'.", ['Omit it, or pass --all instead of a name.']);

export const noCommandGiven = () =>
  usage('No command was given.', ["Pass it after '--', for example 'nixos-nspawn run web -- uname -a'."]);

export const noTerminal = () =>
  usage("'--tty' needs a terminal, but standard input or output is not a terminal.", ['Omit --tty.']);

export const editNeedsTerminal = () =>
  usage("'edit' needs a terminal, but standard input or output is not a terminal.", [
    "'nixos-nspawn status NAME' shows the file. Change it, then run 'nixos-nspawn update NAME'.",
  ]);

export const noEditor = () =>
  usage('No editor was found.', [
    'Set the variable VISUAL or EDITOR. With sudo: sudo --preserve-env=EDITOR.',
  ]);

export const noPruneRule = () =>
  usage("'prune' needs to know which generations to delete.", ['Pass --keep N, --older-than AGE, or both.']);

export const keepsNone = (keep: number) =>
  invalid(String(keep), 'a valid number of generations to keep', ['--keep must be at least 1.']);

export const surplusArgument = (command: string, argument: string, bin: string) =>
  usage(`${quote(command)} does not accept the argument ${quote(argument)}.`, [
    `See '${bin} ${command} --help'.`,
  ]);

export const unknownCommand = (command: string, meant: string | null, bin: string) =>
  usage(`${quote(command)} is not a command of ${bin}.`, [
    meant === null ? `'${bin} --help' lists the commands.` : `Did you mean '${bin} ${meant}'?`,
  ]);

export const noCommandAfter = (option: string, bin: string) =>
  usage(`There is no command after ${quote(option)}.`, [`'${bin} --help' lists the commands.`]);

/** @param command a command that has this option */
export const optionBeforeCommand = (option: string, command: string, bin: string) =>
  usage(`The option ${quote(option)} is before the command.`, [
    `Put it after the command: '${bin} ${command} ${option}'.`,
  ]);

export const unknownOption = (option: string, meant: string | null, bin: string) =>
  usage(`The option ${quote(option)} does not exist.`, [
    meant === null
      ? `'${bin} --help' lists the commands. '${bin} COMMAND --help' lists the options of a command.`
      : `Did you mean ${quote(meant)}?`,
  ]);
