import type { CompletionModel } from './model.js';
import { posixTables } from './tables.js';
import { READ_WORD } from './words.js';

/** A script for bash 4.4 or newer. It does not need the package bash-completion. */
export function bashCompletions(model: CompletionModel): string {
  return `# bash completion for nixos-nspawn, made by 'nixos-nspawn completions bash'

${posixTables(model)}
__nixos_nspawn_containers() {
  local path
  REPLY=
  for path in /etc/systemd/nspawn/*.nspawn /nix/var/nix/profiles/per-nspawn/* /etc/nixos-nspawn/declarative.d/*.json; do
    [[ -e $path || -L $path ]] || continue
    path=\${path##*/}
    path=\${path%.nspawn}
    REPLY+=" \${path%.json}"
  done
}

__nixos_nspawn_generations() {
  local path
  REPLY=
  for path in "/nix/var/nix/profiles/per-nspawn/$1"/system-*-link; do
    [[ -L $path ]] || continue
    path=\${path##*/system-}
    REPLY+=" \${path%-link}"
  done
}

# Offers values of the kind "$1" that begin with "$2"; "$3" is the container's name and "$4" stands before each value.
__nixos_nspawn_offer() {
  local kind=$1 value=$2 container=$3 before=$4 names=
  case $kind in
    container) __nixos_nspawn_containers && names=$REPLY ;;
    generation) __nixos_nspawn_generations "$container" && names=$REPLY ;;
    choice\\ *) names=\${kind#choice } ;;
    preset)
      # Asked once in each shell: plugins seldom change.
      [[ -n \${__nixos_nspawn_presets-} ]] || __nixos_nspawn_presets=$(nixos-nspawn __complete presets 2>/dev/null)
      names=$__nixos_nspawn_presets
      ;;
    flake)
      if [[ $value == *'#'* ]]; then
        before+=\${value%%'#'*}'#'
        names=$(nixos-nspawn __complete flake "\${value%%'#'*}" 2>/dev/null)
        value=\${value#*'#'}
      else
        compopt -o filenames -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$before" -d -- "$value")
        return
      fi
      ;;
    directory)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -P "$before" -d -- "$value")
      return
      ;;
    path)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "$value")
      return
      ;;
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$names" -- "$value")
}

_nixos_nspawn() {
  local line=\${COMP_LINE:0:COMP_POINT} word verb= expected= ended= REPLY
  local -a words args=()
  # COMP_WORDS is cut at '=' and ':', which are in the middle of our words.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local cur=\${words[-1]}
  COMPREPLY=()

  for word in "\${words[@]:1:\${#words[@]}-2}"; do
    ${READ_WORD}
  done

  if [[ -n $expected ]]; then
    __nixos_nspawn_offer "$expected" "$cur" "\${args[0]-}" ''
  elif [[ -z $ended && $cur == --*=* ]]; then
    __nixos_nspawn_flag_kind "$verb" "\${cur%%=*}"
    __nixos_nspawn_offer "$REPLY" "\${cur#*=}" "\${args[0]-}" "\${cur%%=*}="
  elif [[ -z $ended && $cur == -* ]]; then
    __nixos_nspawn_flags "$verb"
    mapfile -t COMPREPLY < <(compgen -W "$REPLY" -- "$cur")
  elif [[ -n $ended && \${#args[@]} -gt 0 ]]; then
    __nixos_nspawn_offer path "$cur" '' ''
  else
    __nixos_nspawn_argument_kind "$verb" "\${#args[@]}"
    __nixos_nspawn_offer "$REPLY" "$cur" "\${args[0]-}" ''
    if ((\${#args[@]} == 0)); then
      __nixos_nspawn_words "$verb"
      local -a more
      mapfile -t more < <(compgen -W "$REPLY" -- "$cur")
      COMPREPLY+=("\${more[@]}")
    fi
  fi

  # Readline replaces what stands behind the last '=' or ':' alone.
  local replaced=\${COMP_WORDS[COMP_CWORD]}
  [[ $replaced == [:=]* ]] && replaced=
  local kept=\${cur%"$replaced"}
  COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
}

complete -F _nixos_nspawn nixos-nspawn
`;
}
