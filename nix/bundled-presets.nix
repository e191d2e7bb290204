# The presets of nixos-nspawn, by name. Each is a file plugins/PLUGIN/nix/NAME.nix.
let
  plugins = ../plugins;
  inherit (builtins)
    attrNames
    concatMap
    filter
    listToAttrs
    map
    match
    pathExists
    readDir
    ;
  presetsOf =
    plugin:
    let
      directory = plugins + "/${plugin}/nix";
      names = filter (name: name != null) (map (match "(.+)[.]nix") (attrNames (readDir directory)));
    in
    if pathExists directory then
      map (name: {
        name = builtins.head name;
        value = directory + "/${builtins.head name}.nix";
      }) names
    else
      [ ];
in
if pathExists plugins then listToAttrs (concatMap presetsOf (attrNames (readDir plugins))) else { }
