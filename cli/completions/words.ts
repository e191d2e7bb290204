/**
 * How bash and zsh process each word before the cursor, `$word`. The result is the command (`$verb`), its `args`, the
 * kind of value that a flag still needs (`$expected`), and whether there was a `--` (`$ended`).
 */
export const READ_WORD = `if [[ -n $expected ]]; then
      expected=
    elif [[ -n $ended ]]; then
      args+=("$word")
    elif [[ $word == -- ]]; then
      ended=yes
    elif [[ $word == -* ]]; then
      __nixos_nspawn_flag_kind "$verb" "$word"
      expected=$REPLY
    else
      __nixos_nspawn_words "$verb"
      if ((\${#args[@]} == 0)) && [[ " $REPLY " == *" $word "* ]]; then
        verb+="\${verb:+ }$word"
      else
        args+=("$word")
      fi
    fi`;
