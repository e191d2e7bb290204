# Presets: Nix files, each a function from its parameters to a NixOS module for a container. Both kinds of containers
# use the same presets.
let
  inherit (builtins)
    addErrorContext
    attrNames
    baseNameOf
    concatStringsSep
    filter
    functionArgs
    isFunction
    map
    replaceStrings
    toString
    ;

  # Reports a missing parameter as a failed assertion, which NixOS shows with the container's name. The error of Nix
  # would only say that a function was called without an argument.
  apply =
    file: parameters:
    let
      preset = import file;
      takes = if isFunction preset then functionArgs preset else { };
      missing = filter (name: !takes.${name} && !(parameters ? ${name})) (attrNames takes);
      name = replaceStrings [ ".nix" ] [ "" ] (baseNameOf (toString file));
    in
    if missing == [ ] then
      addErrorContext "while applying the preset `${name}'" (preset parameters)
    else
      {
        assertions = [
          {
            assertion = false;
            message = "The preset `${name}' needs ${concatStringsSep ", " (map (key: "`${key}'") missing)}. `nixos-nspawn presets show ${name}' shows its parameters.";
          }
        ];
      };
in
rec {
  # [ { module = "/path.nix"; parameters = { … }; } ] as NixOS modules.
  modules = map (preset: {
    _file = toString preset.module;
    imports = [ (apply preset.module (preset.parameters or { })) ];
    config.nixosContainer.presets = [
      {
        module = toString preset.module;
        parameters = preset.parameters or { };
      }
    ];
  });

  # The same from JSON text, as passed on a command line.
  fromJSON = text: modules (builtins.fromJSON text);
}
