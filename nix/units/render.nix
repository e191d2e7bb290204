# Text of systemd's files.
{ quoting }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    concatMap
    isBool
    isList
    toJSON
    toString
    ;
  plain =
    name: value:
    if isBool value then (if value then "true" else "false") else quoting.line "${name}=" (toString value);
  # A name with a line break would begin another key or section.
  key =
    name:
    if builtins.match "[A-Za-z][A-Za-z0-9-]*" name == null then
      throw "${toJSON name} is not a valid key of a unit file."
    else
      name;
  entry =
    name: value: map (item: "${key name}=${plain name item}") (if isList value then value else [ value ]);
  section =
    name: lines: if lines == [ ] then "" else concatStringsSep "\n" ([ "[${name}]" ] ++ lines) + "\n";
  entries = keys: concatMap (name: entry name keys.${name}) (attrNames keys);
  join = sections: concatStringsSep "\n" (builtins.filter (text: text != "") sections);
in
{
  # A .nspawn file from the sections of ./nspawn.nix.
  nspawn =
    {
      Exec,
      Files,
      Network,
    }:
    join [
      (section "Exec" (entries Exec))
      (section "Files" (entries Files))
      (section "Network" (entries Network))
    ];

  # A drop-in from the service of ./service.nix. As in NixOS, variables that are null are omitted, and the values of
  # others may contain specifiers.
  # NixOS adds the options of the order to `unitConfig`.
  service =
    {
      after ? [ ],
      environment,
      requires ? [ ],
      unitConfig,
      wants ? [ ],
      serviceConfig,
      ...
    }:
    let
      order = {
        After = after;
        Requires = requires;
        Wants = wants;
      };
      variables = builtins.filter (name: environment.${name} != null) (attrNames environment);
    in
    join [
      (section "Unit" (entries (order // unitConfig)))
      (section "Service" (
        map (name: "Environment=${toJSON "${name}=${toString environment.${name}}"}") variables
        ++ entries serviceConfig
      ))
    ];
}
