# The submodule of `nixos.containers.hostDefaults`: all options of a container, to define defaults for them.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;
  own = removeAttrs (import ../options.nix {
    inherit lib;
    declarative = true;
  }) [ "declarative" "hostDefaults" "presets" ];

  # Plain data that can be written to a file. A package or a file becomes its path in the store.
  data =
    value:
    if lib.isDerivation value || builtins.isPath value then
      "${value}"
    else if builtins.isAttrs value then
      lib.mapAttrs (_: data) value
    else if builtins.isList value then
      map data value
    else
      value;

  isDefined = option: option.highestPrio or 1500 < (lib.mkOptionDefault null).priority;
  # Each value is in a list, because null can be a default too.
  found =
    options: values:
    lib.mapAttrs (
      name: option:
      if lib.isOption option then
        lib.optional (isDefined option) (data values.${name})
      else
        let
          group = defined option values.${name};
        in
        lib.optional (group != { }) group
    ) options;
  defined =
    options: values:
    lib.mapAttrs (_: builtins.head) (lib.filterAttrs (_: value: value != [ ]) (found options values));
in
{
  options = own // {
    defined = mkOption {
      type = types.attrsOf types.unspecified;
      default = defined (builtins.intersectAttrs own options) config;
      readOnly = true;
      internal = true;
      description = "The defined options, and only these.";
    };
  };
}
