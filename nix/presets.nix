# Presets: Nix files, each a function from its parameters to a NixOS module for a container. Both kinds of containers
# take the same ones.
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

  # A parameter that is missing is a failed assertion, which NixOS tells with the container's name. Nix itself says no
  # more than that some function was called without it.
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
            message = "The preset `${name}' needs ${concatStringsSep ", " (map (key: "`${key}'") missing)}. `nixos-nspawn presets show ${name}' tells what it takes.";
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

  # The same from JSON text, as it comes from a command line.
  fromJSON = text: modules (builtins.fromJSON text);
}
