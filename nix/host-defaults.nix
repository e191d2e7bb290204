# The defaults of a host for its containers, as a NixOS module of a container.
{
  # What errors name: the file, or the option of the host's configuration.
  source,
  # Options of `nixosContainer`.
  settings,
}:
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (builtins)
    all
    attrNames
    elem
    filter
    isAttrs
    mapAttrs
    ;

  # Weaker than a mkDefault (1000) in the container's configuration, and stronger than the default of an option (1500).
  weak = lib.mkOverride 1250;

  # Options whose entries are independent of each other. A container that defines one entry keeps the other defaults.
  # A list, or any other set, is replaced as a whole.
  bags = [
    "environment"
    "extraVeths"
    "hostNetworks"
    "limits"
    "nspawnNetwork"
    "plugins"
  ];

  # A default does not apply to a container that defines an option which excludes it (units/problems.nix).
  excluding =
    let
      # What a network namespace of the host cannot have.
      ofOwnNetwork = [
        "bridge"
        "extraVeths"
        "forwardPorts"
        "hostNetworkConfig"
        "interfaces"
        "macAddress"
        "persistLeases"
        "zone"
      ];
      links = {
        bridge = [
          "hostNetworkConfig"
          "persistLeases"
          "zone"
        ];
        hostNetworkConfig = [
          "bridge"
          "zone"
        ];
        persistLeases = [
          "bridge"
          "zone"
        ];
        zone = [
          "bridge"
          "hostNetworkConfig"
          "persistLeases"
        ];
      };
    in
    lib.genAttrs ofOwnNetwork (name: [ "networkNamespace" ] ++ links.${name} or [ ])
    // {
      ephemeral = [ "volatile" ];
      networkNamespace = ofOwnNetwork;
      volatile = [ "ephemeral" ];
    };
  isUnset =
    value:
    elem value [
      null
      false
      [ ]
      { }
    ];
  # Two defaults that exclude each other are an error, which the container's assertions report. Evaluating the condition
  # for them would not end.
  applies =
    name:
    all (other: !(options.nixosContainer ? ${other}) || isUnset config.nixosContainer.${other}) (
      filter (other: !(settings ? ${other})) (excluding.${name} or [ ])
    );

  # An unknown option keeps its value, so that the error shows this value.
  definition =
    name: value:
    let
      option = options.nixosContainer.${name} or null;
    in
    if option == null then
      value
    else if !lib.isOption option then
      if isAttrs value then
        mapAttrs (entry: if option ? ${entry} then weak else (own: own)) value
      else
        # The module system would not name the option.
        throw "${source}: `nixosContainer.${name}' is a group of options, so its value must be an attribute set."
    else if isAttrs value && elem name bags then
      lib.mkIf (applies name) (mapAttrs (_: weak) value)
    else
      lib.mkIf (applies name) (weak value);

  internal = filter (name: options.nixosContainer.${name}.internal or false) (attrNames settings);
in
{
  _file = source;
  config.nixosContainer =
    if !isAttrs settings then
      throw "${source} is not an attribute set of options of `nixosContainer', such as `{ resources.memoryMax = \"1G\"; }'."
    else if internal != [ ] then
      throw "${source}: there is no option `${builtins.head internal}'."
    else
      mapAttrs definition settings
      # A container of an older version of this project does not have this option.
      // lib.optionalAttrs (options.nixosContainer ? hostDefaults) { hostDefaults = settings; };
}
