# Environment= of systemd.nspawn(5): words, which may have parts in quotes. Backslashes are kept (config_parse_strv in
# src/shared/conf-parser.c), so a quote can only be inside of the other kind of quotes.
{ quoting }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isString
    map
    match
    split
    ;
  assignment =
    name: value:
    let
      text = "${name}=${quoting.line "The variable ${name}" value}";
      parts = map (part: if isString part then "\"${part}\"" else "'\"'") (split "\"" text);
    in
    if match "[A-Za-z0-9_./:@=+,%-]+" text != null then text else concatStringsSep "" parts;
in
{
  # The values of the key.
  lines = variables: map (name: assignment name variables.${name}) (attrNames variables);

  isName = name: match "[A-Za-z_][A-Za-z0-9_]*" name != null;

  # Variables that systemd-nspawn sets for the container's systemd.
  isReserved =
    name: match "container(_.*)?|NOTIFY_SOCKET|LISTEN_(PID|FDS|FDNAMES)|CREDENTIALS_DIRECTORY" name != null;
}
