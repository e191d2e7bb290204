{
  description = "NixOS containers on systemd-nspawn, imperative and declarative";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = nixpkgs.lib.genAttrs systems;
      pkgsFor = system: nixpkgs.legacyPackages.${system}.extend self.overlays.default;
    in
    {
      lib = import ./nix/lib.nix;

      overlays = {
        default = self.overlays.nixos-nspawn;
        nixos-nspawn = final: _: { nixos-nspawn = final.callPackage ./nix/package.nix { }; };
      };

      nixosModules = {
        hypervisor = ./nix/hypervisor.nix;
        default = self.nixosModules.hypervisor;
      };

      nixosContainers = eachSystem (system: {
        example = self.lib.mkContainer {
          inherit nixpkgs system;
          name = "example";
          modules = [ ./nix/examples/networking/default.nix ];
        };
      });

      packages = eachSystem (
        system:
        let
          pkgs = pkgsFor system;
        in
        {
          default = pkgs.nixos-nspawn;
          inherit (pkgs) nixos-nspawn;
        }
      );

      apps = eachSystem (system: rec {
        default = nixos-nspawn;
        nixos-nspawn = {
          type = "app";
          program = nixpkgs.lib.getExe self.packages.${system}.nixos-nspawn;
          meta.description = "Manage NixOS containers on this host";
        };
      });

      devShells = eachSystem (
        system:
        let
          pkgs = pkgsFor system;
        in
        {
          default = pkgs.mkShellNoCC {
            packages = [
              pkgs.jq
              pkgs.nix
              pkgs.nixfmt
              pkgs.nodejs
            ];
          };
        }
      );

      formatter = eachSystem (system: nixpkgs.legacyPackages.${system}.nixfmt-tree);

      checks = eachSystem (
        system:
        {
          inherit (self.packages.${system}) nixos-nspawn;
          example = self.nixosContainers.${system}.example;
        }
        // import ./nix/checks {
          inherit nixpkgs;
          pkgs = pkgsFor system;
        }
      );
    };
}
