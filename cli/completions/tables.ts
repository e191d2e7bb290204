import type { CompletableCommand, CompletionModel } from './model.js';

/** A word in single quotes, for bash and zsh. */
export const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The commands as functions for both bash and zsh. Each one sets REPLY and starts no process, which would be noticeable
 * at every key press.
 */
export function posixTables(model: CompletionModel): string {
  return `# The words that may follow the words "$1".
__nixos_nspawn_words() {
  case $1 in
${[...model.branches].map(([before, words]) => `    ${quoted(before)}) REPLY=${quoted(words.map(({ word }) => word).join(' '))} ;;`).join('\n')}
    *) REPLY= ;;
  esac
}

# The flags of the command "$1".
__nixos_nspawn_flags() {
  case $1 in
${model.commands.map(({ words, flags }) => `    ${quoted(words)}) REPLY=${quoted(flags.map(({ name }) => name).join(' '))} ;;`).join('\n')}
    *) REPLY='--help --version' ;;
  esac
}

# The kind of value that the flag "$2" of the command "$1" takes; empty if it takes none.
__nixos_nspawn_flag_kind() {
  case "$1 $2" in
${model.commands.flatMap(flagKinds).join('\n')}
    ' --unit-file-dir') REPLY=directory ;;
    ' --wait' | ' --hook-timeout') REPLY=text ;;
    *) REPLY= ;;
  esac
}

# The kind of argument "$2" of the command "$1". The first argument is 0.
__nixos_nspawn_argument_kind() {
  case "$1 $2" in
${model.commands.flatMap(argumentKinds).join('\n')}
    *) REPLY= ;;
  esac
}
`;
}

function flagKinds({ words, flags }: CompletableCommand): string[] {
  return flags
    .filter(({ kind }) => kind !== '')
    .map(({ name, kind }) => `    ${quoted(`${words} ${name}`)}) REPLY=${quoted(kind)} ;;`);
}

function argumentKinds({ words, args, repeats }: CompletableCommand): string[] {
  const last = args.at(-1);
  return [
    ...args.map((kind, at) => `    ${quoted(`${words} ${at}`)}) REPLY=${quoted(kind)} ;;`),
    ...(repeats && last !== undefined ? [`    ${quoted(`${words} `)}*) REPLY=${quoted(last)} ;;`] : []),
  ];
}
