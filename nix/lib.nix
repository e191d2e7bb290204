# The library of the flake: `nixos-nspawn.lib`.
{
  # A container as a derivation, for `nixos-nspawn create`. Its NixOS is evaluated once.
  mkContainer =
    arguments@{
      # A nixpkgs: a flake or a path. The container's `nixpkgs.*` options apply.
      nixpkgs ? null,
      # Packages that are evaluated already, in place of `nixpkgs`. The container's `nixpkgs.*` options have no effect.
      pkgs ? null,
      # What the container will be called on its host.
      name,
      system,
      # NixOS modules, with `nixosContainer` for what the container is on its host.
      modules ? [ ],
      # Presets: [ { module = ./preset.nix; parameters = { }; } ].
      presets ? [ ],
      specialArgs ? { },
    }:
    let
      # Never as text in quotes: Nix would copy a path that stands there to the store, all of nixpkgs.
      path =
        if nixpkgs != null then
          nixpkgs.outPath or nixpkgs
        else if pkgs != null then
          pkgs.path
        else
          throw "mkContainer: the container `${name}' has neither `nixpkgs' nor `pkgs'.";
      lib = if nixpkgs != null then import (path + "/lib") else pkgs.lib;

      evaluation = import (path + "/nixos/lib/eval-config.nix") {
        inherit lib specialArgs;
        # For modules that are not files of their own: an error in one names the file that calls mkContainer, not this one.
        modulesLocation = (builtins.unsafeGetAttrPos "modules" arguments).file or null;
        # The platform is an option's.
        system = null;
        modules = [
          {
            _file = toString ./container/profile.nix;
            imports = [
              (import ./container/profile.nix {
                inherit name;
                declarative = false;
              })
            ];
          }
          (
            if nixpkgs != null then
              { nixpkgs.hostPlatform = lib.mkDefault system; }
            else
              { nixpkgs.pkgs = pkgs; }
          )
          (lib.optionalAttrs (nixpkgs != null && pkgs != null) {
            warnings = [ "mkContainer was given both `nixpkgs' and `pkgs'; it uses `nixpkgs'." ];
          })
        ]
        ++ modules
        ++ (import ./presets.nix).modules presets;
      };
    in
    import ./container { inherit name; } evaluation;
}
