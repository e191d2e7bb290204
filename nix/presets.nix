# Presets: Nix files, each a function from its parameters to a NixOS module for a container. Both kinds of containers
# take the same ones.
rec {
  # [ { module = "/path.nix"; parameters = { … }; } ] as NixOS modules.
  modules = map (preset: {
    _file = toString preset.module;
    imports = [ (import preset.module (preset.parameters or { })) ];
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
