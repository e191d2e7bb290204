# `create --config FILE`: the host evaluates the container. The store contains everything that the evaluation needs, so
# nothing has to be built.
{ pkgs, ... }:
let
  # A file outside of the source tree, like that of a user.
  configuration = pkgs.runCommand "configuration" { } ''
    mkdir $out
    cp ${./parts/web.nix} $out/web.nix
    cp ${./parts/serves.nix} $out/serves.nix
  '';
  nixpkgs = builtins.path {
    name = "nixpkgs";
    path = pkgs.path;
  };
  built = import ../eval-config.nix {
    name = "web";
    config = toString ./parts/web.nix;
    nixpkgs = toString pkgs.path;
    system = pkgs.stdenv.hostPlatform.system;
  };
in
{
  name = "nixos-nspawn-configuration-file";

  nodes.machine = {
    imports = [ ./parts/host.nix ];
    virtualisation = {
      memorySize = 4096;
      additionalPaths = [
        built
        configuration
        nixpkgs
      ];
    };
    nix.settings.substituters = pkgs.lib.mkForce [ ];
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed(
        "nixos-nspawn create web --config ${configuration}/web.nix --nixpkgs ${nixpkgs}",
        timeout=600,
    )
    machine.wait_until_succeeds("curl --fail --silent http://web/ | grep '^from a file'", timeout=60)
    machine.succeed("nixos-nspawn update web", timeout=600)
    machine.succeed("nixos-nspawn remove web --delete-state")
    machine.fail("test -e /var/lib/machines/web")
  '';
}
