# sudo nixos-nspawn create --flake .#mycontainer mycontainer
{
  description = "The simplest flake for nixos-nspawn --flake";

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
      # nixos-nspawn reads the attribute nixosContainers.
      nixosContainers = {
        mycontainer = nixos-nspawn.lib.mkContainer {
          inherit nixpkgs;
          name = "mycontainer";
          system = "x86_64-linux";
          modules = [
            {
              system.stateVersion = "26.05";
              services.nginx = {
                enable = true;
                virtualHosts.localhost.default = true;
              };
              networking.firewall.allowedTCPPorts = [ 80 ];

              nixosContainer.bindMounts = [
                "/var/lib/host/path:/var/lib/container/path"
              ];
            }
            # You can import other files.
            ./configuration.nix
          ];
        };
      };
    };
}
