# A NixOS host with both kinds of containers.
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
          # Only for `pkgs.nixos-nspawn`; the module brings the command along without it.
          { nixpkgs.overlays = [ nixos-nspawn.overlays.default ]; }
          ./configuration.nix
        ];
      };
    };
}
