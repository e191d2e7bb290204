import type { Command, Interfaces } from '@oclif/core';

/**
 * The kind of value of a flag or an argument, as the completion scripts name it. `choice a b` stands for one of a few
 * words, the empty string for a flag without a value.
 */
export type ValueKind =
  | ''
  | 'container'
  | 'directory'
  | 'flake'
  | 'generation'
  | 'path'
  | 'preset'
  | 'text'
  | `choice ${string}`;

export interface CompletableFlag {
  /** As typed, including dashes. */
  name: string;
  description: string;
  kind: ValueKind;
}

export interface CompletableCommand {
  /** As typed: `presets show`. */
  words: string;
  flags: CompletableFlag[];
  /** The kind of each argument in order. If `repeats`, the last one also applies to all further arguments. */
  args: ValueKind[];
  repeats: boolean;
}

export interface CompletionModel {
  commands: CompletableCommand[];
  /** By topic: the words that may follow it, each with its description. The empty string stands for the first word. */
  branches: ReadonlyMap<string, readonly { word: string; description: string }[]>;
}

/** The name of a flag or argument determines its kind of value, because it means the same in all commands. */
const KIND_OF_FLAG: Readonly<Record<string, ValueKind>> = {
  config: 'path',
  flake: 'flake',
  nixpkgs: 'path',
  'no-preset': 'preset',
  preset: 'preset',
  profile: 'path',
  system: 'choice aarch64-linux x86_64-linux',
  to: 'generation',
  'unit-file-dir': 'directory',
};
const KIND_OF_ARGUMENT: Readonly<Record<string, ValueKind>> = {
  after: 'generation',
  before: 'generation',
  name: 'container',
  names: 'container',
  preset: 'preset',
};

export function completionModel(config: Interfaces.Config): CompletionModel {
  const branches = new Map<string, { word: string; description: string }[]>();
  const commands: CompletableCommand[] = [];
  // oclif lists a command again under each of its aliases.
  const visible = new Map(
    config.commands.filter(({ hidden }) => !hidden).map((command) => [command.id, command]),
  );
  for (const [id, command] of [...visible].sort(([a], [b]) => a.localeCompare(b))) {
    commands.push(completable(command));
    const parts = id.split(':');
    for (const [at, word] of parts.entries()) {
      const before = parts.slice(0, at).join(' ');
      const known = branches.get(before) ?? [];
      const description = at === parts.length - 1 ? firstLine(command.summary ?? command.description) : '';
      if (!known.some((branch) => branch.word === word)) known.push({ word, description });
      branches.set(before, known);
    }
  }
  return { commands, branches };
}

function completable(command: Command.Loadable): CompletableCommand {
  // The name for `create` is new, so existing containers are not offered.
  const isNew = command.id === 'create';
  const flags = Object.values(command.flags)
    .filter((flag) => !flag.hidden)
    .flatMap(flagForms);
  const help: CompletableFlag = {
    name: '--help',
    description: 'Show help for the command',
    kind: '',
  };
  return {
    words: command.id.replaceAll(':', ' '),
    flags: [...flags.filter(({ name }) => name !== help.name), help].sort((a, b) =>
      a.name.localeCompare(b.name),
    ),
    args: Object.values(command.args)
      .filter((arg) => !arg.hidden)
      .map(({ name, options }) =>
        options ? choice(options) : isNew ? 'text' : (KIND_OF_ARGUMENT[name] ?? 'text'),
      ),
    repeats: command.strict === false,
  };
}

function flagForms(flag: Command.Flag.Cached): CompletableFlag[] {
  const description = firstLine(flag.summary ?? flag.description);
  const kind =
    flag.type === 'boolean' ? '' : flag.options ? choice(flag.options) : (KIND_OF_FLAG[flag.name] ?? 'text');
  const names = [`--${flag.name}`];
  if (flag.char) names.push(`-${flag.char}`);
  if (flag.type === 'boolean' && flag.allowNo) names.push(`--no-${flag.name}`);
  return names.map((name) => ({ name, description, kind }));
}

const choice = (options: readonly string[]): ValueKind => `choice ${options.join(' ')}`;

/** Removes oclif's placeholders, which only its help fills in. */
const firstLine = (text = '') => (text.split('\n')[0] ?? '').replace(/<%=?.*?%>/g, '').trim();
