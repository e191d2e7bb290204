import type { CompletionModel } from './model.js';
import { posixTables, quoted } from './tables.js';
import { READ_WORD } from './words.js';

/** A script for zsh. It works as a file in fpath, or sourced after compinit. */
export function zshCompletions(model: CompletionModel): string {
  return `#compdef nixos-nspawn
# zsh completion for nixos-nspawn, made by 'nixos-nspawn completions zsh'

${posixTables(model)}
# The words that may follow the words "$1", and the flags of the command "$1", each with what it is for.
__nixos_nspawn_described_words() {
  case $1 in
${[...model.branches].map(([before, words]) => `    ${quoted(before)}) reply=(${words.map(({ word, description }) => described(word, description)).join(' ')}) ;;`).join('\n')}
    *) reply=() ;;
  esac
}

__nixos_nspawn_described_flags() {
  case $1 in
${model.commands.map(({ words, flags }) => `    ${quoted(words)}) reply=(${flags.map(({ name, description }) => described(name, description)).join(' ')}) ;;`).join('\n')}
    *) reply=('--help:Show the commands' '--version:Show the version') ;;
  esac
}

# Offers values of the kind "$1"; "$2" is the container's name.
__nixos_nspawn_offer() {
  local -a names
  case $1 in
    container)
      names=(
        /etc/systemd/nspawn/*.nspawn(N:t:r)
        /nix/var/nix/profiles/per-nspawn/*(N:t)
        /etc/nixos-nspawn/declarative.d/*.json(N:t:r)
      )
      ;;
    generation)
      names=(/nix/var/nix/profiles/per-nspawn/$2/system-*-link(N:t))
      names=(\${\${names#system-}%-link})
      ;;
    choice\\ *) names=(\${=1#choice }) ;;
    preset)
      # Asked once in each shell: plugins seldom change.
      (( \${#__nixos_nspawn_presets} )) ||
        typeset -ga __nixos_nspawn_presets=(\${(f)"$(nixos-nspawn __complete presets 2>/dev/null)"})
      names=($__nixos_nspawn_presets)
      ;;
    flake)
      if compset -P '*\\#'; then
        local flake=\${\${(Q)IPREFIX}%\\#}
        names=(\${(f)"$(nixos-nspawn __complete flake "\${flake#--flake=}" 2>/dev/null)"})
      else
        _files -/
        return
      fi
      ;;
    directory) _files -/; return ;;
    path) _files; return ;;
    *) return 1 ;;
  esac
  compadd -- \${(u)names}
}

_nixos-nspawn() {
  local word verb= expected= ended= REPLY
  local -a args reply
  local -i at
  for ((at = 2; at < CURRENT; at++)); do
    word=\${(Q)words[at]}
    ${READ_WORD}
  done

  if [[ -n $expected ]]; then
    __nixos_nspawn_offer "$expected" "\${args[1]}"
  elif [[ -z $ended && $PREFIX == --*=* ]]; then
    __nixos_nspawn_flag_kind "$verb" "\${PREFIX%%=*}"
    compset -P 1 '*='
    __nixos_nspawn_offer "$REPLY" "\${args[1]}"
  elif [[ -z $ended && $PREFIX == -* ]]; then
    __nixos_nspawn_described_flags "$verb"
    _describe -o flag reply
  elif [[ -n $ended && \${#args} -gt 0 ]]; then
    _files
  else
    local -i found=1
    __nixos_nspawn_argument_kind "$verb" "\${#args}"
    __nixos_nspawn_offer "$REPLY" "\${args[1]}" && found=0
    if (( \${#args} == 0 )); then
      __nixos_nspawn_described_words "$verb"
      (( \${#reply} )) && _describe command reply && found=0
    fi
    return found
  fi
}

# Autoloaded from fpath, this file is the function's body; sourced, it only tells zsh of it.
if [[ $funcstack[1] == _nixos-nspawn ]]; then
  _nixos-nspawn "$@"
else
  compdef _nixos-nspawn nixos-nspawn
fi
`;
}

/** In the format of _describe, where a colon ends the word. */
const described = (word: string, description: string) =>
  quoted(`${word.replaceAll(':', '\\:')}${description === '' ? '' : `:${description}`}`);
