{
  outputs =
    { self }:
    let
      lib = import ./lib;
      packages = system: import ./. { inherit system; };
    in
    {
      lib = lib // {
        nixosSystem =
          arguments:
          import ./nixos/lib/eval-config.nix (
            {
              inherit lib;
              system = null;
            }
            // arguments
          );
      };
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] packages;
    };
}
