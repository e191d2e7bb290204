import type { CompletableCommand, CompletionModel } from './model.js';

/** A script for fish 3.1 or newer. */
export function fishCompletions(model: CompletionModel): string {
  return `# fish completion for nixos-nspawn, made by 'nixos-nspawn completions fish'

# The words that may follow the words $argv[1], each with what it is for.
function __nixos_nspawn_words
    switch $argv[1]
${[...model.branches]
  .map(([before, words]) =>
    branch(
      before,
      words.map(({ word, description }) => line(word, description)),
    ),
  )
  .join('\n')}
    end
end

# The flags of the command $argv[1].
function __nixos_nspawn_flags
    switch $argv[1]
${model.commands
  .map(({ words, flags }) =>
    branch(
      words,
      flags.map(({ name, description }) => line(name, description)),
    ),
  )
  .join('\n')}
        case '*'
            printf '%s\\n' ${line('--help', 'Show the commands')} ${line('--version', 'Show the version')}
    end
end

# What value the flag $argv[2] of the command $argv[1] takes; nothing where it takes none.
function __nixos_nspawn_flag_kind
    switch "$argv[1] $argv[2]"
${model.commands.flatMap(flagKinds).join('\n')}
        case ' --unit-file-dir'
            echo directory
        case ' --wait' ' --hook-timeout'
            echo text
    end
end

# What the argument number $argv[2], from 0, of the command $argv[1] is.
function __nixos_nspawn_argument_kind
    switch "$argv[1] $argv[2]"
${model.commands.flatMap(argumentKinds).join('\n')}
    end
end

# Values of the kind $argv[1] for the text $argv[2]; $argv[3] is the container's name, $argv[4] stands before each.
function __nixos_nspawn_offer
    set -l kind $argv[1]
    set -l value $argv[2]
    set -l before $argv[4]
    switch $kind
        case container
            # A command that globs to nothing is an error, 'set' is none.
            set -l units /etc/systemd/nspawn/*.nspawn
            set -l profiles /nix/var/nix/profiles/per-nspawn/*
            set -l declared /etc/nixos-nspawn/declarative.d/*.json
            set -l names (string replace -r '.*/' '' -- $units $profiles $declared | string replace -r '\\.(nspawn|json)$' '')
            for name in $names
                echo $before$name
            end
        case generation
            set -l links /nix/var/nix/profiles/per-nspawn/$argv[3]/system-*-link
            for number in (string replace -rf '.*/system-(\\d+)-link$' '$1' -- $links)
                echo $before$number
            end
        case 'choice *'
            for word in (string split ' ' -- (string replace 'choice ' '' -- $kind))
                echo $before$word
            end
        case preset
            # Asked once in each shell: plugins seldom change.
            set -q __nixos_nspawn_presets
            or set -g __nixos_nspawn_presets (nixos-nspawn __complete presets 2>/dev/null)
            for preset in $__nixos_nspawn_presets
                echo $before$preset
            end
        case flake
            if string match -q '*#*' -- $value
                set -l flake (string replace -r '#.*' '' -- $value)
                for name in (nixos-nspawn __complete flake $flake 2>/dev/null)
                    echo $before$flake'#'$name
                end
            else
                for path in (__fish_complete_directories $value '')
                    echo $before$path
                end
            end
        case directory
            for path in (__fish_complete_directories $value '')
                echo $before$path
            end
        case path
            for path in (__fish_complete_path $value '')
                echo $before$path
            end
    end
end

function __nixos_nspawn_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l verb ''
    set -l expected ''
    set -l ended ''
    set -l args
    for word in $words[2..]
        if test -n "$expected"
            set expected ''
        else if test -n "$ended"
            set -a args $word
        else if test "$word" = --
            set ended yes
        else if string match -q -- '-*' $word
            set expected (__nixos_nspawn_flag_kind "$verb" $word)
        else
            set -l known (__nixos_nspawn_words "$verb" | string replace -r '\\t.*' '')
            if test (count $args) -eq 0; and contains -- $word $known
                set verb (string trim -- "$verb $word")
            else
                set -a args $word
            end
        end
    end

    if test -n "$expected"
        __nixos_nspawn_offer $expected "$cur" "$args[1]" ''
    else if test -z "$ended"; and string match -q -- '--*=*' $cur
        set -l flag (string replace -r '=.*' '' -- $cur)
        set -l kind (__nixos_nspawn_flag_kind "$verb" $flag)
        test -n "$kind"
        and __nixos_nspawn_offer $kind (string replace -r '^[^=]*=' '' -- $cur) "$args[1]" $flag=
    else if test -z "$ended"; and string match -q -- '-*' $cur
        __nixos_nspawn_flags "$verb"
    else if test -n "$ended"; and test (count $args) -gt 0
        __nixos_nspawn_offer path "$cur" '' ''
    else
        set -l kind (__nixos_nspawn_argument_kind "$verb" (count $args))
        test -n "$kind"
        and __nixos_nspawn_offer $kind "$cur" "$args[1]" ''
        test (count $args) -eq 0
        and __nixos_nspawn_words "$verb"
    end
end

complete -c nixos-nspawn -f -a '(__nixos_nspawn_complete)'
`;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A word and, after a tab, its description. */
const line = (word: string, description: string) =>
  description === '' ? quoted(word) : `${quoted(word)}\\t${quoted(description)}`;

const branch = (words: string, lines: readonly string[]) =>
  `        case ${quoted(words)}\n            printf '%s\\n' ${lines.join(' ')}`;

function flagKinds({ words, flags }: CompletableCommand): string[] {
  return flags
    .filter(({ kind }) => kind !== '')
    .map(({ name, kind }) => `        case ${quoted(`${words} ${name}`)}\n            echo ${quoted(kind)}`);
}

function argumentKinds({ words, args, repeats }: CompletableCommand): string[] {
  const last = args.at(-1);
  return [
    ...args.map((kind, at) => `        case ${quoted(`${words} ${at}`)}\n            echo ${quoted(kind)}`),
    ...(repeats && last !== undefined
      ? [`        case ${quoted(`${words} *`)}\n            echo ${quoted(last)}`]
      : []),
  ];
}
