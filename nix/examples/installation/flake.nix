# A NixOS host for both kinds of containers.
{
  inputs = {
    nixpkgs.url = "nixpkgs";
    nixos-nspawn.url = "nixos-nspawn";
  };

  outputs =
    {
      self,
      nixpkgs,
      nixos-nspawn,
    }:
    {
      nixosConfigurations.myhost = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          nixos-nspawn.nixosModules.hypervisor
          # Only needed for `pkgs.nixos-nspawn`. The module installs the command in any case.
          { nixpkgs.overlays = [ nixos-nspawn.overlays.default ]; }
          ./configuration.nix
        ];
      };
    };
}
