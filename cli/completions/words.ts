/**
 * What bash and zsh do with each word before the cursor, `$word`, to know in the end which command it is (`$verb`), its
 * `args`, what value a flag waits for (`$expected`), and whether `--` was there (`$ended`).
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
